import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { rowSelection } from '../../core/model/selection.ts';
import { Customer } from '../customer/customer.type.ts';
import { segmentsOf } from './customer-segment.service.ts';
import { segmentModel } from './segment.model.ts';
import { Segment } from './segment.type.ts';

@Resolver(() => Customer)
export class CustomerSegmentResolver {
  @FieldResolver(() => [Segment], {
    description:
      'The segments this file is in, of the first 200 by name that the viewer can see and whose rules they may use; none for an archived file. (所属客户分群)',
  })
  @Extensions({ access: 'open' })
  segments(@Root() { id }: Row, @Ctx() ctx: Context, @Info() info: GraphQLResolveInfo): Promise<Row[]> {
    return segmentsOf(ctx, id, info.fieldNodes, rowSelection(info, segmentModel));
  }
}
