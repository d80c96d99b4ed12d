import type { ReconnectingPool } from '../database/reconnecting-pool.ts';
import { unavailabilityOf } from '../database/unavailable.ts';
import { cursorExpired } from '../errors.ts';
import type { Audience } from './audience.ts';
import { bulkThreshold, type CollapsedEvent, createBulkFold } from './bulk.ts';
import { decodeCursor, encodeCursor, encodeHeadCursor, type Position } from './cursor.ts';
import { type Head, readLogFor } from './event-log.ts';
import type { Feed, Listener } from './feed.ts';
import type { LogEvent } from './log-event.ts';

/** A log event with its cursor. BOOKMARK and BULK_CHANGED have no customer, and version 0. */
export interface FollowedEvent extends Omit<LogEvent, 'customerId'> {
  cursor: string;
  customerId: string | null;
}

/** The events of an audience, in order. */
export interface FollowedEvents extends AsyncIterableIterator<FollowedEvent> {
  /**
   * Takes the next events already in memory, at most `amount` and at most 100; none while `next()` is pending. Saves
   * the consumer one `next()` per event.
   */
  takeBuffered: (amount: number) => FollowedEvent[];
}

export interface FollowRequest {
  audience: Audience;
  /** Resume after this cursor; default: from now on. */
  after?: string | null;
  /** Ends the stream. */
  signal?: AbortSignal;
}

export interface FollowSources {
  link: ReconnectingPool;
  feed: Feed;
  /** Where the log begins and ends now. */
  readHead: () => Promise<Head>;
  signingKey: string;
  /** How often a follower without events receives a newer cursor. */
  bookmarkIntervalMs: number;
}

/** How long a follower waits before it retries when the database is unavailable. */
const retryAfterMs = 500;
/** Maximum number of events a follower buffers: it keeps a position in the log, not a queue. */
const bufferSize = 100;
/** Enough to detect a bulk change before delivering its first event. */
const lookAhead = bulkThreshold + bufferSize;

/**
 * Follows the events of an audience: from `after`, first out of the table, then live.
 *
 * An explicit iterator instead of a generator, so that `return()` and the signal end it at once even while `next()` is
 * pending. Call `next()` again only after the previous call has settled.
 *
 * Errors: BAD_USER_INPUT for an altered cursor, CURSOR_EXPIRED for one that the log no longer (or not yet) reaches;
 * CURSOR_EXPIRED from `next()` when that happens later.
 */
export async function follow(
  sources: FollowSources,
  { audience, after, signal }: FollowRequest,
): Promise<FollowedEvents> {
  const requested = after == null ? null : decodeCursor(sources.signingKey, after);
  const head = await sources.readHead();
  if (requested && !reaches(head, requested)) throw cursorExpired();
  return followFrom(sources, audience, requested ?? head, signal);
}

/** Whether the log contains the position and still has everything after it. */
export const reaches = (head: Head, { epoch, seq }: Position): boolean =>
  epoch === head.epoch && seq >= head.trimmedTo && seq <= head.seq;

