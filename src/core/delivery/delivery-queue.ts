/** Slots for concurrent work: somewhat more than keep the connections used for deliveries busy. */
const maxSlots = 64;
/** Minimum number of free slots before more begins; otherwise a crowd would be authorized one by one. */
const minFreeSlots = maxSlots / 4;
/** A slot holds this many events of a page: they are authorized and read together, which costs as much as one event. */
const eventsPerSlot = 8;

/** Number of slots taken by a request of this many events. */
export const slotsOf = (events: number): number => Math.ceil(events / eventsPerSlot);

/** What the queue schedules by. */
export interface Queued {
  /** Position of the first event in the log. Requests with the same first event are started together. */
  seq: number;
  events: number;
}

/** Requests waiting to be delivered. */
export interface DeliveryQueue<T> {
  add: (request: T) => void;
  /** Keeps this many slots taken until `work` is done. Errors: those of the work. */
  during: (taken: number, work: () => Promise<void>) => Promise<void>;
}

/**
 * Starts requests that are due at the same time together, however many subscribers they have, but at most 64 distinct
 * events at a time, or pages of equal cost.
 *
 * When a thousand clients resume, each with its own backlog, most of a batch is the newest events: clients that stayed
 * connected wait for one batch rather than for everybody's backfill. A follower has one request at a time, so events
 * are never reordered. The rest of a batch is the oldest events, so that the newest never starve them.
 */
export function createDeliveryQueue<T>(
  priorityOf: (request: T) => Queued,
  deliver: (due: T[]) => Promise<void>,
): DeliveryQueue<T> {
  let waiting: T[] = [];
  let taken = 0;
  let isDue = false;

  const begin = () => {
    isDue = false;
    const free = maxSlots - taken;
    if (waiting.length === 0 || free < minFreeSlots) return;
    const chosen = choose(waiting.map(priorityOf), free);
    const due: T[] = [];
    const others: T[] = [];
    for (const request of waiting) (chosen.has(priorityOf(request).seq) ? due : others).push(request);
    waiting = others;
    void deliver(due);
  };
  // After all followers woken by the same read of the log.
  const beginSoon = () => {
    if (!isDue) setImmediate(begin);
    isDue = true;
  };
  return {
    add: (request) => {
      waiting.push(request);
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

function choose(requests: Queued[], free: number): Set<number> {
  const eventsBySeq = new Map<number, number>();
  for (const { seq, events } of requests) eventsBySeq.set(seq, Math.max(events, eventsBySeq.get(seq) ?? 0));
  const newestFirst = [...eventsBySeq].sort(([one], [other]) => other - one);
  const chosen = new Set<number>();
  let left = free;
  const chooseUntil = (least: number, among: [number, number][]) => {
    for (const [seq, events] of among) {
      if (left <= least) return;
      if (!chosen.has(seq)) left -= slotsOf(events);
      chosen.add(seq);
    }
  };
  chooseUntil(Math.floor(free / 4), newestFirst);
  chooseUntil(0, newestFirst.reverse());
  return chosen;
}
