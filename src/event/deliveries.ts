import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import type { Delivery } from '../graphql/operation.ts';

/**
 * Turns log events into deliveries, each judged under the context of its moment; null tells the viewer nothing.
 *
 * An explicit iterator, so that `return()` does not wait for a pending `next()`.
 */
export function deliveriesOf(
  events: AsyncIterableIterator<FollowedEvent>,
  judge: (ctx: Context, event: FollowedEvent) => Promise<unknown>,
): AsyncIterableIterator<Delivery> {
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      const { value, done } = await events.next();
      if (done) return { done: true, value: undefined };
      return { done: false, value: (ctx: Context) => judge(ctx, value) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
