import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import type { Delivery } from '../graphql/execution/operation.ts';
import { deliveriesOf } from './event-source.ts';

/** One kind of thing that is addressed to employees. */
export interface AddressedKind<Event> {
  /** The `subject` of its events in the log. */
  subject: string;
  /** A notice of the feed itself (BOOKMARK, BULK_CHANGED) as an event of this kind. */
  noticeOf: (notice: FollowedEvent) => Event;
  /** What the viewer may see of an event by their present rights; null for nothing. */
  authorize: (ctx: Context, event: FollowedEvent) => Promise<Event | null>;
}

/**
 * Follows what is addressed to the viewer, of one kind: each employee has one feed of it in the log, whatever files it is
 * about, with the same cursors and the same promise as the changes of files. Each event is authorized when it is
 * delivered. Errors: CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followAddressed<Event>(
  ctx: Context,
  after: string | null | undefined,
  { subject, noticeOf, authorize }: AddressedKind<Event>,
): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  const events = await ctx.changes.follow({ audience: { addresseeId: ctx.viewer.id }, after });
  return deliveriesOf(events, async (context, event) => {
    if (event.customerId === null) return noticeOf(event);
    return event.subject === subject ? authorize(context, event) : null;
  });
}
