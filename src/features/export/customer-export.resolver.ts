import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Resolver,
  Root,
  type SubscribeResolverData,
  Subscription,
} from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { customerExportModel } from './customer-export.model.ts';
import { CustomerExport } from './customer-export.type.ts';
import { followCustomerExport } from './follow-customer-export.ts';

@Resolver(() => CustomerExport)
export class CustomerExportResolver {
  @Subscription(() => CustomerExport, {
    description:
      'How far an export of the viewer’s own is: at once, then with each change, at most twice a second, on whichever instance it is downloaded. Completes when the export has ended. NOT_FOUND for anybody else’s. (导出进度订阅)',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, { exportId: string }, Context>) =>
      followCustomerExport(context, args.exportId),
  })
  customerExportChanged(
    @Root() id: string,
    @Arg('exportId', () => ID, { description: 'The export. (导出编号)' }) _exportId: string,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row> {
    return readRow(ctx, customerExportModel, id, nodeSelection(selectedField(info), customerExportModel));
  }

  @FieldResolver(() => String, {
    description:
      'Where it is downloaded, once: GET this path of the server with the same Authorization header. 404 for anybody else, 409 once it was used or has expired, 429 while another one of the viewer’s is under way. (下载地址)',
  })
  @Extensions({ access: 'open', text: 'CONTROLLED' })
  url(@Root() { id }: Row): string {
    return `/exports/${encodeId('exp', id)}`;
  }
}
