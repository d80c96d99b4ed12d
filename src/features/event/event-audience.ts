import type { FollowRequest } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { badInputAt, collectIssues, notFound, unauthenticated } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { findFileRights } from '../../core/model/file-rights.ts';
import { requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { type EventAudience, membershipIn } from './customer-file-event.service.ts';

/** Arguments that select the files whose events are delivered. */
export interface AudienceArgs {
  customerId?: string | null;
  segmentId?: string | null;
}

/** The same audience in two forms: for the log, which selects events, and for the authorization of each event. */
export interface ChosenAudience {
  inLog: FollowRequest['audience'];
  audience: EventAudience;
}

/** An id that no file has: with it, the rights to use a rule are checked and no row is read. */
const noFile = '00000000-0000-0000-0000-000000000000';

/**
 * The files whose events the viewer requests and may receive; without arguments, their own files.
 *
 * Errors: UNAUTHENTICATED, NOT_FOUND for a file or segment the viewer cannot see, FORBIDDEN for a segment whose rule
 * uses a field they may not read, BAD_USER_INPUT for an id of another kind and for both arguments at once.
 */
export async function requireAudience(
  ctx: Context,
  { customerId, segmentId }: AudienceArgs,
): Promise<ChosenAudience> {
  if (!ctx.viewer) throw unauthenticated();
  if (customerId != null && segmentId != null) {
    const message = 'Give a file or a segment, not both. (客户与客户分群只能二选一。)';
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
    return { inLog: 'everyone', audience };
  }
  return { inLog: { employeeId: ctx.viewer.id }, audience: 'OWN_FILES' };
}
