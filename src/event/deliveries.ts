import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import type { Delivery } from '../graphql/operation.ts';
import type { EventAudience } from './customer-file-event.service.ts';

/** The delivery of an event of files, which many may be told in the same words; see `delivery-desk.ts`. */
export interface FileDelivery extends Delivery {
  event: FollowedEvent;
  audience: EventAudience;
}

/** Whether a delivery can be judged together with those of other viewers. A segment is judged for each by itself. */
export const isFileDelivery = (delivery: Delivery): delivery is FileDelivery => {
  const { audience } = delivery as Partial<FileDelivery>;
  return audience !== undefined && (typeof audience === 'string' || 'customerId' in audience);
};

/**
 * Turns log events into deliveries, each judged under the context of its moment; null tells the viewer nothing. With
 * the audience given they are deliveries of files.
 *
 * An explicit iterator, so that `return()` does not wait for a pending `next()`.
 */
export function deliveriesOf(
  events: AsyncIterableIterator<FollowedEvent>,
  judge: (ctx: Context, event: FollowedEvent) => Promise<unknown>,
  audience?: EventAudience,
): AsyncIterableIterator<Delivery> {
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      const { value, done } = await events.next();
      if (done) return { done: true, value: undefined };
      const delivery = (ctx: Context) => judge(ctx, value);
      return {
        done: false,
        value: audience ? Object.assign(delivery, { event: value, audience }) : delivery,
      };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
