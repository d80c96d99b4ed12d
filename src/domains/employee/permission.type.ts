import { Field, ObjectType } from 'type-graphql';
import { FieldGroup } from '../../core/access/field-group.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { AccessClassName, Reach, WithheldReason } from './permission.enums.ts';

@ObjectType({
  description: 'What the viewer may do with one field of this API. (字段权限)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class FieldPermission {
  @Field(() => String, { description: 'Type the field belongs to, e.g. "Contact". (类型)' })
  @Extensions({ text: 'CONTROLLED' })
  type!: string;

  @Field(() => String, { description: 'Name of the field, e.g. "phone". (字段)' })
  @Extensions({ text: 'CONTROLLED' })
  field!: string;

  @Field(() => AccessClassName, {
    nullable: true,
    description:
      'Class it belongs to: what a grant would have to name; null for a text of no class that is withheld because it can name somebody. (信息类别)',
  })
  class!: AccessClassName | null;

  @Field(() => FieldGroup, {
    nullable: true,
    description:
      'Group it belongs to, which a department may be responsible for; null for what nobody enters. (字段组)', // R10
  })
  group!: FieldGroup | null;

  @Field(() => Reach, { description: 'On which files the viewer reads it. (可读范围)' })
  read!: Reach;

  @Field(() => Reach, {
    description:
      'On which files the viewer may set or change it; NONE too where no mutation does. (可写范围)',
  })
  write!: Reach;

  @Field(() => WithheldReason, {
    nullable: true,
    description: 'Why it is withheld where it is not read; null where it is read on every file. (不可见原因)',
  })
  reason!: WithheldReason | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'The only values with which the viewer’s role makes, corrects or removes records: of Interaction.kind REPORT for marketing and finance; null for any. (限定取值)', // R11
  })
  @Extensions({ text: 'CONTROLLED' })
  values!: string[] | null;
}
