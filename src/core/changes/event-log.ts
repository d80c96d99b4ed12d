import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryJson } from '../database/database.ts';
import { type Audience, concernsInSql } from './audience.ts';
import type { Position } from './cursor.ts';
import type { LogEvent } from './log-event.ts';

/** Where the log begins and ends. */
export interface Head extends Position {
  /** Events up to and including this one have been deleted. */
  trimmedTo: number;
}

/** A range of the log, with the head from the same snapshot. */
export interface LogPage extends Head {
  events: LogEvent[];
  /** Transaction ids of the events after these, one entry per event, if `whole` limited how many were read in full. */
  beyond: number[];
}

const headJson = sql`'epoch', epoch, 'seq', last_seq, 'trimmedTo', trimmed_to`;

const eventJson = sql`json_build_object('seq', seq, 'customerId', customer_id, 'version', version, 'type', type,
  'subject', subject, 'subjectId', subject_id, 'fields', fields, 'actorId', actor_id, 'ownerBefore', owner_before,
  'ownerAfter', owner_after, 'granteeId', grantee_id, 'sharers', (
    select json_agg(json_build_object('id', s.employee_id, 'had', s.had, 'has', s.has)) from event_sharer s where s.seq = page.seq),
  'source', source, 'requestId', request_id,
  'occurredAt', occurred_at, 'transactionId', transaction_id)`;

/** Reads where the log currently begins and ends. */
export const readHead = (db: Database): Promise<Head> =>
  queryJson(db, sql`select json_build_object(${headJson}) from stream_head`);

/** Reads the next events of all audiences after `seq`, at most `limit`. */
export const readLog = (db: Database, seq: number, limit: number): Promise<LogPage> =>
  readPage(
    db,
    sql`select * from event_log where seq > ${seq}::bigint order by seq limit ${limit}::int`,
    limit,
  );

export interface AudiencePageRequest {
  audience: Audience;
  after: number;
  /** The last `seq` to read. */
  upTo: number;
  /** Transactions already collapsed, to be skipped. */
  except?: readonly number[];
  limit: number;
  /**
   * How many events to read in full; of the rest only the transaction ids are read, into `beyond`. Default: `limit`.
   */
  whole?: number;
}

/** Reads the next events that concern one audience, at most `limit`. */
export function readLogFor(
  db: Database,
  { audience, after, upTo, except = [], limit, whole = limit }: AudiencePageRequest,
): Promise<LogPage> {
  const branches = concernsInSql(audience).map(
    ({
      join = sql``,
      condition,
      seq,
    }) => sql`(select event_log.* from event_log ${join} where ${condition} and ${seq} > ${after}::bigint and ${seq} <= ${upTo}::bigint
      and transaction_id <> all (${`{${except.join(',')}}`}::bigint[]) order by ${seq} limit ${limit}::int)`,
  );
  return readPage(
    db,
    sql`select * from (${sql.join(branches, sql` union `)}) found order by seq limit ${limit}::int`,
    whole,
  );
}

/** One statement, so that head and events come from one snapshot. */
const readPage = (db: Database, page: SQL, whole: number): Promise<LogPage> =>
  queryJson(
    db,
    sql`with page as materialized (select *, row_number() over (order by seq) <= ${whole}::int as is_whole from (${page}) found)
        select json_build_object(${headJson},
          'events', (select coalesce(json_agg(${eventJson} order by seq), '[]') from page where is_whole),
          'beyond', (select coalesce(json_agg(transaction_id), '[]') from page where not is_whole)) from stream_head`,
  );
