import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { aroundTheClock } from '../../src/core/time/calendar.ts';
import { sweepTasks } from '../../src/domains/task/task-sweep.write.ts';
import type { StaffName } from '../support/server.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
  // FINANCE is in a team of MARKETING, who is in one of SALES_2.
  for (const [name, leader, member] of [
    ['一组', writing.marketing, writing.finance],
    ['二组', writing.stranger, writing.marketing],
  ] as const) {
    await writing.db.execute(sql`insert into team (name, leader_id) values (${name}, ${uuidOf(leader.id)})`);
    await writing.db.execute(
      sql`update employee set team_id = (select id from team where name = ${name}) where id = ${uuidOf(member.id)}`,
    );
  }
});
afterAll(() => writing.close());

const dayMs = 86_400_000;
const settings = initialSettings;
/** Years ahead of the clock of the server, whose own sweep so never comes first. */
const dueAt = '2040-03-01T01:00:00.000Z';
const after = (days: number) => new Date(Date.parse(dueAt) + days * dayMs);
const sweep = (now: Date) =>
  sweepTasks(writing.db, { now, settings, calendar: aroundTheClock(settings.timeZone) });

const open = async (by: Colleague, input: object = {}): Promise<string> => {
  const { payload, errors } = await by.write(
    'createTask',
    { title: '回电', dueAt, ...input },
    '{ task { id } }',
  );
  expect(errors).toEqual([]);
  return payload.task.id;
};
/** What was told of a task, with whom, in the order of the log. */
const told = async (id: string): Promise<string[]> => {
  const rows = await writing.db.execute<{ type: string; grantee_id: string }>(sql`
    select type, grantee_id from (select id as place, type, grantee_id, subject_id, subject from outbox
      union all select seq, type, grantee_id, subject_id, subject from event_log) log
    where subject = 'task_notice' and subject_id = ${uuidOf(id)} and type in ('TASK_DUE', 'TASK_ESCALATED') order by type, grantee_id`);
  const names = new Map(
    (['SALES', 'SALES_2', 'FINANCE', 'MARKETING', 'ADMIN', 'CUSTOMER_SERVICE'] as StaffName[]).map((name) => [
      writing.server.as(name).uuid,
      name,
    ]),
  );
  return rows.map((row) => `${row.type} ${names.get(row.grantee_id)}`).sort();
};
const escalations = async (id: string): Promise<string[]> => {
  const rows = await writing.db.execute<{ employee_id: string }>(
    sql`select employee_id from task_step where task_id = ${uuidOf(id)} and kind = 'ESCALATED' order by at, id`,
  );
  return rows.map((row) => encodeId('emp', row.employee_id));
};

test('what is due is announced once, to its assignee, and not before its time', async () => {
  const id = await open(writing.owner, { assigneeId: writing.finance.id });
  await sweep(after(-0.001));
  expect(await told(id)).toEqual([]);
  await sweep(after(0));
  await sweep(after(0));
  expect(await told(id)).toEqual(['TASK_DUE FINANCE']);
});

test('what stays overdue is escalated up the leaders, then to an administrator, and then no further', async () => {
  const id = await open(writing.owner, { assigneeId: writing.finance.id });
  for (let day = 0; day < 8; day += 1) await sweep(after(day));
  expect(await escalations(id)).toEqual([writing.marketing.id, writing.stranger.id, writing.admin.id]);
  // Each of them sees it now, and who holds it hears of it too.
  expect(await told(id)).toEqual(
    [
      'TASK_DUE FINANCE',
      'TASK_ESCALATED FINANCE',
      'TASK_ESCALATED FINANCE',
      'TASK_ESCALATED FINANCE',
      'TASK_ESCALATED MARKETING',
      'TASK_ESCALATED SALES_2',
      'TASK_ESCALATED ADMIN',
    ].sort(),
  );
  const { data } = await writing.server
    .as('SALES_2')
    .query('query ($id: ID!) { node(id: $id) { ... on Task { escalations { to { id } } } } }', { id });
  expect(data.node.escalations).toHaveLength(3);
});

test('without a leader it goes to an administrator at once', async () => {
  const id = await open(writing.service);
  await sweep(after(0));
  await sweep(after(1));
  expect(await escalations(id)).toEqual([writing.admin.id]);
});

