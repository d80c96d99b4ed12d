import { cursorExpired } from '../errors.ts';
import type { Audience } from './audience.ts';
import { bulkThreshold, createBulkFold } from './bulk.ts';
import { decodeCursor, encodeCursor, encodeHeadCursor } from './cursor.ts';
import { type LogPage, readHead, readLogFor } from './event-log.ts';
import { type FollowedEvent, type FollowSources, positionOf, reaches, toFollowedEvent } from './follow.ts';

/** A range of the log for one audience, as read by a polling client. */
export interface EventPage {
  events: FollowedEvent[];
  /** Everything up to this cursor has been delivered: continue from it. */
  cursor: string;
  hasMore: boolean;
}

export interface EventPageRequest {
  audience: Audience;
  /** Default: the end of the log, so that a client learns where to begin. */
  after?: string | null | undefined;
  /** Maximum number of events. */
  limit: number;
}

/**
 * Reads the next events of an audience: the events {@link follow} would deliver, with the same cursors.
 *
 * Errors: BAD_USER_INPUT for an altered cursor, CURSOR_EXPIRED for one that the log no longer (or not yet) reaches.
 */
export async function readEvents(
  { link, signingKey }: Pick<FollowSources, 'link' | 'signingKey'>,
  { audience, after, limit }: EventPageRequest,
): Promise<EventPage> {
  if (after == null) {
    return { events: [], cursor: encodeHeadCursor(signingKey, await link.run(readHead)), hasMore: false };
  }
  const { epoch, seq, collapsedTransaction: startTransaction } = decodeCursor(signingKey, after);
  const cursorAt = (position: number) => encodeHeadCursor(signingKey, { epoch, seq: position });
  const bulk = createBulkFold(startTransaction);
  const events: FollowedEvent[] = [];
  const readOn = async (seenTo: number, most: number): Promise<LogPage> => {
    const upTo = Number.MAX_SAFE_INTEGER;
    const request = { audience, after: seenTo, upTo, except: [...bulk.collapsed], limit: most };
    const page = await link.run((db) => readLogFor(db, request));
    if (!reaches(page, { epoch, seq: seenTo })) throw cursorExpired();
    return page;
  };
  const lookAhead = bulkThreshold + limit;
  for (let seenTo = seq; ; ) {
    const page = await readOn(seenTo, lookAhead);
    const { found, isWhole } = bulk.fold(page.events, limit - events.length);
    events.push(
      ...found.map((one) => toFollowedEvent(one, () => encodeCursor(signingKey, positionOf(epoch, one)))),
    );
    if (events.length === limit) {
      // The remaining events of a bulk change before the next other event are covered by it.
      const next = await readOn(found.at(-1)?.event.seq ?? seenTo, 1);
      const [other] = next.events;
      return { events, cursor: cursorAt(other ? other.seq - 1 : next.seq), hasMore: other !== undefined };
    }
    if (isWhole && page.events.length < lookAhead) {
      return { events, cursor: cursorAt(page.seq), hasMore: false };
    }
    seenTo = (isWhole ? page.events.at(-1)?.seq : found.at(-1)?.event.seq) ?? page.seq;
  }
}
