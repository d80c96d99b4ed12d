/** Different events judged or told at one moment at most: some more than keep the deliveries' connections busy. */
const eventsAtOnce = 64;
/** So many places have to be free before more begins, or a crowd would be judged one by one. */
const fewest = eventsAtOnce / 4;

/** Orders that wait for the desk. */
export interface DeliveryQueue<T> {
  add: (order: T) => void;
  /** Counts so many events as under way until `work` is done. Errors: those of the work. */
  during: (events: number, work: () => Promise<void>) => Promise<void>;
}

/**
 * Hands on what is due at one moment together, however many it is for, but at most 64 different events at a time.
 *
 * When a thousand clients resume, each with events of its own, most of a batch is the newest events: who has been
 * there all the while waits for one batch and not for everybody's backfill. A follower has one order at a time, so
 * nobody's events change places. The rest of a batch is the oldest, so that the newest never shut them out.
 */
export function createDeliveryQueue<T>(
  seqOf: (order: T) => number,
  deliver: (due: T[]) => Promise<void>,
): DeliveryQueue<T> {
  let waiting: T[] = [];
  let underWay = 0;
  let isDue = false;

  const begin = () => {
    isDue = false;
    const free = eventsAtOnce - underWay;
    if (waiting.length === 0 || free < fewest) return;
    const chosen = choose(waiting.map(seqOf), free);
    const due = waiting.filter((order) => chosen.has(seqOf(order)));
    waiting = waiting.filter((order) => !chosen.has(seqOf(order)));
    void deliver(due);
  };
  // After everybody whom the same reading of the log has woken.
  const beginSoon = () => {
    if (!isDue) setImmediate(begin);
    isDue = true;
  };
  return {
    add: (order) => {
      waiting.push(order);
      beginSoon();
    },
    async during(events, work) {
      underWay += events;
      try {
        await work();
      } finally {
        underWay -= events;
        if (waiting.length > 0) beginSoon();
      }
    },
  };
}

function choose(seqs: number[], amount: number): Set<number> {
  const different = new Set(seqs);
  if (different.size <= amount) return different;
  const newestFirst = [...different].sort((a, b) => b - a);
  const oldest = Math.floor(amount / 4);
  return new Set([...newestFirst.slice(0, amount - oldest), ...newestFirst.slice(-oldest)]);
}
