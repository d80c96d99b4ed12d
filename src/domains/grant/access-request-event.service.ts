import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { followAddressed } from '../../core/delivery/addressed-events.ts';
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
export const followAccessRequests = (
  ctx: Context,
  { after }: { after?: string | null },
): Promise<AsyncIterableIterator<Delivery>> =>
  followAddressed(ctx, after, {
    subject: 'access_request',
    noticeOf: ({ cursor, occurredAt, type }) => ({
      cursor,
      occurredAt,
      type: type as AccessRequestEventType,
      requestId: null,
    }),
    authorize: authorizeStep,
  });

/** Null for a step of a request that the viewer can no longer see. One statement. */
async function authorizeStep(ctx: Context, event: FollowedEvent): Promise<VisibleStep | null> {
  if (!(await findRow(ctx, accessRequestModel, event.subjectId, { fields: [] }))) return null;
  const type = event.type.replace('ACCESS_', '') as AccessRequestEventType;
  return { cursor: event.cursor, occurredAt: event.occurredAt, type, requestId: event.subjectId };
}
