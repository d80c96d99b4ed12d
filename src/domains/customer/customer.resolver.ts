import type { GraphQLResolveInfo } from 'graphql';
import { Arg, ArgsType, Ctx, Field, ID, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { badInputAt } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { listResolverOf } from '../../core/model/list-resolver.ts';
import type { Row } from '../../core/model/model.types.ts';
import type { ListArguments } from '../../core/model/page-request.ts';
import { rowField } from '../../core/model/row-field.ts';
import { rowSelection } from '../../core/model/selection.ts';
import { requireSegmentRule } from '../segment/segment.service.ts';
import { customerModel } from './customer.model.ts';
import { type CustomerKey, findCustomer } from './customer.service.ts';
import { Customer } from './customer.type.ts';

@ArgsType()
class CustomersArgs extends customerModel.ListArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'Only members of this segment; FORBIDDEN when its rule uses a field the viewer may not read. (客户分群)',
  })
  segmentId?: string | null;

  /** Inherited from `ListArgs`; declared here for its type only. */
  declare filter?: ListArguments['filter'];
}

export const CustomerListResolver = listResolverOf(customerModel, {
  name: 'customers',
  description: 'The files the viewer may see, latest change first. (客户档案列表)',
  args: CustomersArgs,
  scopeOf: async (ctx, { segmentId, filter }) => ({
    filters: segmentId ? [await requireSegmentRule(ctx, segmentId, ['segmentId'], filter)] : [],
  }),
});

const byId = rowField(customerModel, (_root: unknown, { id }: { id: string }) =>
  requireId('cus', id, ['id']),
);
const isById = (key: CustomerKey): key is { id: string } =>
  key.id != null && key.fileNumber == null && key.asOf == null;

async function resolveCustomer(
  root: unknown,
  key: CustomerKey,
  ctx: Context,
  info: GraphQLResolveInfo,
): Promise<Row | null> {
  if (isById(key)) return byId.resolve(root, key, ctx, info);
  if ((key.id == null) === (key.fileNumber == null)) {
    throw badInputAt(['id'], 'ONE_OF', 'Give the id or the file number. (请提供编号或客户编号之一。)');
  }
  return findCustomer(ctx, key, rowSelection(info, customerModel));
}

@Resolver(() => Customer)
export class CustomerResolver {
  @Query(() => Customer, {
    nullable: true,
    description:
      'One file by id or by number, archived or not; null when it is not there or not the viewer’s. (客户档案)',
  })
  @Extensions({
    readsOnly: true,
    serialize: (root, key: CustomerKey, ctx, info) =>
      isById(key) ? byId.serialize(root, key, ctx, info) : resolveCustomer(root, key, ctx, info),
  })
  customer(
    @Arg('id', () => ID, { nullable: true, description: 'Id of the file. (编号)' }) id: string | undefined,
    @Arg('fileNumber', () => String, {
      nullable: true,
      description:
        'Number of the file; give this or the id. Its archive number, and any that it had, find it too, for who reads those. (客户编号或档号)',
    })
    fileNumber: string | undefined,
    @Arg('asOf', () => DateTimeScalar, {
      nullable: true,
      description:
        'Show the file, its contacts, interactions, needs, deals and tags as they were at this instant, under the viewer’s present rights; null before it was opened. Colleagues, and fields without history, are as they are now. (历史时间点)',
    })
    asOf: string | undefined,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return resolveCustomer(undefined, { id, fileNumber, asOf }, ctx, info);
  }
}
