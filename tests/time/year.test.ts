import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { team } from '../../src/domains/employee/employee.table.ts';
import { holidaysOf } from '../../src/domains/organisation/holidays.ts';
import { type MovableClock, openMovableClock } from '../../src/features/demo/movable-clock.ts';
import { runs } from '../../src/runs.ts';
import { apiRole } from '../support/api-role.ts';
import { createTestDatabase } from '../support/database.ts';
import { addContact, addDeal, openFile, startWriting, type Writing } from '../support/writing.ts';

const dayMs = 86_400_000;
const year = new Date().getUTCFullYear() + 1;
/** Nine o’clock or another hour in Shanghai. */
const on = (date: string, hour = '09:00') => new Date(`${date}T${hour}:00+08:00`);
const shift = (date: string, days: number) =>
  new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10);
const weekdayOf = (date: string) => new Date(date).getUTCDay();

/** The first day of 春节, which lasts eight days here, and the Sunday before it that is worked in exchange (调休). */
const festival = holidaysOf(year).find(({ name }) => name === '春节')?.date as string;
const offDays = Array.from({ length: 8 }, (_, day) => shift(festival, day));
const exchanged = [2, 3, 4, 5, 6, 7, 8]
  .map((days) => shift(festival, -days))
  .find((date) => weekdayOf(date) === 0) as string;
/** The first ordinary working day after it. */
const backToWork = [8, 9, 10]
  .map((days) => shift(festival, days))
  .find((date) => ![0, 6].includes(weekdayOf(date))) as string;

let clock: MovableClock;
let writing: Writing;
beforeAll(async () => {
  const database = await createTestDatabase();
  clock = await openMovableClock(database.db);
  await clock.forwardTo(on(`${year}-01-04`));
  writing = await startWriting({ database, clock, taskRules: true, runs });
  await writing.server.startAnother();
  await writing.db.update(team).set({ leaderId: uuidOf(writing.manager.id) });
  const { data } = await writing.server.as('ADMIN').query('{ workingWeek { version } }');
  const days = [
    ...offDays.map((date) => ({ date, working: false, name: '春节' })),
    { date: exchanged, working: true, name: '调休' },
  ];
  const input = { expectedVersion: data.workingWeek.version, days };
  expect((await writing.admin.write('setCalendarDays', input, '{ workingWeek { version } }')).errors).toEqual(
    [],
  );
});
afterAll(() => writing.close());

interface Found {
  [column: string]: unknown;
  state: string;
  due: Date;
}
/** The clock goes on while a test writes: seconds are its own. */
const toMinute = (instant: string) => new Date(Math.floor(Date.parse(instant) / 60_000) * 60_000);
const tasksOf = async (rule: string): Promise<Found[]> =>
  (
    await writing.db.execute<{ state: string; due: string }>(
      sql`select state, to_json(due_at) #>> '{}' as due from task where rule = ${rule} order by created_at, id`,
    )
  ).map(({ state, due }) => ({ state, due: toMinute(due) }));
const patience = { timeout: 60_000, interval: 200 };
/** Waits until the workers have brought the tasks of a rule to these states. */
const come = (rule: string, ...states: string[]) =>
  expect.poll(async () => (await tasksOf(rule)).map(({ state }) => state), patience).toEqual(states);
/** To whom a task has been escalated, in turn, after so many days, each of which the workers have had. */
const escalatedBy = async (rule: string, from: Date, days: number) => {
  for (let day = 0; day <= days; day += 1) {
    const at = new Date(from.getTime() + day * dayMs);
    if (at > clock.now()) await clock.forwardTo(at);
    // Until nothing is due any more, every notice of that day is sent.
    await expect
      .poll(
        async () => (await writing.db.execute(sql`select from task_clock where at <= business_now()`)).length,
        patience,
      )
      .toBe(0);
  }
  const steps = await writing.db.execute<{ employee_id: string }>(sql`
    select s.employee_id from task_step s join task t on t.id = s.task_id
    where t.rule = ${rule} and s.kind = 'ESCALATED' order by s.at`);
  return steps.map((step) => step.employee_id);
};

