import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Context } from '../context.ts';
import type { Delivery } from './operation.ts';
import { logRefused, nameOperation, runOperation } from './run-operation.ts';

/** The context of one delivery: made for the viewer as they were a moment ago, and confirmed while it is used. */
export interface Moment {
  assumed: Context;
  /**
   * The same context when the viewer still is who they were, another one when not. Rejects when they are no more: the
   * stream then ends with that error.
   */
  confirmed: Promise<Context>;
}

/** How the deliveries of one subscription reach its client. */
export interface Recipient {
  openMoment: () => Promise<Moment>;
  /**
   * Delivers together with others whatever can be, and resolves with the answer as JSON, null where the viewer is told
   * nothing. Undefined, at once or later, for a delivery that is to be judged and read by itself.
   */
  deliverTogether: (delivery: Delivery) => Promise<string | null | undefined> | undefined;
  /** Sends an answer; resolves when the client's side has taken it. */
  send: (answer: string) => Promise<void>;
}

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and loaders as they are now, not as they
 * were when the client subscribed. Viewer and event are read in one round trip; an event that was judged for a viewer
 * who has changed is judged again. The next event is asked for when the last one is taken.
 */
export async function subscribeFreshly(
  args: ExecutionArgs,
  { openMoment, deliverTogether, send }: Recipient,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  nameOperation(args);
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return logRefused(args, source);
  const deliveries = (source as AsyncIterable<Delivery>)[Symbol.asyncIterator]();
  // Nothing reads by the rights of the beginning, and thousands of subscriptions would keep it.
  args.contextValue = undefined;
  let isOver = false;

  const deliverAlone = async (delivery: Delivery): Promise<ExecutionResult | null> => {
    const { assumed, confirmed } = await openMoment();
    nameOperation({ ...args, contextValue: assumed });
    const [judged, contextValue] = await Promise.all([delivery(assumed), confirmed]);
    nameOperation({ ...args, contextValue });
    const event = contextValue === assumed ? judged : await delivery(contextValue);
    return event === null ? null : runOperation({ ...args, rootValue: event, contextValue });
  };

  // An explicit iterator: a generator's return() would wait for its pending next(), and idle subscribers would leak.
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next(): Promise<IteratorResult<ExecutionResult>> {
      for (;;) {
        const { value: delivery, done } = await deliveries.next();
        if (done) return { done: true, value: undefined };
        const answer = await deliverTogether(delivery);
        if (answer !== undefined) {
          if (answer !== null && !isOver) await send(answer);
          continue;
        }
        const value = await deliverAlone(delivery);
        if (value) return { done: false, value };
      }
    },
    async return() {
      isOver = true;
      await deliveries.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      isOver = true;
      await deliveries.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return results;
    },
  };
  return results;
}
