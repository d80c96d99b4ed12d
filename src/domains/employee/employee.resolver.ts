import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { notFound, unauthenticated } from '../../core/errors.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { listResolverOf } from '../../core/model/list-resolver.ts';
import type { Row } from '../../core/model/model.types.ts';
import { rowField } from '../../core/model/row-field.ts';
import { departmentModel, employeeModel, teamModel } from './employee.model.ts';
import { Employee } from './employee.type.ts';

const viewer = rowField(employeeModel, (_root, _args, ctx) => {
  if (!ctx.viewer) throw unauthenticated();
  return ctx.viewer.id;
});

function required<T>(row: T | null): T {
  if (row === null) throw notFound();
  return row;
}

@Resolver(() => Employee)
export class EmployeeResolver {
  @Query(() => Employee, { description: 'The signed-in employee. (当前用户)' })
  @Extensions({
    serialize: async (root, args, ctx, info) => required(await viewer.serialize(root, args, ctx, info)),
  })
  async viewer(@Ctx() ctx: Context, @Info() info: GraphQLResolveInfo): Promise<Row> {
    return required(await viewer.resolve(undefined, {}, ctx, info));
  }
}

export const staffLists = [
  listResolverOf(employeeModel, {
    name: 'employees',
    description: 'All members of staff, by name; found by name, e-mail and title. (员工列表)',
  }),
  listResolverOf(teamModel, { name: 'teams', description: 'All teams, by name. (团队列表)' }),
  listResolverOf(departmentModel, {
    name: 'departments',
    description: 'All departments, by name, with what they answer for. (部门列表)',
  }),
];
