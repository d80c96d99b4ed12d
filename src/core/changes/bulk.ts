import type { LogEvent } from './log-event.ts';

/** If one transaction has more events than this for one follower, they are collapsed into one. */
export const bulkThreshold = 1_000;

/** How many collapsed transactions are tracked. The remaining events of an older one are collapsed once more. */
const maxTrackedTransactions = 16;

/** An event to deliver, or the first event of a transaction that is collapsed into one. */
export interface CollapsedEvent {
  event: LogEvent;
  isBulk: boolean;
}

export interface BulkFold {
  /** Transactions already collapsed; their remaining events need not be read. */
  collapsed: ReadonlySet<number>;
  /** `beyond`: the transaction ids of the events that follow, one entry per event. */
  fold: (events: readonly LogEvent[], limit: number, beyond?: readonly number[]) => Folded;
}

export interface Folded {
  /** The first of the events to deliver, at most `limit`. */
  found: CollapsedEvent[];
  /** Whether `found` covers all the given events. If not, those after the last one found have to be folded again. */
  isWhole: boolean;
}

/**
 * Collapses a transaction of more than 1,000 events into one BULK_CHANGED for a follower. To detect this in time,
 * `fold` must see more than 1,000 events ahead of those it returns. If a transaction exceeds the limit only later, its
 * remaining events are collapsed into one. `already` is the transaction collapsed at the cursor the follower resumes
 * from.
 */
export function createBulkFold(already?: number): BulkFold {
  const collapsed = new Set<number>(already === undefined ? [] : [already]);
  let deliveredCounts = new Map<number, number>();
  return {
    collapsed,
    fold(events, limit, beyond = []) {
      const [only] = events;
      // Fast path: nearly always there is a single event, which thousands of followers fold at the same moment.
      if (only && events.length + beyond.length === 1 && limit > 0 && !collapsed.has(only.transactionId)) {
        const { transactionId } = only;
        const amount = (deliveredCounts.get(transactionId) ?? 0) + 1;
        if (amount <= bulkThreshold) {
          deliveredCounts.clear();
          deliveredCounts.set(transactionId, amount);
          return { found: [{ event: only, isBulk: false }], isWhole: true };
        }
      }
      const ahead = new Map<number, number>();
      const count = (transactionId: number) =>
        void ahead.set(transactionId, (ahead.get(transactionId) ?? 0) + 1);
      for (const { transactionId } of events) count(transactionId);
      beyond.forEach(count);
      // Transactions that are no longer in view will yield no more events.
      deliveredCounts = new Map([...deliveredCounts].filter(([transactionId]) => ahead.has(transactionId)));
      const before = new Map(deliveredCounts);
      const found: CollapsedEvent[] = [];
      for (const event of events) {
        const { transactionId } = event;
        if (collapsed.has(transactionId)) continue;
        if (found.length === limit) return { found, isWhole: false };
        const isBulk = (before.get(transactionId) ?? 0) + (ahead.get(transactionId) ?? 0) > bulkThreshold;
        found.push({ event, isBulk });
        if (isBulk) {
          remember(collapsed, transactionId);
          // Its events filled the look-ahead. Whether a following transaction is also a bulk change can only be seen
          // without them.
          return { found, isWhole: false };
        }
        deliveredCounts.set(transactionId, (deliveredCounts.get(transactionId) ?? 0) + 1);
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