test('what is put off is announced when that is over, and what is settled never', async () => {
  const [later, done] = [await open(writing.owner), await open(writing.owner)];
  await writing.db.execute(
    sql`update task set snoozed_until = ${after(2).toISOString()} where id = ${uuidOf(later)}`,
  );
  await writing.owner.write('completeTask', { id: done }, '{ task { id } }');
  await sweep(after(1));
  expect([await told(later), await told(done)]).toEqual([[], []]);
  await sweep(after(2));
  expect([await told(later), await told(done)]).toEqual([['TASK_DUE SALES'], []]);
});

test('given to another while it is overdue, it keeps its time and how far it was escalated', async () => {
  const id = await open(writing.owner, { assigneeId: writing.finance.id });
  await sweep(after(0));
  await sweep(after(1));
  await writing.owner.write('reassignTask', { id, assigneeId: writing.service.id }, '{ task { id } }');
  await sweep(after(1));
  expect(await escalations(id)).toEqual([writing.marketing.id]);
  await sweep(after(2));
  expect(await escalations(id)).toEqual([writing.marketing.id, writing.stranger.id]);
});

test('two instances that sweep at once announce each task once, and all of them', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.db.execute(sql`
    insert into task (customer_id, title, assignee_id, due_at)
    select ${file.uuid}, '批量', ${uuidOf(writing.owner.id)}, ${dueAt} from generate_series(1, 500)`);
  const swept = await Promise.all([sweep(after(0)), sweep(after(0)), sweep(after(0))]);
  expect(swept.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(500);
  const [row] = await writing.db.execute<{ told: number; different: number }>(sql`
    select count(*)::int as told, count(distinct subject_id)::int as different from (
      select subject_id, type from outbox union all select subject_id, type from event_log) log
    where type = 'TASK_DUE' and subject_id in (select id from task where title = '批量')`);
  expect(row).toEqual({ told: 500, different: 500 });
});

test('who leaves hands on every open task: to the owners of the files, and else to their leader', async () => {
  const [row] = await writing.db.execute<{ id: string }>(sql`
    insert into employee (name, email, role, team_id) values ('离职', 'leaver@test.example', 'CUSTOMER_SERVICE', (select id from team where name = '一组'))
    returning id`);
  const leaverId = encodeId('emp', row?.id as string);
  const file = await openFile(writing, writing.owner);
  const inFile = await open(writing.owner, { customerId: file.id, assigneeId: leaverId });
  const alone = await open(writing.owner, { assigneeId: leaverId });
  const done = await open(writing.owner, { assigneeId: leaverId });
  await writing.owner.write('completeTask', { id: done }, '{ task { id } }');
  const left = await writing.admin.write('disableEmployee', { id: leaverId }, '{ employee { id } }');
  expect(left.errors).toEqual([]);
  const holders = await writing.db.execute<{ id: string; assignee_id: string; due: string }>(
    sql`select id, assignee_id, to_json(due_at) #>> '{}' as due from task where id = any(${`{${[inFile, alone, done].map(uuidOf).join()}}`}::uuid[])`,
  );
  const holderOf = (id: string) => holders.find((one) => one.id === uuidOf(id))?.assignee_id;
  expect(holderOf(inFile)).toBe(uuidOf(writing.owner.id));
  expect(holderOf(alone)).toBe(uuidOf(writing.marketing.id));
  expect(holderOf(done)).toBe(row?.id);
  expect(new Set(holders.map(({ due }) => Date.parse(due)))).toEqual(new Set([Date.parse(dueAt)]));
});

test('a handover takes the open tasks of the files along', async () => {
  const [row] = await writing.db.execute<{ id: string }>(sql`
    insert into employee (name, email, role) values ('转岗', 'mover@test.example', 'SALES') returning id`);
  const moverId = encodeId('emp', row?.id as string);
  const file = await openFile(writing, { ...writing.owner, id: moverId });
  const id = await open(writing.manager, { customerId: file.id, assigneeId: moverId });
  const moved = await writing.manager.write(
    'handOverFiles',
    { fromEmployeeId: moverId, rules: [{ toEmployeeId: writing.stranger.id }] },
    '{ handover { id } }',
  );
  expect(moved.errors).toEqual([]);
  const { data } = await writing.server
    .as('SALES_2')
    .query(
      'query ($id: ID!) { node(id: $id) { ... on Task { assignee { id } dueAt holders { to { id } until } } } }',
      {
        id,
      },
    );
  expect(data.node).toMatchObject({ assignee: { id: writing.stranger.id }, dueAt });
  expect(data.node.holders.map(({ until }: { until: string | null }) => until === null)).toEqual([
    false,
    true,
  ]);
});
