import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import { customerModel } from '../customer/customer.model.ts';
import { badInputAt, unauthenticated } from '../errors.ts';
import { deliveriesOf } from '../event/deliveries.ts';
import type { Delivery } from '../graphql/operation.ts';
import { encodeId, uuidOf } from '../graphql/type-id.ts';
import { type FileCondition, type FileRights, findFileRights } from '../history/history.service.ts';
import { judgeFilter } from '../model/filter.ts';
import { all, fileColumnsOf } from '../model/reading.ts';
import { requireSegmentRule } from '../segment/segment.service.ts';
import { goLive, keepLive } from './live-segment.write.ts';
import { noFile } from './membership-event.write.ts';
import type {
  SegmentMembershipCauseKind,
  SegmentMembershipEventType,
} from './segment-membership-event.type.ts';

/** An event as a viewer may see it, with what its fields are read from. */
export interface VisibleMembership {
  cursor: string;
  type: SegmentMembershipEventType;
  occurredAt: string;
  /** TypeID. */
  customerId: string | null;
  cause: VisibleCause | null;
}

/** The cause of an event, with what its fields are read from. */
export interface VisibleCause {
  kind: SegmentMembershipCauseKind;
  version: number | null;
  actorId: string | null;
  /** UUID of the file, and what the viewer may read of it. */
  customerId: string;
  rights: FileRights;
}

/**
 * Opens the stream behind `segmentMembershipChanged`, and has the segment's members kept from then on.
 *
 * Errors, before anything opens: UNAUTHENTICATED, NOT_FOUND for a segment the viewer cannot see, FORBIDDEN where its
 * rule asks what they may not read, those of {@link goLive}, CURSOR_EXPIRED and BAD_USER_INPUT for the cursor.
 */
export async function followMembership(
  ctx: Context,
  { segmentId, after }: { segmentId: string; after?: string | null },
): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  await requireSegmentRule(ctx, segmentId, ['segmentId']);
  await findFileRights(ctx, noFile, tellingRightsOn(segmentId));
  const id = uuidOf(segmentId);
  await goLive(ctx.db, id, ctx);
  const events = await ctx.changes.follow({ audience: { segmentId: id }, after: after ?? null });
  return deliveriesOf(events, (then, event) => judgeMembership(then, event, segmentId));
}

/**
 * What the viewer of `ctx` may be told of an event, by the rights they have now; null for a file they do not see, or on
 * which they may not read all that the rule reads: that it came or left would tell what it holds. Two statements.
 *
 * Errors: NOT_FOUND for a segment that is gone, FORBIDDEN where its rule asks what the viewer may not read.
 */
async function judgeMembership(
  ctx: Context,
  event: FollowedEvent,
  segmentId: string,
): Promise<VisibleMembership | null> {
  const { cursor, occurredAt, customerId, version, actorId, source } = event;
  if (customerId === null || customerId === noFile) {
    await requireSegmentRule(ctx, segmentId, ['segmentId']);
    const isLive = await keepLive(ctx.db, uuidOf(segmentId));
    // Its rule has changed to one that cannot be followed, or that holds for too many.
    if (!isLive)
      throw badInputAt(
        ['segmentId'],
        'CANNOT_FOLLOW',
        'The segment is no longer followed. (该细分已停止跟踪。)',
      );
    const type = event.type === 'BOOKMARK' ? 'BOOKMARK' : 'BULK_CHANGED';
    return { cursor, occurredAt, type, customerId: null, cause: null };
  }
  const rights = await findFileRights(ctx, customerId, tellingRightsOn(segmentId));
  if (!rights) return null;
  const kind = version > 0 ? 'CHANGE' : (source as SegmentMembershipCauseKind);
  const cause = { kind, version: version > 0 ? version : null, actorId, customerId, rights };
  const type = event.type as SegmentMembershipEventType;
  return { cursor, occurredAt, type, customerId: encodeId('cus', customerId), cause };
}

/** What a file has to meet for its membership to be told: the viewer may read on it every class that the rule reads. */
const tellingRightsOn =
  (segmentId: string): FileCondition =>
  (reading, alias, next) =>
    all(
      judgeFilter(reading, customerModel, { inSegment: segmentId }, alias, fileColumnsOf(alias), next).rights,
    );
