import type { FollowRequest } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { badInputAt, collectIssues, notFound, unauthenticated } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { findFileRights } from '../../core/model/file-rights.ts';
import { requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { type EventAudience, membershipIn } from './customer-file-event.service.ts';

/** Arguments that say whose events are wanted. */
export interface AudienceArgs {
  customerId?: string | null;
  segmentId?: string | null;
}

/** The same audience for the log, which selects events, and for the judge, who decides on each. */
export interface ChosenAudience {
  inLog: FollowRequest['audience'];
  audience: EventAudience;
}

/** An id that no file has: asked about, a rule is judged and no row is read. */
const noFile = '00000000-0000-0000-0000-000000000000';

/**
 * Whose events the viewer asks for, having the right to: their own files unless told otherwise.
 *
 * Errors: UNAUTHENTICATED, NOT_FOUND for a file or segment the viewer cannot see, FORBIDDEN for a segment whose rule
 * asks what they may not read, BAD_USER_INPUT for an id of another kind and for both at once.
 */
export async function requireAudience(
  ctx: Context,
  { customerId, segmentId }: AudienceArgs,
): Promise<ChosenAudience> {
  if (!ctx.viewer) throw unauthenticated();
  if (customerId != null && segmentId != null) {
    const message = 'Give a file or a segment, not both. (客户与细分只能二选一。)';
    const both = badInputAt(['segmentId'], 'ONE_OF', message);
    await collectIssues(
      () => Promise.reject(both),
      () => requireId('cus', customerId, ['customerId']),
      () => requireId('seg', segmentId, ['segmentId']),
    );
  }
  if (customerId != null) {
    const id = requireId('cus', customerId, ['customerId']);
    if (!(await findFileRights(ctx, id))) throw notFound();
    return { inLog: { customerId: id }, audience: { customerId: id } };
  }
  if (segmentId != null) {
    await requireSegmentRule(ctx, segmentId, ['segmentId']);
    const audience = { segmentId };
    await findFileRights(ctx, noFile, membershipIn(audience));
    return { inLog: 'everyone', audience: audience };
  }
  return { inLog: { employeeId: ctx.viewer.id }, audience: 'OWN_FILES' };
}
