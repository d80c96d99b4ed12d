import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Role } from '../../core/access/role.ts';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { Employee } from './employee.type.ts';

@InputType({ description: 'A new member of staff. (新建员工)' })
export class CreateEmployeeInput {
  @Field(() => String, { description: 'Full name, 1 to 80 characters. (姓名)' })
  name!: string;

  @Field(() => String, { description: 'E-mail address to sign in with; CONFLICT when it is in use. (邮箱)' })
  email!: string;

  @Field(() => Role, { description: 'What they may do. (角色)' })
  role!: Role;

  @Field(() => String, { nullable: true, description: 'Job title, at most 80 characters. (职务)' })
  title?: string | null;

  @Field(() => ID, { nullable: true, description: 'Their team. (团队编号)' })
  teamId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Their department. (部门编号)' })
  departmentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'First password, 12 to 128 characters; without one they sign in through an identity provider only. (初始密码)',
  })
  password?: string | null;

  @IdempotencyKey('employee')
  idempotencyKey?: string | null;
}

@InputType({
  description: 'A change of a member of staff: an absent field is left alone, null clears one. (修改员工)',
})
export class UpdateEmployeeInput {
  @Field(() => ID, { description: 'The employee. (员工编号)' })
  id!: string;

  @ExpectedVersion('Their', 'UNRECORDED')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: 'Full name, 1 to 80 characters. (姓名)' })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address to sign in with; CONFLICT when it is in use. (邮箱)',
  })
  email?: string | null;

  @Field(() => Role, { nullable: true, description: 'What they may do; FORBIDDEN for one’s own. (角色)' })
  role?: Role | null;

  @Field(() => String, { nullable: true, description: 'Job title, at most 80 characters. (职务)' })
  title?: string | null;

  @Field(() => ID, { nullable: true, description: 'Their team. (团队编号)' })
  teamId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Their department. (部门编号)' })
  departmentId?: string | null;
}

@InputType({ description: 'Locks a member of staff out, or lets them in again. (停用员工)' })
export class DisableEmployeeInput {
  @Field(() => ID, { description: 'The employee. (员工编号)' })
  id!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True, the default, locks out; false lets in again. (是否停用)',
  })
  disabled?: boolean | null;
}

@InputType({ description: 'A new password of a colleague. (重置密码)' })
export class ResetPasswordInput {
  @Field(() => ID, { description: 'The employee. (员工编号)' })
  id!: string;

  @Field(() => String, { description: 'The new password, 12 to 128 characters. (新密码)' })
  password!: string;
}

@ObjectType()
abstract class EmployeeOutcome {
  @Field(() => Employee, { description: 'The employee as they are now. (员工)', simple: true })
  employee!: Employee;
}

@ObjectType({ description: 'The employee who was entered. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateEmployeePayload extends EmployeeOutcome {}

@ObjectType({ description: 'The employee after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateEmployeePayload extends EmployeeOutcome {}

@ObjectType({ description: 'The employee after they were locked out or let in. (停用结果)' })
@Extensions({ access: 'open' })
export class DisableEmployeePayload extends EmployeeOutcome {}

@ObjectType({ description: 'The employee whose password was set. (重置结果)' })
@Extensions({ access: 'open' })
export class ResetPasswordPayload extends EmployeeOutcome {}
