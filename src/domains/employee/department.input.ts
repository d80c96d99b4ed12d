import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { FieldGroup } from '../../core/access/field-group.ts';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { Department } from './department.type.ts';

const name = 'Its name, 1 to 80 characters; CONFLICT when it is in use. (部门名称)';
const responsibleFor =
  'The groups of fields that it answers for, none by default; CONFLICT for one that another department answers for. (负责的字段组)';

@InputType({ description: 'A new department. (新建部门)' })
export class CreateDepartmentInput {
  @Field(() => String, { description: name })
  name!: string;

  @Field(() => [FieldGroup], { nullable: true, description: responsibleFor })
  responsibleFor?: FieldGroup[] | null;

  @IdempotencyKey('department')
  idempotencyKey?: string | null;
}

@InputType({ description: 'A change of a department: an absent field is left alone. (修改部门)' })
export class UpdateDepartmentInput {
  @Field(() => ID, { description: 'The department. (部门编号)' })
  id!: string;

  @ExpectedVersion('The department’s', 'UNRECORDED')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: name })
  name?: string | null;

  @Field(() => [FieldGroup], { nullable: true, description: responsibleFor })
  responsibleFor?: FieldGroup[] | null;
}

@ObjectType()
abstract class DepartmentOutcome {
  @Field(() => Department, { description: 'The department as it is now. (部门)', simple: true })
  department!: Department;
}

@ObjectType({ description: 'The department that was created. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateDepartmentPayload extends DepartmentOutcome {}

@ObjectType({ description: 'The department after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateDepartmentPayload extends DepartmentOutcome {}