function followFrom(
  { link, feed, signingKey, bookmarkIntervalMs }: FollowSources,
  audience: Audience,
  { epoch, seq: startSeq, collapsedTransaction: startTransaction }: Position,
  signal: AbortSignal | undefined,
): FollowedEvents {
  const bulk = createBulkFold(startTransaction);
  let buffer: CollapsedEvent[] = [];
  /** Every event for this audience up to here has been delivered or is in the buffer. */
  let seenTo = startSeq;
  /** Live: the feed wakes us, and no event between `seenTo` and `wokenAt` concerns this audience. */
  let isLive = false;
  let wokenAt: number | null = null;
  let isReading = false;
  let pending: {
    resolve: (result: IteratorResult<FollowedEvent>) => void;
    reject: (error: unknown) => void;
  } | null = null;
  let failure: unknown;
  let isOver = false;
  let bookmarkTimer: NodeJS.Timeout | undefined;

  const listener: Listener = {
    wake(seq) {
      if (seq <= seenTo) return;
      wokenAt ??= seq;
      advance();
    },
    reset: () => fail(cursorExpired()),
    end: () => finish(),
  };

  const settle = (result: IteratorResult<FollowedEvent>) => {
    const waiting = pending;
    pending = null;
    waiting?.resolve(result);
  };
  const finish = () => {
    if (isOver) return;
    isOver = true;
    buffer = [];
    clearTimeout(bookmarkTimer);
    feed.leave(audience, listener);
    signal?.removeEventListener('abort', finish);
    settle({ done: true, value: undefined });
  };
  const fail = (error: unknown) => {
    if (isOver) return;
    const waiting = pending;
    pending = null;
    // Reported once: to the pending `next()`, or else to the next call.
    if (waiting) waiting.reject(error);
    else failure = error;
    finish();
  };

  const cursorAt = (seq: number) => encodeHeadCursor(signingKey, { epoch, seq });
  const withCursor = (next: CollapsedEvent): FollowedEvent =>
    toFollowedEvent(next, () => encodeCursor(signingKey, positionOf(epoch, next)));
  const bookmark = () => {
    // Without a pending `next()`, or while the table is being read, a bookmark is not due: events come first.
    if (!pending || isReading) return;
    if (isLive && wokenAt === null) seenTo = Math.max(seenTo, feed.position().seq);
    const occurredAt = new Date().toISOString();
    settle({
      done: false,
      value: { ...notice('BOOKMARK', { seq: seenTo, occurredAt }), cursor: cursorAt(seenTo) },
    });
  };

  /** Buffers the events found up to `to`; those that do not fit are read again later. */
  const take = (events: LogEvent[], to: number, beyond?: number[]) => {
    const { found, isWhole } = bulk.fold(events, bufferSize, beyond);
    buffer = found;
    seenTo = isWhole ? to : (found.at(-1)?.event.seq ?? to);
  };
  const readRing = (): boolean => {
    const scan = feed.scan({
      audience,
      after: wokenAt === null ? seenTo : Math.max(seenTo, wokenAt - 1),
      limit: lookAhead,
      except: bulk.collapsed,
    });
    if (!scan) return false;
    take(scan.events, scan.to);
    wokenAt = seenTo < feed.position().seq ? seenTo + 1 : null;
    return true;
  };
  const readTable = async () => {
    isReading = true;
    try {
      // Read only up to the feed's position, so that whatever the table read omits is certain to be in the ring.
      const upTo = feed.position().seq;
      const except = [...bulk.collapsed];
      const request = { audience, after: seenTo, upTo, except, limit: lookAhead, whole: bufferSize };
      const page = await link.run((db) => readLogFor(db, request));
      if (!reaches(page, { epoch, seq: seenTo })) return fail(cursorExpired());
      take(page.events, upTo, page.beyond);
    } catch (error) {
      if (unavailabilityOf(error)) return readAgainLater();
      fail(error);
    }
    isReading = false;
    advance();
  };
  /** Keeps the position: when the database is back, reading continues from there. */
  const readAgainLater = () => {
    setTimeout(() => {
      isReading = false;
      advance();
    }, retryAfterMs);
  };

  /** Advances a pending `next()` as far as possible without waiting. */
  function advance(): void {
    while (pending && !isReading) {
      const next = buffer.shift();
      if (next) settle({ done: false, value: withCursor(next) });
      else if (!isLive) goLive();
      else if (wokenAt === null) break;
      else if (!readRing()) {
        goBack();
        void readTable();
      }
    }
    if (pending && !isReading) waitForNews();
  }
  /** From here on the feed wakes us. No event can slip in between, because nothing is awaited. */
  function goLive(): void {
    const head = feed.position();
    if (head.epoch !== epoch) {
      fail(cursorExpired());
      return;
    }
    isLive = true;
    feed.join(audience, listener);
    wokenAt = seenTo < head.seq ? seenTo + 1 : null;
  }
  /**
   * Returns to reading the table: the ring does not reach back to our position, at the start or because we read too
   * slowly.
   */
  function goBack(): void {
    isLive = false;
    wokenAt = null;
    feed.leave(audience, listener);
  }
  /** The timer is reused for all events: refreshing it is cheaper than creating another. */
  function waitForNews(): void {
    if (bookmarkTimer) bookmarkTimer.refresh();
    else bookmarkTimer = setTimeout(bookmark, bookmarkIntervalMs);
  }

  const iterator: FollowedEvents = {
    next() {
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (isOver) return Promise.resolve({ done: true, value: undefined });
      if (pending) return Promise.reject(new Error('The last next() has not settled yet.'));
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
        advance();
      });
    },
    takeBuffered(amount) {
      if (isOver || pending || amount <= 0) return [];
      // Events the ring no longer has are left to next(), which can wait for the table.
      if (buffer.length === 0 && isLive && wokenAt !== null) readRing();
      return buffer.splice(0, amount).map(withCursor);
    },
    return() {
      failure = undefined;
      finish();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  if (signal?.aborted) finish();
  else signal?.addEventListener('abort', finish, { once: true });
  return iterator;
}

/** The position of a follower that has processed an event. */
export const positionOf = (epoch: string, { event, isBulk }: CollapsedEvent): Position => ({
  epoch,
  seq: event.seq,
  collapsedTransaction: isBulk ? event.transactionId : undefined,
});

/**
 * An event as delivered; for a bulk change only the fact that it happened. An event from the feed's ring is one object
 * shared by all its followers, so its cursor is signed once.
 */
export function toFollowedEvent({ event, isBulk }: CollapsedEvent, sign: () => string): FollowedEvent {
  if (isBulk) return { ...notice('BULK_CHANGED', event), cursor: sign() };
  const { cursor = sign() } = event;
  return Object.assign(event, { cursor });
}

/** An event without any details of a file. */
const notice = (type: string, at: { seq: number; occurredAt: string; transactionId?: number }) => ({
  seq: at.seq,
  type,
  occurredAt: at.occurredAt,
  transactionId: at.transactionId ?? 0,
  customerId: null,
  version: 0,
  subject: '',
  subjectId: '',
  fields: [],
  actorId: null,
  ownerBefore: null,
  ownerAfter: null,
  granteeId: null,
  sharers: null,
  source: '',
  requestId: null,
});
