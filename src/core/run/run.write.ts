import { sql } from 'drizzle-orm';
import { type Database, queryJson, writeAs } from '../database/database.ts';
import { texts } from '../database/rows.ts';
import { failureText } from '../failure-text.ts';
import type { RunClock, RunKind, RunTime } from './run.types.ts';

/** Attempts after which a chunk is given up: half a day after the first. */
const maxFailures = 24;

/** A chunk that somebody has begun. */
export interface ClaimedChunk {
  id: string;
  runId: string;
}

/** What runs write has no actor. */
const bySystem = <T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> =>
  writeAs(db, { actorId: null, source: 'SYSTEM' }, work);

/** Opens the runs that are due and of which there is none; returns how many. Any number of instances may do it at once. */
export async function openRuns(db: Database, kinds: readonly RunKind[], clock: RunClock): Promise<number> {
  const due = kinds.flatMap((kind) => {
    const period = kind.period(clock);
    return period === null ? [] : [{ kind: kind.name, period }];
  });
  if (due.length === 0) return 0;
  const listed = sql`jsonb_to_recordset(${JSON.stringify(due)}::text::jsonb) due (kind text, period text)`;
  const missing = await queryJson<boolean>(
    db,
    sql`select to_json(exists (select from ${listed} where not exists (select from run r where r.kind = due.kind and r.period = due.period)))`,
  );
  if (!missing) return 0;
  const opened = await db.execute(sql`
    with opened as (insert into run (kind, period, opened_at)
                    select kind, period, ${clock.now.toISOString()}::timestamptz from ${listed}
                    on conflict do nothing returning id)
    insert into run_chunk (run_id, place) select id, 0 from opened returning run_id`);
  return opened.length;
}

interface FoundChunk extends ClaimedChunk {
  place: number;
  content: unknown;
  kind: string;
  period: string;
  openedAt: string;
}

/**
 * Does the next chunk of any run in one transaction, which marks it as done; false if there is none to be done. A chunk that
 * another instance has begun is left to it. `onClaim` is called with the chunk before its work begins.
 */
export const workChunk = (
  db: Database,
  kinds: readonly RunKind[],
  clock: RunClock,
  onClaim: (chunk: ClaimedChunk) => void,
): Promise<boolean> =>
  bySystem(db, async (tx) => {
    // Each run in turn, so that a long one keeps nobody waiting.
    const found = await queryJson<FoundChunk | undefined>(
      tx,
      sql`select json_build_object('id', c.id, 'runId', r.id, 'place', c.place, 'content', c.content,
                                   'kind', r.kind, 'period', r.period, 'openedAt', r.opened_at)
          from run_chunk c join run r on r.id = c.run_id
          where c.state = 'OPEN' and c.due_at <= now() and r.kind = any(${texts(kinds.map(({ name }) => name))})
          order by c.place, c.id limit 1 for update of c skip locked`,
    );
    const kind = kinds.find(({ name }) => name === found?.kind);
    if (!found || !kind) return false;
    onClaim({ id: found.id, runId: found.runId });
    const run = { ...clock, period: found.period, openedAt: new Date(found.openedAt) };
    if (found.place === 0) await cutRun(tx, kind, run, found.runId);
    else await noteDone(tx, found.runId, await kind.work(tx, found.content, run));
    await tx.execute(sql`update run_chunk set state = 'DONE', done_at = now() where id = ${found.id}`);
    return true;
  });

async function cutRun(tx: Database, kind: RunKind, run: RunTime, runId: string): Promise<void> {
  const chunks = await kind.cut(tx, run);
  await tx.execute(sql`
    insert into run_chunk (run_id, place, content)
    select ${runId}, place, content
    from jsonb_array_elements(${JSON.stringify(chunks)}::text::jsonb) with ordinality as cut (content, place)`);
  await tx.execute(sql`
    update run set chunk_count = ${chunks.length}::int,
                   state = case when ${chunks.length}::int = 0 then 'DONE' else state end,
                   finished_at = case when ${chunks.length}::int = 0 then now() end
    where id = ${runId}`);
}

/** Last of all, because the run's row is locked until the transaction ends. */
const noteDone = (tx: Database, runId: string, items: number) =>
  tx.execute(sql`
    update run set chunks_done = chunks_done + 1, item_count = item_count + ${items}::int,
                   state = ${stateAfter(1, 0)},
                   finished_at = case when chunks_done + chunks_failed + 1 = chunk_count then now() end
    where id = ${runId}`);

/** The state of a run after further chunks were done and given up. */
const stateAfter = (done: number, failed: number) =>
  sql.raw(`case when chunk_count is not null and chunks_done + ${done} + chunks_failed + ${failed} < chunk_count then 'RUNNING'
                when chunks_failed + ${failed} > 0 then 'FAILED' else 'DONE' end`);

/**
 * Records that an attempt at a chunk failed, unless it turns out to have been done. It is tried again after 2 s, then after
 * twice as long each time, an hour at most; in the end it is given up, until an administrator has it tried again.
 */
export const noteFailure = (db: Database, chunk: ClaimedChunk, error: unknown): Promise<void> =>
  db.transaction(async (tx) => {
    const [noted] = await tx.execute<{ state: string }>(sql`
      update run_chunk set failure_count = failure_count + 1,
                           due_at = now() + least(interval '1 hour', interval '1 second' * 2 ^ least(failure_count + 1, 12)),
                           state = case when failure_count + 1 < ${maxFailures}::int then 'OPEN' else 'FAILED' end
      where id = ${chunk.id} and state = 'OPEN' returning state`);
    if (!noted) return;
    await tx.execute(sql`
      update run set failure_count = failure_count + 1, last_failure = ${failureText(error)}, last_failure_at = now()
      where id = ${chunk.runId}`);
    if (noted.state === 'FAILED')
      await tx.execute(sql`
        update run set chunks_failed = chunks_failed + 1, state = ${stateAfter(0, 1)},
                       finished_at = case when ${stateAfter(0, 1)} <> 'RUNNING' then now() end
        where id = ${chunk.runId}`);
  });

/** Has the chunks that were given up tried again at once; whether there were any. */
export const retryChunks = (db: Database, runId: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const again = await tx.execute(sql`
      update run_chunk set state = 'OPEN', failure_count = 0, due_at = now()
      where run_id = ${runId} and state = 'FAILED' returning id`);
    if (again.length === 0) return false;
    await tx.execute(
      sql`update run set chunks_failed = 0, state = 'RUNNING', finished_at = null where id = ${runId}`,
    );
    return true;
  });

/**
 * Deletes the chunks of runs that were done 30 days ago; the runs stay, so that none is opened again, and failed ones keep
 * their chunks to be retried. Returns how many.
 */
export const trimRuns = (db: Database): Promise<number> =>
  queryJson<number>(
    db,
    sql`with gone as (
          delete from run_chunk where id in (
            select c.id from run r join run_chunk c on c.run_id = r.id
            where r.state = 'DONE' and r.finished_at < now() - interval '30 days' limit 10000)
          returning id)
        select to_json(count(*)) from gone`,
  );
