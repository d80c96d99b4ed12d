import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { resetPassword } from '../session/password.write.ts';
import {
  CreateEmployeeInput,
  CreateEmployeePayload,
  DisableEmployeeInput,
  DisableEmployeePayload,
  ResetPasswordInput,
  ResetPasswordPayload,
  UpdateEmployeeInput,
  UpdateEmployeePayload,
} from './employee.input.ts';
import { employeeModel } from './employee.model.ts';
import { createEmployee, disableEmployee, updateEmployee } from './employee.write.ts';

@Resolver()
export class EmployeeMutations {
  @Mutation(() => CreateEmployeePayload, {
    description:
      'Enters a member of staff; for administrators. CONFLICT for an e-mail address in use, BAD_USER_INPUT naming every violation. (新建员工)',
  })
  async createEmployee(
    @Arg('input', () => CreateEmployeeInput, { description: 'The employee. (员工信息)' })
    input: CreateEmployeeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createEmployee(ctx.db, actorOf(ctx), input, ctx.authority.passwords.hash);
    return { employee: await readEmployee(ctx, id, info) };
  }

  @Mutation(() => UpdateEmployeePayload, {
    description:
      'Changes an employee; for administrators. A new role applies at once, on open subscriptions too. NOT_FOUND, FORBIDDEN for one’s own role, CONFLICT for any change since the expected version, for an e-mail address in use, and for a role that cannot have what they own or are custodian of: with the numbers of customers, custodianships and openDeals to be handed over first. ANALYST is a CONFLICT (LEADS_TEAM) for who leads a team; their open tasks are passed on. BAD_USER_INPUT naming every violation. (修改员工)',
  })
  async updateEmployee(
    @Arg('input', () => UpdateEmployeeInput, { description: 'What changes. (修改内容)' })
    input: UpdateEmployeeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { employee: await readEmployee(ctx, await updateEmployee(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => DisableEmployeePayload, {
    description:
      'Disables or enables an employee; for administrators. When disabled, their sessions and sockets are closed and the grants and co-ownerships they hold end, and so do delegations from and to them. NOT_FOUND, FORBIDDEN for oneself, CONFLICT while they own active files, are custodian of some or own open deals in colleagues’ files: with the numbers of custodianships and openDeals to be handed over first. (停用员工)',
  })
  async disableEmployee(
    @Arg('input', () => DisableEmployeeInput, { description: 'The employee. (员工)' })
    input: DisableEmployeeInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { employee: await readEmployee(ctx, await disableEmployee(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => ResetPasswordPayload, {
    description:
      'Sets a colleague’s password, ends all their sessions and lifts the limit on their failed sign-ins; for administrators. NOT_FOUND, FORBIDDEN for one’s own, BAD_USER_INPUT naming every violation. (重置密码)',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The new password. (新密码)' })
    input: ResetPasswordInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { viewer } = actorOf(ctx);
    return {
      employee: await readEmployee(ctx, await resetPassword(ctx.db, ctx.authority, viewer, input), info),
    };
  }
}

const readEmployee = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, employeeModel, id, selectionAt(info, 'employee', employeeModel));
