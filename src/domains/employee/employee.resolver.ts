import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { notFound, unauthenticated } from '../../core/errors.ts';
import { ForwardPageArgs, type Page } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { pageField, rowField } from '../../core/model/row-field.ts';
import { employeeModel } from './employee.model.ts';
import { Employee } from './employee.type.ts';

const employees = pageField(employeeModel);

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

  @Query(() => employeeModel.Connection as never, {
    description: 'All members of staff, by name. (员工列表)',
  })
  @Extensions({ serialize: employees.serialize })
  employees(
    @Args(() => ForwardPageArgs) _page: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return employees.resolve(undefined, {}, ctx, info);
  }
}
