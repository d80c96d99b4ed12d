/** Places for what is judged or told at one moment: some more than keep the deliveries' connections busy. */
const places = 64;
/** So many have to be free before more begins, or a crowd would be judged one by one. */
const fewest = places / 4;
/** Events of a page are judged and read together, so that it costs as much as one for so many of them. */
const eventsAPlace = 8;

/** Places that the events of an order take. */
export const placesOf = (events: number): number => Math.ceil(events / eventsAPlace);

/** What the queue goes by. */
export interface Queued {
  /** Place in the log of the first event. Orders that begin with the same one are begun together. */
  seq: number;
  events: number;
}

/** Orders that wait for the desk. */
export interface DeliveryQueue<T> {
  add: (order: T) => void;
  /** Counts so many places as taken until `work` is done. Errors: those of the work. */
  during: (taken: number, work: () => Promise<void>) => Promise<void>;
}

/**
 * Hands on what is due at one moment together, however many it is for, but at most 64 different events at a time, or
 * pages of them that cost as much.
 *
 * When a thousand clients resume, each with events of its own, most of a batch is the newest events: who has been
 * there all the while waits for one batch and not for everybody's backfill. A follower has one order at a time, so
 * nobody's events change places. The rest of a batch is the oldest, so that the newest never shut them out.
 */
export function createDeliveryQueue<T>(
  queued: (order: T) => Queued,
  deliver: (due: T[]) => Promise<void>,
): DeliveryQueue<T> {
  let waiting: T[] = [];
  let taken = 0;
  let isDue = false;

  const begin = () => {
    isDue = false;
    const free = places - taken;
    if (waiting.length === 0 || free < fewest) return;
    const chosen = choose(waiting.map(queued), free);
    const due: T[] = [];
    const others: T[] = [];
    for (const order of waiting) (chosen.has(queued(order).seq) ? due : others).push(order);
    waiting = others;
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
    async during(amount, work) {
      taken += amount;
      try {
        await work();
      } finally {
        taken -= amount;
        if (waiting.length > 0) beginSoon();
      }
    },
  };
}

function choose(orders: Queued[], free: number): Set<number> {
  const eventsBySeq = new Map<number, number>();
  for (const { seq, events } of orders) eventsBySeq.set(seq, Math.max(events, eventsBySeq.get(seq) ?? 0));
  const newestFirst = [...eventsBySeq].sort(([one], [other]) => other - one);
  const chosen = new Set<number>();
  let left = free;
  const chooseUntil = (least: number, among: [number, number][]) => {
    for (const [seq, events] of among) {
      if (left <= least) return;
      if (!chosen.has(seq)) left -= placesOf(events);
      chosen.add(seq);
    }
  };
  chooseUntil(Math.floor(free / 4), newestFirst);
  chooseUntil(0, newestFirst.reverse());
  return chosen;
}
