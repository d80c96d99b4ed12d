import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import type { Delivery } from '../graphql/operation.ts';
import { findFileRights } from '../history/history.service.ts';
import { type EventAudience, judgeEvent } from './customer-file-event.service.ts';

/** Arguments of `customerFileChanged`. */
interface FollowArgs {
  customerId?: string | null;
  after?: string | null;
}

/**
 * Opens the stream behind `customerFileChanged`: log events, each to be judged
 * under the context of its delivery.
 *
 * @throws NOT_FOUND before anything opens for a file the viewer cannot see; CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followCustomerFiles(ctx: Context, { customerId, after }: FollowArgs): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  if (customerId == null) {
    return deliveries(await ctx.changes.follow({ audience: { employeeId: ctx.viewer.id }, after }), 'OWN_FILES');
  }
  const id = requireId('cus', customerId, ['customerId']);
  if (!(await findFileRights(ctx, id))) throw notFound();
  return deliveries(await ctx.changes.follow({ audience: { customerId: id }, after }), 'ONE_FILE');
}

/** Turns events into deliveries; an explicit iterator, so that return() does not wait for a pending next(). */
function deliveries(events: AsyncIterableIterator<FollowedEvent>, audience: EventAudience): AsyncIterableIterator<Delivery> {
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      const { value, done } = await events.next();
      if (done) return { done: true, value: undefined };
      return { done: false, value: (ctx: Context) => judgeEvent(ctx, value, audience) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
