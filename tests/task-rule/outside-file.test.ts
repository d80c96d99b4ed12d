import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules, tickTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import type { StaffName } from '../support/server.ts';
import { addContact, addDeal, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
const settings = initialSettings;
beforeAll(async () => {
  writing = await startWriting();
  await workAroundTheClock(writing.db);
  // A leader who reads names of contacts and no birthdays.
  await writing.db.execute(
    sql`insert into team (name, leader_id) values ('甲组', ${uuidOf(writing.marketing.id)})`,
  );
  await writing.db.execute(
    sql`update employee set team_id = (select id from team where name = '甲组') where id = ${uuidOf(writing.owner.id)}`,
  );
  await advance();
});
afterAll(() => writing.close());

const advance = async (now = new Date()) => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, { now, settings })).isBehind);
};
const tick = (now: Date) => tickTaskRules(writing.db, { now, settings });
const later = (days: number) => new Date(Date.now() + days * 86_400_000);

interface Found {
  kind: string;
  state: string;
  dueAt: string;
  outcome: string | null;
  assignee: { id: string };
  customer: { id: string } | null;
  subject: { id: string; name?: string } | null;
}
/** Tasks of a rule about a subject (a UUID), as somebody sees them in the list of all tasks. */
const tasksAbout = async (subject: string, rule: string, staff: StaffName): Promise<Found[]> => {
  const rows = await writing.db.execute<{ id: string }>(
    sql`select id from task where rule = ${rule} and subject_id = ${subject} order by created_at, id`,
  );
  const { data, errors } = await writing.server.as(staff).query(
    `query ($rule: String!) { tasks(first: 200, filter: { rule: { eq: $rule } }, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
      nodes { id kind state dueAt outcome assignee { id } customer { id } subject { id ... on Contact { name } } } } }`,
    { rule },
  );
  expect(errors).toBeUndefined();
  const ids = rows.map(({ id }) => id);
  return data.tasks.nodes.filter(({ id }: { id: string }) => ids.includes(uuidOf(id)));
};

