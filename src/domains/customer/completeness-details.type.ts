import { Field, ID, Int, ObjectType } from 'type-graphql';
import { FieldGroup } from '../../core/access/field-group.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CompletenessField } from './completeness.enums.ts';

// Computed for each reader from what they may read: see completeness.value.ts.

@ObjectType({ description: 'The department that answers for a field. (责任部门)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class ResponsibleDepartment {
  @Field(() => ID, { description: 'Its id. (编号)' })
  @Extensions({ idPrefix: 'dep' })
  id!: string;

  @Field(() => String, { description: 'Its name. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  name!: string;
}

@ObjectType({ description: 'Something that a file lacks. (缺失项)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class MissingField {
  @Field(() => CompletenessField, { description: 'What it is. (项目)' })
  field!: CompletenessField;

  @Field(() => Int, { description: 'How much it counts, 1 to 9. (权重)' })
  weight!: number;

  @Field(() => FieldGroup, { description: 'The group of fields that it belongs to. (字段分组)' })
  group!: FieldGroup;

  @Field(() => ResponsibleDepartment, {
    nullable: true,
    description: 'The department that answers for the group; null where none does. (责任部门)', // R10
  })
  department!: ResponsibleDepartment | null;
}

@ObjectType({
  description: 'How complete a file is, as far as the viewer may read what is required. (完整度)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class Completeness {
  @Field(() => Int, {
    nullable: true,
    description:
      'Percent of the weights that are filled, rounded down: 0 to 100; null where nothing is required. By the present requirements. (完整度)',
  })
  score!: number | null;

  @Field(() => [MissingField], {
    description: 'What is required and empty, heaviest first; only what the viewer may read. (缺失项)',
  })
  missing!: MissingField[];

  @Field(() => Boolean, {
    description:
      'Whether completenessScore, by which lists filter and order, is by the present requirements too: false for some moments after they have changed. (是否已按最新要求计算)',
  })
  isCurrent!: boolean;
}
