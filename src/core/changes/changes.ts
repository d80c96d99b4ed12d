import type { Logger } from 'pino';
import { openReconnectingPool } from '../database/reconnecting-pool.ts';
import { startPeriodic } from '../periodic.ts';
import { encodeHeadCursor } from './cursor.ts';
import { startFeed } from './feed.ts';
import { type FollowedEvents, type FollowRequest, follow } from './follow.ts';
import { createHeadReader } from './head-reader.ts';
import { type EventPage, type EventPageRequest, readEvents } from './page.ts';
import { trimBatchSize, trimEventLog } from './retention.ts';
import { startSequencer } from './sequencer.ts';

export type { FollowedEvent, FollowedEvents, FollowRequest } from './follow.ts';

const trimEveryMs = 60_000;
/** For backfills and trimming, which run concurrently and never queue behind requests for a connection. */
const poolSize = 3;

export interface ChangesOptions {
  url: string;
  /** Signs cursors. Must be the same on every instance. */
  signingKey: string;
  /** How long events are kept for clients that resume. History is not affected. */
  retentionMs: number;
  log: Logger;
  /** How often a follower without events receives a newer cursor. Default 30 s. */
  bookmarkIntervalMs?: number;
}

/** The change log as seen by this process: captured by the database, put in sequence, read once, followed by many. */
export interface Changes {
  /** The cursor of a position in the log, for a list query that reads the position along with its rows. */
  cursorAt: (epoch: string, seq: number) => string;
  /** The cursor of the current end of the log. Take it before reading the data to be followed. */
  currentCursor: () => Promise<string>;
  /** See {@link follow}. Ends (`return()`) at once even while `next()` is pending. Errors: CURSOR_EXPIRED, BAD_USER_INPUT. */
  follow: (request: FollowRequest) => Promise<FollowedEvents>;
  /** See {@link readEvents}. Errors: CURSOR_EXPIRED, BAD_USER_INPUT. */
  read: (request: EventPageRequest) => Promise<EventPage>;
  /** A local commit happened: sequence it now. */
  nudge: () => void;
  /** Number of followers that have caught up with the log and are woken by new events. */
  liveFollowers: () => number;
  /** Milliseconds since the feed last read the log. */
  feedAgeMs: () => number;
  /** Ends all followers and stops. */
  close: () => Promise<void>;
}

/**
 * Starts the sequencer, the feed and trimming, on their own connections.
 *
 * Errors: if the database cannot be reached at start. Later failures are logged and retried.
 */
export async function startChanges(options: ChangesOptions): Promise<Changes> {
  const { url, signingKey, retentionMs, log, bookmarkIntervalMs = 30_000 } = options;
  const feed = await startFeed({ url, log });
  const sequencer = startSequencer({ url, log, onSequenced: feed.nudge });
  const link = openReconnectingPool({ url, poolSize });
  const trim = async (isOpen: () => boolean) => {
    const olderThan = new Date(Date.now() - retentionMs).toISOString();
    while (isOpen() && (await link.run((db) => trimEventLog(db, olderThan))) === trimBatchSize);
  };
  const stopTrimming = startPeriodic(trimEveryMs, trim, (error) =>
    log.warn({ err: error }, 'event log: not trimmed, will retry'),
  );

  const readHead = createHeadReader(link);
  const cursorAt = (epoch: string, seq: number) => encodeHeadCursor(signingKey, { epoch, seq });
  return {
    cursorAt,
    currentCursor: async () => {
      const { epoch, seq } = await readHead();
      return cursorAt(epoch, seq);
    },
    follow: (request) => follow({ link, feed, readHead, signingKey, bookmarkIntervalMs }, request),
    read: (request) => readEvents({ link, signingKey }, request),
    nudge: sequencer.nudge,
    liveFollowers: feed.listenerCount,
    feedAgeMs: feed.ageMs,
    close: async () => {
      await stopTrimming();
      await sequencer.close();
      await feed.close();
      await link.close();
    },
  };
}
