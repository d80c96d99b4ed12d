import type { LogEvent } from './event-log.ts';

/** More events than this of one transaction, for one follower, are told as one. */
export const bulkThreshold = 1_000;

/** Transactions remembered as told; the rest of an older one is told as one again. */
const remembered = 16;

/** An event to hand on, or the first of so many that they are told as one. */
export interface Told {
  event: LogEvent;
  isBulk: boolean;
}

export interface BulkFold {
  /** Transactions already told as one: what is left of them need not be read. */
  told: ReadonlySet<number>;
  /** The first of `events` to hand on, at most `limit`. */
  fold: (events: readonly LogEvent[], limit: number) => Told[];
}

/**
 * Tells a follower a transaction of more than 1,000 events as one BULK_CHANGED. To know in time, `fold` wants to see
 * more than 1,000 events ahead of those it hands on; should a transaction turn out larger only later, the rest of it
 * becomes the one. `already` is a transaction told before, by the cursor that the follower resumes from.
 */
export function createBulkFold(already?: number): BulkFold {
  const told = new Set<number>(already === undefined ? [] : [already]);
  let handedOn = new Map<number, number>();
  return {
    told,
    fold(events, limit) {
      const ahead = new Map<number, number>();
      for (const { transactionId } of events) ahead.set(transactionId, (ahead.get(transactionId) ?? 0) + 1);
      // Of transactions that are no longer in sight nothing more will come.
      handedOn = new Map([...handedOn].filter(([transactionId]) => ahead.has(transactionId)));
      const before = new Map(handedOn);
      const result: Told[] = [];
      for (const event of events) {
        const { transactionId } = event;
        if (told.has(transactionId)) continue;
        if (result.length === limit) break;
        const isBulk = (before.get(transactionId) ?? 0) + (ahead.get(transactionId) ?? 0) > bulkThreshold;
        if (isBulk) remember(told, transactionId);
        else handedOn.set(transactionId, (handedOn.get(transactionId) ?? 0) + 1);
        result.push({ event, isBulk });
      }
      return result;
    },
  };
}

function remember(told: Set<number>, transactionId: number): void {
  told.add(transactionId);
  const [oldest] = told;
  if (told.size > remembered && oldest !== undefined) told.delete(oldest);
}
