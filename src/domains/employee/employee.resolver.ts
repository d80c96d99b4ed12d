import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import { ForwardPageArgs, type Page } from '../../core/model/connection.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readPage, readRow } from '../../core/model/read.ts';
import { rowSelection } from '../../core/model/selection.ts';
import { employeeModel } from './employee.model.ts';
import { Employee } from './employee.type.ts';

@Resolver(() => Employee)
export class EmployeeResolver {
  @Query(() => Employee, { description: 'The signed-in employee. (当前用户)' })
  viewer(@Ctx() ctx: Context, @Info() info: GraphQLResolveInfo): Promise<Row> {
    if (!ctx.viewer) throw unauthenticated();
    return readRow(ctx, employeeModel, ctx.viewer.id, rowSelection(info, employeeModel));
  }

  @Query(() => employeeModel.Connection as never, {
    description: 'All members of staff, by name. (员工列表)',
  })
  employees(
    @Args(() => ForwardPageArgs) _page: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, employeeModel, info);
  }
}
