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
  /** Delivers together with others whatever can be. False for a delivery that is to be judged and read by itself. */
  deliverTogether: (delivery: Delivery, outcome: Outcome) => boolean;
}

/** What becomes of a delivery that goes together with others. Callbacks: a thousand are told at the same moment. */
export interface Outcome {
  /** Whether it is still to be sent. */
  isWanted: () => boolean;
  /** The client's side has taken it, or there was nothing to tell. */
  done: () => void;
  /** It is to be judged and read by itself after all. */
  alone: () => void;
  fail: (error: unknown) => void;
}

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and loaders as they are now, not as they
 * were when the client subscribed. Viewer and event are read in one round trip; an event that was judged for a viewer
 * who has changed is judged again. The next event is asked for when the last one is taken.
 */
export async function subscribeFreshly(
  args: ExecutionArgs,
  { openMoment, deliverTogether }: Recipient,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  nameOperation(args);
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return logRefused(args, source);
  const deliveries = (source as AsyncIterable<Delivery>)[Symbol.asyncIterator]();
  // Nothing reads by the rights of the beginning, and thousands of subscriptions would keep it.
  args.contextValue = undefined;
  let isOver = false;
  const isWanted = () => !isOver;

  const deliverAlone = async (delivery: Delivery): Promise<ExecutionResult | null> => {
    const { assumed, confirmed } = await openMoment();
    nameOperation({ ...args, contextValue: assumed });
    const [judged, contextValue] = await Promise.all([delivery(assumed), confirmed]);
    nameOperation({ ...args, contextValue });
    const event = contextValue === assumed ? judged : await delivery(contextValue);
    return event === null ? null : runOperation({ ...args, rootValue: event, contextValue });
  };

  /** Goes on until there is something to hand over. */
  const pull = (
    resolve: (result: IteratorResult<ExecutionResult>) => void,
    fail: (error: unknown) => void,
  ): void => {
    const next = () => void deliveries.next().then(take, fail);
    const take = ({ value: delivery, done }: IteratorResult<Delivery>) => {
      if (done) return resolve({ done: true, value: undefined });
      const alone = () =>
        void deliverAlone(delivery).then((value) => (value ? resolve({ done: false, value }) : next()), fail);
      try {
        if (!deliverTogether(delivery, { isWanted, done: next, alone, fail })) alone();
      } catch (error) {
        fail(error);
      }
    };
    next();
  };

  // An explicit iterator: a generator's return() would wait for its pending next(), and idle subscribers would leak.
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: () => new Promise(pull),
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