test('the grantee of a file is reminded three days before, nobody who reads the file hears of it, and a return settles it', async () => {
  const file = await openFile(writing, writing.owner);
  const [grant] = await writing.db.execute<{ id: string }>(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
    values (${file.uuid}, ${uuidOf(writing.stranger.id)}, '{business}', '核对', now() + interval '10 days') returning id`);
  const id = grant?.id as string;
  await tick(new Date());
  expect(await tasksAbout(id, 'return-file', 'SALES_2')).toEqual([]);
  await tick(later(8));
  const [task, ...more] = await tasksAbout(id, 'return-file', 'SALES_2');
  expect(more).toEqual([]);
  expect(task).toMatchObject({
    kind: 'RETURN_FILE',
    state: 'OPEN',
    customer: null,
    assignee: { id: writing.stranger.id },
  });
  expect(uuidOf(task?.subject?.id as string)).toBe(id);
  expect(Math.abs(Date.parse(task?.dueAt as string) - later(10).getTime())).toBeLessThan(60_000);
  for (const staff of ['SALES', 'CUSTOMER_SERVICE', 'MANAGER', 'ANALYST'] as const)
    expect(await tasksAbout(id, 'return-file', staff), staff).toEqual([]);
  // Renewed, it is due another time.
  await writing.db.execute(
    sql`update access_grant set expires_at = now() + interval '30 days' where id = ${id}`,
  );
  await advance(later(8));
  expect(await tasksAbout(id, 'return-file', 'SALES_2')).toMatchObject([{ state: 'DONE' }]);
  await tick(later(28));
  await writing.db.execute(
    sql`update access_grant set ended_at = now(), end_reason = 'RETURNED', ended_by_id = grantee_id where id = ${id}`,
  );
  await advance(later(28));
  expect(await tasksAbout(id, 'return-file', 'SALES_2')).toMatchObject([
    { state: 'DONE' },
    { state: 'DONE' },
  ]);
});

/** The day that is so many days after the first of March 2027, a common year, in Shanghai, at noon. */
const dayOf2027 = (days: number) => new Date(Date.UTC(2027, 2, 1 + days, 4));

test('a birthday is announced to the owner a week before, due in the morning of the day, once a year', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { name: '寿星', birthday: '1980-03-20' });
  await tick(dayOf2027(11));
  expect(await tasksAbout(contact.uuid, 'birthday', 'SALES')).toEqual([]);
  await tick(dayOf2027(12));
  await tick(dayOf2027(13));
  const [task, ...more] = await tasksAbout(contact.uuid, 'birthday', 'SALES');
  expect(more).toEqual([]);
  expect(task).toMatchObject({
    kind: 'BIRTHDAY',
    state: 'OPEN',
    dueAt: '2027-03-20T01:00:00.000Z',
    assignee: { id: writing.owner.id },
    subject: { id: contact.id, name: '寿星' },
  });
  // Overdue it stays, and next year it is another.
  await tick(dayOf2027(25));
  expect(await tasksAbout(contact.uuid, 'birthday', 'SALES')).toMatchObject([{ state: 'OPEN' }]);
  await writing.db.execute(sql`update task set state = 'DONE' where subject_id = ${contact.uuid}`);
  await tick(dayOf2027(14));
  await tick(dayOf2027(13 + 366));
  expect(await tasksAbout(contact.uuid, 'birthday', 'SALES')).toMatchObject([
    { state: 'DONE' },
    { state: 'OPEN', dueAt: '2028-03-20T01:00:00.000Z' },
  ]);
});

test('a birthday stays hidden from whoever does not read birthdays, even a leader who sees the task', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { birthday: '1980-03-20' });
  await tick(dayOf2027(14));
  expect(await tasksAbout(contact.uuid, 'birthday', 'MARKETING')).toMatchObject([
    { kind: 'BIRTHDAY', customer: null, subject: null },
  ]);
  const [task] = await writing.db.execute<{ id: string; version: number }>(
    sql`select id, version from task where subject_id = ${contact.uuid}`,
  );
  const input = { id: encodeId('task', task?.id as string), expectedVersion: task?.version, kind: 'OTHER' };
  const changed = await writing.marketing.write('updateTask', input, '{ task { subject { id } } }');
  expect(changed).toMatchObject({ code: 'FORBIDDEN', refused: ['kind'] });
  for (const staff of ['SALES_2', 'FINANCE', 'ANALYST', 'MANAGER'] as const)
    expect(await tasksAbout(contact.uuid, 'birthday', staff), staff).toEqual([]);
  const { data } = await writing.server
    .as('FINANCE')
    .query(
      'query ($id: ID!) { customer(id: $id) { tasks(first: 10, filter: { kind: { eq: BIRTHDAY } }) { totalCount } history(first: 100, field: "rule") { nodes { newValue } } } }',
      { id: file.id },
    );
  expect(data.customer.tasks.totalCount).toBe(0);
  const tasks = data.customer.history.nodes.filter(
    ({ newValue }: { newValue: unknown }) => newValue === 'birthday',
  );
  expect(tasks).toEqual([]);
});

test('a corrected birthday settles its task, and so does another owner, who gets one of their own', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { birthday: '1980-03-20' });
  await tick(dayOf2027(14));
  await writing.db.execute(sql`update contact set birthday = '1980-03-19' where id = ${contact.uuid}`);
  await advance(dayOf2027(14));
  expect((await tasksAbout(contact.uuid, 'birthday', 'SALES')).map(({ state }) => state)).toEqual([
    'DONE',
    'OPEN',
  ]);
  await writing.db.execute(
    sql`update customer set owner_id = ${uuidOf(writing.stranger.id)} where id = ${file.uuid}`,
  );
  await advance(dayOf2027(14));
  expect((await tasksAbout(contact.uuid, 'birthday', 'SALES')).map(({ state }) => state)).toEqual([
    'DONE',
    'DONE',
  ]);
  expect(await tasksAbout(contact.uuid, 'birthday', 'SALES_2')).toMatchObject([
    { state: 'OPEN', assignee: { id: writing.stranger.id }, subject: { id: contact.id } },
  ]);
});

test('who was born on 29 February is congratulated on the 28th of a common year', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { birthday: '1980-02-29' });
  await tick(new Date('2027-02-25T04:00:00Z'));
  await writing.db.execute(sql`update task set state = 'DONE' where subject_id = ${contact.uuid}`);
  await tick(new Date('2028-02-25T04:00:00Z'));
  expect((await tasksAbout(contact.uuid, 'birthday', 'SALES')).map(({ dueAt }) => dueAt)).toEqual([
    '2027-02-28T01:00:00.000Z',
    '2028-02-29T01:00:00.000Z',
  ]);
});

test('the anniversary of the first order is a task of the file, each year, and not of a later order', async () => {
  const file = await openFile(writing, writing.owner);
  const won = (effectiveOn: string) =>
    addDeal(writing, writing.owner, file.uuid, { stage: 'WON', contractAmount: '1000.00', effectiveOn });
  const first = await won('2024-03-20');
  await won('2025-03-18');
  await tick(dayOf2027(14));
  const { data } = await writing.server
    .as('SALES')
    .query(
      'query ($id: ID!) { customer(id: $id) { tasks(first: 10, filter: { rule: { eq: "anniversary" } }) { nodes { kind dueAt subject { id } } } } }',
      {
        id: file.id,
      },
    );
  expect(data.customer.tasks.nodes).toEqual([
    { kind: 'ANNIVERSARY', dueAt: '2027-03-20T01:00:00.000Z', subject: { id: first.id } },
  ]);
});

test('more tasks than one step takes are opened and closed by the next ones, each once', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.db.execute(sql`
    insert into contact (customer_id, name, birthday) select ${file.uuid}, '同日' || n, '1985-06-15' from generate_series(1, 1100) n`);
  const openTasks = async () => {
    const [row] = await writing.db.execute<{ count: number }>(sql`
      select count(*)::int as count from task t join contact c on c.id = t.subject_id
      where c.customer_id = ${file.uuid} and t.rule = 'birthday' and t.state = 'OPEN'`);
    return row?.count;
  };
  const now = new Date('2027-06-10T08:00:00Z');
  const steps = [];
  do steps.push(await tick(now));
  while (steps.at(-1)?.isBehind);
  expect(await openTasks()).toBe(1_100);
  await writing.db.execute(sql`update contact set birthday = '1985-12-15' where customer_id = ${file.uuid}`);
  do steps.push(await tick(now));
  while (steps.at(-1)?.isBehind);
  expect(await openTasks()).toBe(0);
  expect(steps.length).toBeGreaterThan(4);
  expect(Math.max(...steps.map(({ changes }) => changes))).toBeLessThan(1_000);
});
