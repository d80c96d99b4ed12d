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

/** How long a delivery waits before it is retried when the database is unavailable. */
const retryAfterMs = 500;

/** The context of one delivery: created for the last known viewer, and verified while it is in use. */
export interface EventContext {
  assumed: Context;
  /**
   * The same context if the viewer is unchanged, otherwise a new one. Rejects if the viewer is gone; the stream then
   * ends with that error.
   */
  confirmed: Promise<Context>;
}

/** Connects the deliveries of one subscription to its client. */
export interface SubscriberConnection {
  openEventContext: () => Promise<EventContext>;
  /** Maximum number of deliveries in the next batch. */
  pageSize: () => number;
  /**
   * Delivers as many of these as can be batched with those of other subscribers. False if the first has to be evaluated
   * by itself.
   */
  deliverTogether: (deliveries: readonly Delivery[], outcome: Outcome) => boolean;
}

/**
 * Callbacks for the outcome of batched deliveries. Not promises, because a thousand subscribers are served at the same
 * moment.
 */
export interface Outcome {
  /** Whether the subscription is still active. */
  isWanted: () => boolean;
  /**
   * The first `amount` have been taken by the client or had nothing to deliver. The others have to be evaluated again.
   */
  done: (amount: number) => void;
  /** The first has to be evaluated by itself after all. */
  alone: () => void;
  fail: (error: unknown) => void;
}

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and loaders are current, not those of the
 * time of subscribing. Viewer and event are read in one round trip; an event authorized for a viewer who has since
 * changed is authorized again. Nothing is authorized before everything delivered earlier has been taken: a follower
 * that is behind receives pages, each as of one moment.
 */
export async function subscribeWithFreshContext(
  args: PreparedOperation,
  { openEventContext, pageSize, deliverTogether }: SubscriberConnection,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  nameOperation(args);
  const source = refuseUnreadable(args) ?? (await openSource(args));
  if (!(Symbol.asyncIterator in source)) return logRefused(args, source);
  const deliveries = source[Symbol.asyncIterator]();
  // Released, because nothing reads with the initial rights any more, and thousands of subscriptions would retain it.
  args.contextValue = undefined;
  /** Taken from the stream but not delivered yet: names of what changed, never contents of a file. */
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

  /** Continues until there is a result to return. */
  const pull = (
    resolve: (result: IteratorResult<ExecutionResult>) => void,
    failed: (error: unknown) => void,
  ): void => {
    /** Held deliveries have not been sent, and will be once the database is back. */
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

/** Retries work until the database is available, as long as it is wanted. Errors: the work's. */
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
