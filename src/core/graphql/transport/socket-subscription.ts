import { setTimeout as pause } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import type { Context } from '../../context.ts';
import { unavailabilityOf } from '../../database/unavailable.ts';
import type { Delivery, PreparedOperation } from '../execution/operation.ts';
import {
  logRefused,
  nameOperation,
  outageIn,
  refuseUnreadable,
  runOperation,
} from '../execution/run-operation.ts';
import { openSource } from '../execution/subscription-source.ts';

/** How long a delivery waits for a database that is unavailable before it is tried again. */
const retryAfterMs = 500;

/** The context of one delivery: made for the viewer as they were a moment ago, and confirmed while it is used. */
export interface EventContext {
  assumed: Context;
  /**
   * The same context when the viewer still is who they were, another one when not. Rejects when they are no more: the
   * stream then ends with that error.
   */
  confirmed: Promise<Context>;
}

/** How the deliveries of one subscription reach its client. */
export interface Recipient {
  openEventContext: () => Promise<EventContext>;
  /** So many deliveries may be made at the next moment, if there are so many. */
  pageSize: () => number;
  /** Delivers the first of these together with others, as many as can be. False when the first is to be judged and read by itself. */
  deliverTogether: (deliveries: readonly Delivery[], outcome: Outcome) => boolean;
}

/** What becomes of deliveries that go together with others. Callbacks: a thousand are told at the same moment. */
export interface Outcome {
  /** Whether they are still to be sent. */
  isWanted: () => boolean;
  /** The client's side has taken the first so many, or there was nothing to tell. The others are to be judged again. */
  done: (amount: number) => void;
  /** The first is to be judged and read by itself after all. */
  alone: () => void;
  fail: (error: unknown) => void;
}

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and loaders as they are now, not as they
 * were when the client subscribed. Viewer and event are read in one round trip; an event that was judged for a viewer
 * who has changed is judged again. Nothing is judged before everything that was told before has been taken: what a
 * follower is behind with is told in pages, each as of one moment.
 */
export async function subscribeWithFreshContext(
  args: PreparedOperation,
  { openEventContext, pageSize, deliverTogether }: Recipient,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  nameOperation(args);
  const source = refuseUnreadable(args) ?? (await openSource(args));
  if (!(Symbol.asyncIterator in source)) return logRefused(args, source);
  const deliveries = source[Symbol.asyncIterator]();
  // Nothing reads by the rights of the beginning, and thousands of subscriptions would keep it.
  args.contextValue = undefined;
  /** Taken out of the stream and not told yet: names of what changed, never what is in a file. */
  let held: Delivery[] = [];
  let isOver = false;
  const isWanted = () => !isOver;

  const deliverAlone = async (delivery: Delivery): Promise<ExecutionResult | null> => {
    const { assumed, confirmed } = await openEventContext();
    nameOperation({ ...args, contextValue: assumed });
    const [authorized, contextValue] = await Promise.all([delivery(assumed), confirmed]);
    nameOperation({ ...args, contextValue });
    const event = contextValue === assumed ? authorized : await delivery(contextValue);
    if (event === null) return null;
    const result = await runOperation({ ...args, rootValue: event, contextValue });
    const outage = outageIn(result, contextValue);
    if (outage) throw outage;
    return result;
  };

  /** Goes on until there is something to hand over. */
  const pull = (
    resolve: (result: IteratorResult<ExecutionResult>) => void,
    failed: (error: unknown) => void,
  ): void => {
    /** What is held is not told yet, and is told when the database is back. */
    const fail = (error: unknown) => {
      if (isOver || !unavailabilityOf(error)) failed(error);
      else setTimeout(next, retryAfterMs);
    };
    const next = () => {
      if (held.length > 0 && !isOver) deliver();
      else void deliveries.next().then(take, fail);
    };
    const take = ({ value: delivery, done }: IteratorResult<Delivery>) => {
      if (done) return resolve({ done: true, value: undefined });
      held = [delivery];
      deliver();
    };
    const done = (amount: number) => {
      held.splice(0, amount);
      next();
    };
    const alone = () => {
      const [delivery] = held as [Delivery];
      deliverAlone(delivery).then((value) => {
        held.shift();
        if (value) resolve({ done: false, value });
        else next();
      }, fail);
    };
    const deliver = () => {
      try {
        held.push(...(held[0]?.following?.(pageSize() - held.length) ?? []));
        if (!deliverTogether(held, { isWanted, done, alone, fail })) alone();
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

/** Does work again until the database is available, for as long as it is wanted. Errors: the work's. */
export async function whenAvailable<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!unavailabilityOf(error) || !isWanted()) throw error;
      await pause(retryAfterMs);
    }
  }
}
