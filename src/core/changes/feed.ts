import type { Logger } from 'pino';
import { openReconnectingPool } from '../database/reconnecting-pool.ts';
import { type Audience, concerns, createListenerIndex } from './audience.ts';
import type { Position } from './cursor.ts';
import { type LogPage, readHead, readLog } from './event-log.ts';
import type { LogEvent } from './log-event.ts';

const pollIntervalMs = 250;
const pageSize = 5_000;
/** Recent events kept in memory, some 1 kB each. A follower further behind reads the table. */
const ringSize = 8_192;
/** So many reads with news and no notification: nobody listens any more. */
const deafAfterReads = 8;

export interface Listener {
  /** An event that concerns the listener is in the ring. */
  wake: (seq: number) => void;
  /** The log is no longer the one followed so far: every position is void. */
  reset: () => void;
  /** The feed closes. */
  end: () => void;
}

export interface Scan {
  events: LogEvent[];
  /** Everything up to here has been looked at. */
  to: number;
}

export interface ScanRequest {
  audience: Audience;
  after: number;
  limit: number;
  /** Transactions to pass over. */
  except: ReadonlySet<number>;
}

export interface Feed {
  /** The last event that this process has read. */
  position: () => Position;
  /** Looks through the ring; null when it no longer reaches back to `after`. */
  scan: (request: ScanRequest) => Scan | null;
  join: (audience: Audience, listener: Listener) => void;
  leave: (audience: Audience, listener: Listener) => void;
  /** There is news in the log: read now, without waiting for the notification. */
  nudge: () => void;
  /** How many have joined and not left. */
  listenerCount: () => number;
  /** Time since the log was last read successfully. */
  ageMs: () => number;
  close: () => Promise<void>;
}

/**
 * Reads the event log in order, once per process, and wakes those whom an event concerns.
 *
 * NOTIFY is only a hint to read sooner; the log is the truth. A feed that misses every notification is 250 ms late,
 * never wrong. Errors: whatever keeps the first read from succeeding; later failures are retried for ever.
 */
export async function startFeed({ url, log }: { url: string; log: Logger }): Promise<Feed> {
  const listeners = createListenerIndex<Listener>();
  const ring: (LogEvent | undefined)[] = new Array(ringSize);
  let epoch = '';
  let lastSeq = 0;
  let oldestSeq = 1;
  let readAt = 0;
  let deafReads = 0;
  let closed = false;
  let hinted = false;
  let failing = false;
  let endPause: (() => void) | undefined;

  const nudge = () => {
    hinted = true;
    endPause?.();
  };
  const hear = (lastSeqThen: string) => {
    deafReads = 0;
    // Of what this process has sequenced itself it has been told already.
    if (!(Number(lastSeqThen) <= lastSeq)) nudge();
  };

  const link = openReconnectingPool({
    url,
    poolSize: 1,
    // Connects and reconnects on its own; where that fails we notice by being deaf.
    onOpen: ({ client }) => void client.listen('event_log', hear).catch(() => {}),
  });

  const startAt = (head: Position) => {
    epoch = head.epoch;
    lastSeq = head.seq;
    oldestSeq = head.seq + 1;
    ring.fill(undefined);
  };

  const accept = (page: LogPage) => {
    readAt = performance.now();
    const isOtherLog = page.epoch !== epoch || page.seq < lastSeq || page.trimmedTo > lastSeq;
    if (isOtherLog) {
      startAt(page);
      for (const listener of [...listeners.all()]) listener.reset();
      return;
    }
    // All of them first: a listener that wakes looks as far as it can.
    for (const event of page.events) {
      ring[event.seq % ringSize] = event;
      lastSeq = event.seq;
    }
    oldestSeq = Math.max(oldestSeq, lastSeq - ringSize + 1);
    for (const event of page.events) {
      for (const listener of listeners.concerned(event)) listener.wake(event.seq);
    }
    if (page.events.length > 0) deafReads += 1;
  };

  const pause = async () => {
    if (!hinted && !closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollIntervalMs);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      endPause = undefined;
    }
    hinted = false;
  };

  const run = async () => {
    while (!closed) {
      try {
        const page = await link.run((db) => readLog(db, lastSeq, pageSize));
        accept(page);
        failing = false;
        if (deafReads > deafAfterReads) {
          deafReads = 0;
          link.renew();
        }
        if (page.events.length === pageSize) continue;
      } catch (error) {
        if (!failing && !closed) log.warn({ err: error }, 'feed: will retry over a new connection');
        failing = true;
      }
      await pause();
    }
  };

  try {
    startAt(await link.run(readHead));
  } catch (error) {
    await link.close();
    throw error;
  }
  readAt = performance.now();
  const running = run();

  return {
    position: () => ({ epoch, seq: lastSeq }),
    scan({ audience, after, limit, except }) {
      if (after + 1 < oldestSeq) return null;
      const events: LogEvent[] = [];
      let to = after;
      while (to < lastSeq && events.length < limit) {
        to += 1;
        const event = ring[to % ringSize];
        if (event && concerns(audience, event) && !except.has(event.transactionId)) events.push(event);
      }
      return { events, to };
    },
    join: listeners.add,
    leave: listeners.remove,
    nudge,
    listenerCount: () => [...listeners.all()].length,
    ageMs: () => performance.now() - readAt,
    close: async () => {
      closed = true;
      endPause?.();
      for (const listener of [...listeners.all()]) listener.end();
      await running;
      await link.close();
    },
  };
}
