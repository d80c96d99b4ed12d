import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { deliveriesOf } from '../../core/delivery/event-source.ts';
import { unauthenticated } from '../../core/errors.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { findRow } from '../../core/model/read.ts';
import { accessRequestModel } from './access-request.model.ts';
import type { AccessRequestEventType } from './access-request-event.type.ts';

/** A step of a request as a viewer may see it. */
export interface VisibleStep {
  cursor: string;
  type: AccessRequestEventType;
  occurredAt: string;
  /** UUID; null for notices of the feed. */
  requestId: string | null;
}

/**
 * Opens the stream behind `accessRequestChanged`: steps of the requests that concern the viewer, each authorized when
 * it is delivered. Errors: CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followAccessRequests(
  ctx: Context,
  { after }: { after?: string | null },
): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  return deliveriesOf(
    await ctx.changes.follow({ audience: { employeeId: ctx.viewer.id }, after }),
    authorizeStep,
  );
}

/** Null for other events, and for steps of a request that the viewer can no longer see. One statement. */
async function authorizeStep(ctx: Context, event: FollowedEvent): Promise<VisibleStep | null> {
  const { cursor, occurredAt } = event;
  if (event.customerId === null) {
    return { cursor, occurredAt, type: event.type as AccessRequestEventType, requestId: null };
  }
  if (event.subject !== 'access_request') return null;
  if (!(await findRow(ctx, accessRequestModel, event.subjectId, { fields: [] }))) return null;
  const type = event.type.replace('ACCESS_', '') as AccessRequestEventType;
  return { cursor, occurredAt, type, requestId: event.subjectId };
}
