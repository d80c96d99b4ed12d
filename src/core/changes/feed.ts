import type { Logger } from 'pino';
import { openReconnectingPool } from '../database/reconnecting-pool.ts';
import { type Audience, concerns, createListenerIndex } from './audience.ts';
import type { Position } from './cursor.ts';
import { type LogPage, readHead, readLog } from './event-log.ts';
import type { LogEvent } from './log-event.ts';

const pollIntervalMs = 250;
const pageSize = 5_000;
/** Number of recent events kept in memory, about 1 kB each. A follower further behind reads the table. */
const ringSize = 8_192;
/** After this many reads with events but no notification, the LISTEN connection is presumed dead. */
const deafAfterReads = 8;

export interface Listener {
  /** An event that concerns the listener is in the ring. */
  wake: (seq: number) => void;
  /** The log was replaced: every position is void. */
  reset: () => void;
  /** The feed is closing. */
  end: () => void;
}

export interface Scan {
  events: LogEvent[];
  /** Everything up to this `seq` has been examined. */
  to: number;
}

export interface ScanRequest {
  audience: Audience;
  after: number;
  limit: number;
  /** Transactions to skip. */
  except: ReadonlySet<number>;
}

export interface Feed {
  /** The position of the last event that this process has read. */
  position: () => Position;
  /** Scans the ring; null if it no longer reaches back to `after`. */
  scan: (request: ScanRequest) => Scan | null;
  join: (audience: Audience, listener: Listener) => void;
  leave: (audience: Audience, listener: Listener) => void;
  /** The log has new events: read now, without waiting for the notification. */
  nudge: () => void;
  /** Number of current listeners. */
  listenerCount: () => number;
  /** Milliseconds since the last successful read of the log. */
  ageMs: () => number;
  close: () => Promise<void>;
}

/**
 * Reads the event log in order, once per process, and wakes the listeners each event concerns.
 *
 * NOTIFY is only a hint to read sooner; the log is the truth. A feed that misses every notification is 250 ms late,
 * never wrong. Errors: whatever makes the first read fail. Later failures are retried indefinitely.
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
    // This process already knows about events it has sequenced itself.
    if (!(Number(lastSeqThen) <= lastSeq)) nudge();
  };

  const link = openReconnectingPool({
    url,
    poolSize: 1,
    // The driver reconnects on its own; if that fails, missing notifications reveal it.
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
    // Store all events first: a listener that wakes reads as far as it can.
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
