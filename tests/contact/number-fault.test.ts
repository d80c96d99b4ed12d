import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import type { StaffName } from '../support/server.ts';
import {
  addContact,
  type Colleague,
  missingId,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
  await workAroundTheClock(writing.db);
  // From here on: what was there before the rules is no news.
  await advance();
});
afterAll(() => writing.close());

const number = '+8613800138000';
const mark = (by: Colleague, contact: { id: string }, input: object = {}) =>
  by.write(
    'markNumberInvalid',
    { contactId: contact.id, number, fault: 'VACANT', ...input },
    '{ contact { mobile mobileFault phoneFault version } }',
  );
const advance = async () => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, { now: new Date(), settings: initialSettings })).isBehind);
};
const tasksAbout = async (contact: { id: string }, staff: StaffName = 'SALES') => {
  const { data } = await writing.server.as(staff).query(
    `{ tasks(first: 50, filter: { rule: { eq: "invalid-number" } }) {
      nodes { kind state dueAt fields assignee { id } customer { id } subject { id } } } }`,
  );
  return data.tasks.nodes.filter(
    (task: { subject: { id: string } | null }) => task.subject?.id === contact.id,
  );
};

test('whoever can read a number marks it as invalid, and a number that takes its place is not', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number, phone: '+862187654321' });
  const { payload } = await mark(writing.service, contact, { number: '138 0013 8000' });
  expect(payload.contact).toEqual({ mobile: number, mobileFault: 'VACANT', phoneFault: null, version: 2 });
  const before = await traces(writing, file.uuid);
  await mark(writing.finance, contact);
  expect(await traces(writing, file.uuid)).toBe(before);
  await writing.db.execute(sql`update contact set mobile = '+8613900139000' where id = ${contact.uuid}`);
  const [row] = await writing.db.execute(
    sql`select mobile_fault, version from contact where id = ${contact.uuid}`,
  );
  expect(row).toEqual({ mobile_fault: null, version: 3 });
});

test('the owner is to find the right number within a day, once, until it is there', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number, phone: '+862187654321' });
  await mark(writing.service, contact, { fault: 'SUSPENDED' });
  await advance();
  await mark(writing.service, contact, { number: '+862187654321' });
  await advance();
  const [task, ...more] = await tasksAbout(contact);
  expect(more).toEqual([]);
  expect(task).toMatchObject({
    kind: 'UPDATE_CONTACT_CHANGE',
    state: 'OPEN',
    assignee: { id: writing.owner.id },
    subject: { id: contact.id },
  });
  const hours = (Date.parse(task.dueAt) - Date.now()) / 3_600_000;
  expect(hours > 23 && hours <= 24).toBe(true);
  const update = { id: contact.id, expectedVersion: 3, mobile: '13900139000', phoneFault: null };
  expect((await writing.owner.write('updateContact', update, '{ contact { id } }')).errors).toEqual([]);
  await advance();
  expect(await tasksAbout(contact)).toMatchObject([{ state: 'DONE' }]);
});

test('whose task it is to find a number reads which number of theirs it is', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number });
  await mark(writing.service, contact);
  await advance();
  expect(await tasksAbout(contact, 'SALES')).toMatchObject([{ fields: ['mobile'] }]);
  await writing.db.execute(
    sql`insert into team (name, leader_id) values ('丙组', ${uuidOf(writing.stranger.id)})`,
  );
  await writing.db.execute(
    sql`update employee set team_id = (select id from team where name = '丙组') where id = ${uuidOf(writing.owner.id)}`,
  );
  const { data } = await writing.server
    .as('SALES_2')
    .query('{ tasks(first: 50, filter: { rule: { eq: "invalid-number" } }) { nodes { fields } } }');
  expect(data.tasks.nodes.length).toBeGreaterThan(0);
  expect(data.tasks.nodes.filter(({ fields }: { fields: unknown }) => fields !== null)).toEqual([]);
});

test('that a number is invalid stays hidden from whoever does not read numbers, even a leader who sees the task', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number });
  await mark(writing.service, contact);
  await advance();
  expect(await tasksAbout(contact)).toMatchObject([{ state: 'OPEN', customer: null }]);
  const seen = async (staff: StaffName) => {
    const { data } = await writing.server
      .as(staff)
      .query(
        'query ($id: ID!) { customer(id: $id) { tasks(first: 10) { nodes { rule } } history(first: 100, field: "rule") { nodes { newValue } } } tasks(first: 50, filter: { rule: { eq: "invalid-number" }, state: { eq: OPEN } }) { nodes { rule subject { id } } } }',
        { id: file.id },
      );
    expect(data.customer.tasks.nodes, staff).toEqual([]);
    expect(data.customer.history.nodes, staff).toEqual([]);
    return data.tasks.nodes;
  };
  for (const staff of ['MARKETING', 'ANALYST', 'FINANCE'] as const) expect(await seen(staff)).toEqual([]);
  await writing.db.execute(
    sql`insert into team (name, leader_id) values ('乙组', ${uuidOf(writing.marketing.id)})`,
  );
  await writing.db.execute(
    sql`update employee set team_id = (select id from team where name = '乙组') where id = ${uuidOf(writing.owner.id)}`,
  );
  const led = await seen('MARKETING');
  expect(led).toContainEqual({ rule: 'invalid-number', subject: null });
  expect(led.filter(({ subject }: { subject: unknown }) => subject !== null)).toEqual([]);
});

test('another owner gets the task to find a number, and the one before has it no longer', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number });
  await mark(writing.service, contact);
  await advance();
  await writing.db.execute(
    sql`update customer set owner_id = ${uuidOf(writing.stranger.id)} where id = ${file.uuid}`,
  );
  await advance();
  expect(await tasksAbout(contact, 'SALES_2')).toMatchObject([
    { state: 'OPEN', assignee: { id: writing.stranger.id }, subject: { id: contact.id } },
  ]);
  const before = await writing.db.execute(
    sql`select state from task where subject_id = ${contact.uuid} and assignee_id = ${uuidOf(writing.owner.id)}`,
  );
  expect(before).toMatchObject([{ state: 'DONE' }]);
});

test('a grant of the class suffices, and nothing less', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number });
  expect((await mark(writing.stranger, contact)).code).toBe('NOT_FOUND');
  const grant = (classes: string) =>
    writing.db.execute(sql`insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
      values (${file.uuid}, ${uuidOf(writing.stranger.id)}, ${classes}, '核对', now() + interval '1 day')`);
  await grant('{business}');
  expect((await mark(writing.stranger, contact)).code).toBe('FORBIDDEN');
  await grant('{contact}');
  expect((await mark(writing.stranger, contact)).errors).toEqual([]);
  expect((await mark(writing.marketing, contact)).code).toBe('FORBIDDEN');
});

test('a number that the contact does not have any more is not marked, nor one in an archived file', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: number });
  const other = await mark(writing.service, contact, { number: '+8613900139000' });
  expect(other.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'ANOTHER_NUMBER' });
  await writing.db.execute(
    sql`update customer set archived_at = '2024-01-01T00:00:00Z' where id = ${file.uuid}`,
  );
  expect((await mark(writing.service, contact)).code).toBe('CONFLICT');
  expect((await mark(writing.service, { id: missingId('con') })).code).toBe('NOT_FOUND');
  expect((await mark(writing.service, { id: missingId('cus') })).issues).toEqual([
    'input.contactId WRONG_ID_KIND',
  ]);
});
