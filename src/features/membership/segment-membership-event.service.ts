import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { deliveriesOf, type KnownRule } from '../../core/delivery/event-source.ts';
import { badInputAt, unauthenticated } from '../../core/errors.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { encodeId, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { type FileRights, findFileRights } from '../../core/model/file-rights.ts';
import { compileAuthorizedFilter } from '../../core/model/filter.ts';
import { readingOf } from '../../core/model/read.ts';
import { aliases } from '../../core/model/read-context.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { goLive, keepLive } from './materialized-segment.write.ts';
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
  const jointly = { fileToAuthorize: fileOf, authorize, rule: await readKnownRule(ctx, segmentId) };
  function authorize(
    event: FollowedEvent,
    _viewerId: string,
    rights: FileRights | null,
  ): VisibleMembership | null {
    return buildMembershipEvent(event, jointly.rule, rights);
  }
  const id = uuidOf(segmentId);
  await goLive(ctx.db, id, ctx);
  const events = await ctx.changes.follow({ audience: { segmentId: id }, after: after ?? null });
  const authorizeSingly = async (then: Context, event: FollowedEvent) => {
    if (fileOf(event) === null) return authorizeNotice(then, event, segmentId);
    jointly.rule = await readKnownRule(then, segmentId);
    return authorize(event, '', await findFileRights(then, event.customerId as string));
  };
  return deliveriesOf(events, authorizeSingly, (event) => (fileOf(event) === null ? undefined : jointly));
}

/** The file (UUID) that came or left; null where an event is of no file. */
const fileOf = ({ customerId }: FollowedEvent): string | null => (customerId === noFile ? null : customerId);

/**
 * What the segment's rule asks, for the viewer of `ctx`. A statement for each level of segments in segments.
 *
 * Errors: NOT_FOUND for a segment that is gone, FORBIDDEN where its rule asks what the viewer may not read.
 */
async function readKnownRule(ctx: Context, segmentId: string): Promise<KnownRule> {
  const reading = readingOf(ctx);
  return withSavedFilters(
    (statement) => ctx.statements.load(statement),
    reading,
    (attempt) => {
      const next = aliases();
      const { classes } = compileAuthorizedFilter(
        attempt,
        customerModel,
        { inSegment: segmentId },
        next(),
        null,
        next,
      );
      const versions = new Map<string, number>();
      for (const [id, found] of attempt.saved?.found ?? []) if (found) versions.set(id, found.version);
      return { role: reading.viewer.role, versions, classes };
    },
  );
}

/** An event that is of no file: the members have to be loaded again, or a younger cursor. One statement. */
async function authorizeNotice(
  ctx: Context,
  { cursor, occurredAt, type }: FollowedEvent,
  segmentId: string,
): Promise<VisibleMembership> {
  await requireSegmentRule(ctx, segmentId, ['segmentId']);
  // Its rule has changed to one that cannot be followed, or that holds for too many.
  if (!(await keepLive(ctx.db, uuidOf(segmentId))))
    throw badInputAt(
      ['segmentId'],
      'CANNOT_FOLLOW',
      'The segment is no longer followed. (该细分已停止跟踪。)',
    );
  const deliveredType = type === 'BOOKMARK' ? 'BOOKMARK' : 'BULK_CHANGED';
  return { cursor, occurredAt, type: deliveredType, customerId: null, cause: null };
}

/**
 * What is told of an event to a viewer with these rights on its file: null where they do not see it, or may not read on
 * it all that the rule asks, for that it came or left would tell what it holds.
 */
function buildMembershipEvent(
  { cursor, occurredAt, type, customerId, version, actorId, source }: FollowedEvent,
  { classes }: KnownRule,
  rights: FileRights | null,
): VisibleMembership | null {
  if (customerId === null || !rights || [...classes].some((access) => !rights[access])) return null;
  const kind = version > 0 ? 'CHANGE' : (source as SegmentMembershipCauseKind);
  return {
    cursor,
    occurredAt,
    type: type as SegmentMembershipEventType,
    customerId: encodeId('cus', customerId),
    cause: { kind, version: version > 0 ? version : null, actorId, customerId, rights },
  };
}
