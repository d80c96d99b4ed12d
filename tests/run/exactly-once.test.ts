import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReconnectingPool, type ReconnectingPool } from '../../src/core/database/reconnecting-pool.ts';
import { type IdRange, isIn, rangesOf } from '../../src/core/run/id-range.ts';
import { declareRun, monthFrom, type RunClock } from '../../src/core/run/run.types.ts';
import { openRuns } from '../../src/core/run/run.write.ts';
import { attemptChunk } from '../../src/core/run/run-worker.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const itemCount = 23;
const silent = { error: () => {} };
const clockAt = (instant: string): RunClock => ({ now: new Date(instant), settings: initialSettings });

/** Counts each item for its period, a statement per item. */
const counting = declareRun<IdRange>({
  name: 'counting',
  period: (clock) => monthFrom(2, clock),
  cut: (tx) => rangesOf(tx, sql`select id from item`, 5),
  work: async (tx, range, { period }) => {
    const items = await tx.execute<{ id: string }>(
      sql`select id from item where ${isIn(range, sql`id`)} order by id`,
    );
    for (const { id } of items)
      await tx.execute(sql`insert into effect (item_id, period) values (${id}, ${period})`);
    return items.length;
  },
});

let database: TestDatabase;
let instances: ReconnectingPool[];
beforeAll(async () => {
  database = await createTestDatabase();
  // Every statement that writes takes a step, and so does every commit after an effect; in some of them the session dies.
  // Sequences do not go back with a transaction.
  await database.client.unsafe(`
    create table item (id uuid primary key default new_id());
    create table effect (item_id uuid, period text);
    create sequence step;
    create table death (step bigint primary key);
    create function take_step() returns trigger language plpgsql as $$
    begin
      if exists (select from death where step = nextval('step')) then
        perform pg_terminate_backend(pg_backend_pid());
        perform pg_sleep(60);
      end if;
      return null;
    end $$;
    create trigger before_run before insert or update on run for each statement execute function take_step();
    create trigger after_run after insert or update on run for each statement execute function take_step();
    create trigger before_chunk before insert or update on run_chunk for each statement execute function take_step();
    create trigger after_chunk after insert or update on run_chunk for each statement execute function take_step();
    create trigger before_effect before insert on effect for each statement execute function take_step();
    create constraint trigger at_commit after insert or update on run deferrable initially deferred
      for each row execute function take_step();
    insert into item select from generate_series(1, ${itemCount})`);
  instances = [1, 2].map(() => openReconnectingPool({ url: database.url, poolSize: 1 }));
});
afterAll(async () => {
  for (const instance of instances) await instance.close();
  await database.close();
});

/** What an instance of the server does, as often as there is something to do. Time passes after each death. */
async function live(instance: ReconnectingPool, clock: RunClock): Promise<void> {
  for (let isDone = false; !isDone; ) {
    try {
      await instance.run((db) => openRuns(db, [counting], clock));
      while (await attemptChunk(instance, [counting], clock, silent))
        await database.db.execute(
          sql`update run_chunk set due_at = now() where state = 'OPEN' and due_at > now()`,
        );
      const open = await database.db.execute(sql`select from run_chunk where state = 'OPEN'`);
      isDone = open.length === 0;
    } catch {
      // The session died where nobody could record it.
    }
  }
}

test('whichever statements and commits an instance dies in, each chunk takes effect once, by one instance or the other', async () => {
  let month = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { minLength: 5, maxLength: 40 }),
      async (deaths) => {
        month += 1;
        const period = `2030-${String(month).padStart(2, '0')}`;
        await database.client.unsafe(`
          truncate death; select setval('step', 1, false);
          insert into death select unnest('{${deaths.join()}}'::bigint[])`);
        const clock = clockAt(`${period}-02T00:00:00Z`);
        await Promise.all(instances.map((instance) => live(instance, clock)));
        const effects = await database.db.execute(
          sql`select from effect where period = ${period} group by item_id having count(*) = 1`,
        );
        expect(effects).toHaveLength(itemCount);
        const [all] = await database.db.execute(
          sql`select count(*)::int from effect where period = ${period}`,
        );
        expect(all).toEqual({ count: itemCount });
        const [run] = await database.db.execute(
          sql`select state, chunk_count, chunks_done, chunks_failed, item_count, finished_at is not null as ended from run where period = ${period}`,
        );
        expect(run).toEqual({
          state: 'DONE',
          chunk_count: 5,
          chunks_done: 5,
          chunks_failed: 0,
          item_count: itemCount,
          ended: true,
        });
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 4), endOnFailure: true },
  );
});

test('a run is opened once for its kind and period, from its day on, by the clock of the organisation', async () => {
  await database.client.unsafe('truncate death');
  const open = (instant: string) =>
    Promise.all(instances.map((one) => one.run((db) => openRuns(db, [counting], clockAt(instant)))));
  expect(await open('2040-03-01T15:59:00Z')).toEqual([0, 0]);
  // Midnight in Shanghai.
  expect((await open('2040-03-01T16:00:00Z')).sort()).toEqual([0, 1]);
  expect(await open('2040-03-31T15:00:00Z')).toEqual([0, 0]);
  expect((await open('2040-04-30T00:00:00Z')).sort()).toEqual([0, 1]);
});
