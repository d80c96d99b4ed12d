import { type FieldUses, logUses, newUses } from '../../core/access/access-log-port.ts';
import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { deliveriesOf, type KnownRule } from '../../core/delivery/event-source.ts';
import { badInputAt, unauthenticated } from '../../core/errors.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { encodeId, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { type FileRights, findFileRights } from '../../core/model/file-rights.ts';
import { compileAuthorizedFilter } from '../../core/model/filter.ts';
import { newShape } from '../../core/model/query-cost.ts';
import { readingOf } from '../../core/model/read.ts';
import { aliases } from '../../core/model/read-context.ts';
import { requireSaved, withSavedFilters } from '../../core/model/saved-filter.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { goLive, keepLive } from './materialized-segment.write.ts';
import { noFile } from './membership-event.write.ts';
import type {
  SegmentMembershipCauseKind,
  SegmentMembershipEventType,
} from './segment-membership-event.type.ts';

/** An event as a viewer may see it, and what its fields are resolved from. */
export interface VisibleMembership {
  cursor: string;
  type: SegmentMembershipEventType;
  occurredAt: string;
  /** TypeID. */
  customerId: string | null;
  cause: VisibleCause | null;
  /** What the rule uses, which the event reveals of its file. */
  uses: FieldUses;
}

/** The cause of an event, and what its fields are resolved from. */
export interface VisibleCause {
  kind: SegmentMembershipCauseKind;
  version: number | null;
  actorId: string | null;
  /** UUID of the file; `rights` are the viewer's on it. */
  customerId: string;
  rights: FileRights;
}

/** A known rule with the fields it uses of logged classes. */
interface FollowedRule extends KnownRule {
  uses: FieldUses;
}

/** Logs that an event reveals, of its file, what the rule uses: before the event is delivered, or it is not. */
export const logMembership = (ctx: Context, { cause, uses }: VisibleMembership): Promise<void> =>
  logUses(ctx, uses, { customerIds: cause ? [cause.customerId] : [] });

/**
 * Opens the stream behind `segmentMembershipChanged` and makes the segment live.
 *
 * Errors, before anything opens: UNAUTHENTICATED, NOT_FOUND for a segment the viewer cannot see, FORBIDDEN if its rule
 * uses a field they may not read, those of {@link goLive}, CURSOR_EXPIRED and BAD_USER_INPUT for the cursor.
 */
export async function followMembership(
  ctx: Context,
  { segmentId, after }: { segmentId: string; after?: string | null },
): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  await requireSegmentRule(ctx, segmentId, ['segmentId']);
  const rule = await readKnownRule(ctx, segmentId);
  // That no event follows is an answer as well.
  await logUses(ctx, rule.uses);
  const authorizer = { fileToAuthorize: fileOf, authorize, rule };
  function authorize(
    event: FollowedEvent,
    _viewerId: string,
    rights: FileRights | null,
  ): VisibleMembership | null {
    return buildMembershipEvent(event, authorizer.rule, rights);
  }
  const id = uuidOf(segmentId);
  await goLive(ctx.db, id, ctx);
  const events = await ctx.changes.follow({ audience: { segmentId: id }, after: after ?? null });
  const authorizeSingly = async (then: Context, event: FollowedEvent) => {
    if (fileOf(event) === null) return authorizeNotice(then, event, segmentId);
    authorizer.rule = await readKnownRule(then, segmentId);
    return authorize(event, '', await findFileRights(then, event.customerId as string));
  };
  return deliveriesOf(events, authorizeSingly, (event) => (fileOf(event) === null ? undefined : authorizer));
}

/** The file (UUID) that entered or left; null for an event that concerns no file. */
const fileOf = ({ customerId }: FollowedEvent): string | null => (customerId === noFile ? null : customerId);

/**
 * The access classes that the segment's rule uses, for the viewer of `ctx`. One statement per level of nested segments.
 *
 * Errors: NOT_FOUND for a segment that no longer exists, FORBIDDEN if its rule uses a field the viewer may not read.
 */
async function readKnownRule(ctx: Context, segmentId: string): Promise<FollowedRule> {
  const reading = readingOf(ctx);
  return withSavedFilters(
    (statement) => ctx.statements.load(statement),
    reading,
    (attempt) => {
      requireSaved(attempt, uuidOf(segmentId));
      const next = aliases();
      const shape = newShape();
      const { classes } = compileAuthorizedFilter(
        { ...attempt, shape },
        customerModel,
        { inSegment: segmentId },
        next(),
        null,
        next,
      );
      const versions = new Map<string, number>();
      for (const [id, found] of attempt.saved?.found ?? []) if (found) versions.set(id, found.version);
      return { role: reading.viewer.role, versions, classes, uses: shape.uses };
    },
  );
}

/** Authorizes an event that concerns no file: a request to load the members again, or a newer cursor. One statement. */
async function authorizeNotice(
  ctx: Context,
  { cursor, occurredAt, type }: FollowedEvent,
  segmentId: string,
): Promise<VisibleMembership> {
  await requireSegmentRule(ctx, segmentId, ['segmentId']);
  // The rule has been changed to one that cannot be followed or that selects too many files.
  if (!(await keepLive(ctx.db, uuidOf(segmentId))))
    throw badInputAt(
      ['segmentId'],
      'CANNOT_FOLLOW',
      'The segment is no longer followed. (该客户分群已停止跟踪。)',
    );
  const deliveredType = type === 'BOOKMARK' ? 'BOOKMARK' : 'BULK_CHANGED';
  return { cursor, occurredAt, type: deliveredType, customerId: null, cause: null, uses: newUses() };
}

/**
 * The event for a viewer with these rights on its file; null if they cannot see the file, or may not read on it every
 * field that the rule uses, since entering or leaving would reveal their values.
 */
function buildMembershipEvent(
  { cursor, occurredAt, type, customerId, version, actorId, source }: FollowedEvent,
  { classes, uses }: FollowedRule,
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
    uses,
  };
}
