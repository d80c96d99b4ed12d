import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { logUses } from '../../core/access/access-log-port.ts';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  CreateSegmentInput,
  CreateSegmentPayload,
  DeleteSegmentInput,
  DeleteSegmentPayload,
  UpdateSegmentInput,
  UpdateSegmentPayload,
} from './segment.input.ts';
import { segmentModel } from './segment.model.ts';
import { createSegment, deleteSegment, updateSegment } from './segment.write.ts';

@Resolver()
export class SegmentMutations {
  @Mutation(() => CreateSegmentPayload, {
    description:
      'Creates a segment. FORBIDDEN for a rule on a field the viewer may not read, BAD_USER_INPUT naming every violation. (新建客户分群)',
  })
  async createSegment(
    @Arg('input', () => CreateSegmentInput, { description: 'The segment. (客户分群信息)' })
    input: CreateSegmentInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createSegment(ctx.db, actorOf(ctx), input);
    return { segment: await readRow(ctx, segmentModel, id, selectionAt(info, 'segment', segmentModel)) };
  }

  @Mutation(() => UpdateSegmentPayload, {
    description:
      'Changes a segment. NOT_FOUND for a colleague’s private one, FORBIDDEN for a shared one that is not the viewer’s (administrators may), CONFLICT for any change since the expected version, BAD_USER_INPUT naming every violation. CONFLICT with `extensions.usedBy` for shared: false while rules or exports of colleagues name it. (修改客户分群)',
  })
  async updateSegment(
    @Arg('input', () => UpdateSegmentInput, { description: 'What changes. (修改内容)' })
    input: UpdateSegmentInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateSegment(ctx.db, actorOf(ctx), input, (uses) => logUses(ctx, uses));
    return { segment: await readRow(ctx, segmentModel, id, selectionAt(info, 'segment', segmentModel)) };
  }

  @Mutation(() => DeleteSegmentPayload, {
    description:
      'Deletes a segment; its members are not changed. NOT_FOUND for a colleague’s private one, FORBIDDEN for a shared one that is not the viewer’s (administrators may), CONFLICT for any change since the expected version. CONFLICT while the rules of other segments, or exports that have not ended, refer to it: `extensions.usedBy: [{ id, name, owner { id, name } }]` contains the uses that the viewer may see, `extensions.useCount` is the number of all; an ANALYST gets names only of what they alone wrote. (删除客户分群)',
  })
  async deleteSegment(
    @Arg('input', () => DeleteSegmentInput, { description: 'The segment. (客户分群)' })
    input: DeleteSegmentInput,
    @Ctx() ctx: Context,
  ) {
    const id = await deleteSegment(ctx.db, actorOf(ctx), input);
    return { segmentId: encodeId('seg', id) };
  }
}
