import type { LogEvent } from './log-event.ts';

/** More events than this of one transaction, for one follower, are told as one. */
export const bulkThreshold = 1_000;

/** Transactions remembered as told; the rest of an older one is told as one again. */
const maxTrackedTransactions = 16;

/** An event to hand on, or the first of so many that they are told as one. */
export interface CollapsedEvent {
  event: LogEvent;
  isBulk: boolean;
}

export interface BulkFold {
  /** Transactions already told as one: what is left of them need not be read. */
  collapsed: ReadonlySet<number>;
  /** `beyond`: transactions of events that come after these, one for each. */
  fold: (events: readonly LogEvent[], limit: number, beyond?: readonly number[]) => Folded;
}

export interface Folded {
  /** The first of the events to hand on, at most `limit`. */
  found: CollapsedEvent[];
  /** They stand for all the events; else those after the last are to be looked at again. */
  isWhole: boolean;
}

/**
 * Tells a follower a transaction of more than 1,000 events as one BULK_CHANGED. To know in time, `fold` wants to see
 * more than 1,000 events ahead of those it hands on; should a transaction turn out larger only later, the rest of it
 * becomes the one. `already` is a transaction told before, by the cursor that the follower resumes from.
 */
export function createBulkFold(already?: number): BulkFold {
  const collapsed = new Set<number>(already === undefined ? [] : [already]);
  let handedOn = new Map<number, number>();
  return {
    collapsed: collapsed,
    fold(events, limit, beyond = []) {
      const [only] = events;
      // Nearly always there is one, and thousands of followers fold it at the same moment.
      if (only && events.length + beyond.length === 1 && limit > 0 && !collapsed.has(only.transactionId)) {
        const { transactionId } = only;
        const amount = (handedOn.get(transactionId) ?? 0) + 1;
        if (amount <= bulkThreshold) {
          handedOn.clear();
          handedOn.set(transactionId, amount);
          return { found: [{ event: only, isBulk: false }], isWhole: true };
        }
      }
      const ahead = new Map<number, number>();
      const count = (transactionId: number) =>
        void ahead.set(transactionId, (ahead.get(transactionId) ?? 0) + 1);
      for (const { transactionId } of events) count(transactionId);
      beyond.forEach(count);
      // Of transactions that are no longer in sight nothing more will come.
      handedOn = new Map([...handedOn].filter(([transactionId]) => ahead.has(transactionId)));
      const before = new Map(handedOn);
      const found: CollapsedEvent[] = [];
      for (const event of events) {
        const { transactionId } = event;
        if (collapsed.has(transactionId)) continue;
        if (found.length === limit) return { found, isWhole: false };
        const isBulk = (before.get(transactionId) ?? 0) + (ahead.get(transactionId) ?? 0) > bulkThreshold;
        found.push({ event, isBulk });
        if (isBulk) {
          remember(collapsed, transactionId);
          // It took up the view ahead: whether what follows is one too is seen only without it.
          return { found, isWhole: false };
        }
        handedOn.set(transactionId, (handedOn.get(transactionId) ?? 0) + 1);
      }
      return { found, isWhole: beyond.length === 0 };
    },
  };
}

function remember(collapsed: Set<number>, transactionId: number): void {
  collapsed.add(transactionId);
  const [oldest] = collapsed;
  if (collapsed.size > maxTrackedTransactions && oldest !== undefined) collapsed.delete(oldest);
}