test('a year: each duty comes once, due when people work, is escalated, closes, whatever holiday or failure falls into it', async () => {
  const { owner, service, db } = writing;
  const file = await openFile(writing, owner, { tier: 'A', tierSetBy: 'PERSON' });
  const contact = await addContact(writing, file.uuid, { birthday: '1985-06-15', mobile: '+8613800001111' });
  const report = async (what: string) => {
    const input = { customerId: file.id, contactId: contact.id, field: 'mobile', what };
    const { errors } = await service.write('reportChange', input, '{ task { id } }');
    expect(errors).toEqual([]);
  };
  const enter = async (mobile: string) => {
    const { data } = await writing.server
      .as('SALES')
      .query(`{ node(id: "${contact.id}") { ... on Contact { version } } }`);
    const input = { id: contact.id, expectedVersion: data.node.version, mobile };
    expect((await owner.write('updateContact', input, '{ contact { id } }')).errors).toEqual([]);
  };
  const call = async () => {
    const occurredAt = clock.now().toISOString();
    const input = { customerId: file.id, kind: 'PHONE_CALL', summary: '例行联系', occurredAt };
    expect((await owner.write('logInteraction', input, '{ interaction { id } }')).errors).toEqual([]);
  };
  // What was there before the rules look for the first time is no news to them.
  await expect
    .poll(async () => (await writing.db.execute(sql`select from task_rule_head where epoch <> ''`)).length)
    .toBe(1);
  const due = async (place: number) => (await tasksOf('contact-change'))[place]?.due;

  // A Saturday: the Sunday after it is worked.
  await clock.forwardTo(on(shift(exchanged, -1), '10:00'));
  await report('号码停用');
  expect(await due(0)).toEqual(on(exchanged, '10:00'));
  await enter('13800002222');
  await come('contact-change', 'DONE');

  // The evening before the holidays: until work begins again, and to the leader a working day later.
  const eve = [1, 2, 3]
    .map((days) => shift(festival, -days))
    .find((date) => ![0, 6].includes(weekdayOf(date)) || date === exchanged) as string;
  await clock.forwardTo(on(eve, '17:30'));
  await report('又换号码');
  expect(await due(1)).toEqual(on(backToWork));
  expect(await escalatedBy('contact-change', on(shift(festival, 1)), 1)).toEqual([]);
  // First the leader of the team, then who stands above all.
  const leaders = [writing.manager.id, writing.admin.id].map(uuidOf);
  expect(await escalatedBy('contact-change', on(backToWork, '10:00'), 7)).toEqual(leaders);
  await enter('13800003333');
  await come('contact-change', 'DONE', 'DONE');
  await come('no-contact', 'OPEN');
  await call();
  await come('no-contact', 'DONE');

  // Every connection cut in the middle of what the workers do.
  await clock.forwardTo(on(`${year}-04-20`, '10:00'));
  await db.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${apiRole} and datname = current_database()`,
  );
  await come('no-contact', 'DONE', 'OPEN');
  await come('revise-file', 'OPEN');
  await call();
  await come('no-contact', 'DONE', 'DONE');

  await clock.forwardTo(on(`${year}-06-10`));
  await come('birthday', 'OPEN');
  expect((await tasksOf('birthday'))[0]?.due).toEqual(on(`${year}-06-15`));
  await addDeal(writing, owner, file.uuid, {
    ...{
      stage: 'WON',
      contractAmount: '1000',
      effectiveOn: `${year - 1}-09-20`,
      closedAt: clock.now().toISOString(),
    },
  });
  await clock.forwardTo(on(`${year}-09-15`));
  await come('anniversary', 'OPEN');
  expect((await tasksOf('anniversary'))[0]?.due).toEqual(on(`${year}-09-20`));
  await clock.forwardTo(on(`${year}-12-30`));
  await expect
    .poll(
      async () =>
        (await db.execute(sql`select from run where period = ${`${year}-12-30`} and state = 'DONE'`)).length,
      patience,
    )
    .toBeGreaterThan(1);

  const twice = await db.execute(
    sql`select rule, subject_id, occasion from task where rule is not null group by rule, subject_id, occasion having count(*) > 1`,
  );
  expect(twice).toEqual([]);
  await db.execute(sql`select sequence_events(1000000)`);
  const repeated = await db.execute(sql`
    select type, subject_id, grantee_id from event_log where type in ('TASK_DUE', 'TASK_OPENED') and subject = 'task_notice'
    group by type, subject_id, grantee_id having count(*) > 1`);
  expect(repeated).toEqual([]);
  const runsTwice = await db.execute(
    sql`select kind, period from run group by kind, period having count(*) > 1`,
  );
  expect(runsTwice).toEqual([]);
});
