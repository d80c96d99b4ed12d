import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { ExportCustomersInput, ExportCustomersPayload } from './customer-export.input.ts';
import { customerExportModel } from './customer-export.model.ts';
import { requireColumns } from './customer-export.service.ts';
import { columnsNamed, requestExport } from './customer-export.write.ts';

@Resolver()
export class CustomerExportMutations {
  @Mutation(() => ExportCustomersPayload, {
    description:
      'Requests an export of active customer files, to be downloaded from url. Nothing is read before the download, which uses the viewer’s rights at that time. A grant is for reading only: neither files nor fields that the viewer sees by a grant are exported. FORBIDDEN naming every field the viewer’s role may never read, NOT_FOUND for a segment they do not see, CONFLICT for one that keeps changing, BAD_USER_INPUT naming every violation, QUERY_TOO_COMPLEX for a filter that would read too much. (导出客户)', // R141
  })
  @Extensions({
    requireUses: (viewer: Viewer, { input }: { input: ExportCustomersInput }) =>
      requireColumns(viewer, columnsNamed(input.columns)),
  })
  async exportCustomers(
    @Arg('input', () => ExportCustomersInput, { description: 'What is wanted. (导出申请)' })
    input: ExportCustomersInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await requestExport(ctx, input);
    const selection = selectionAt(info, 'export', customerExportModel);
    return { export: await readRow(ctx, customerExportModel, id, selection) };
  }
}
