import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
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
const tasksOf = async (file: { id: string }) => {
  const { data } = await writing.server.as('SALES').query(
    `query ($id: ID!) { customer(id: $id) { tasks(first: 10, filter: { rule: { eq: "invalid-number" } }) {
      nodes { kind state dueAt assignee { id } fields subject { id } } } } }`,
    { id: file.id },
  );
  return data.customer.tasks.nodes;
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
  const [task, ...more] = await tasksOf(file);
  expect(more).toEqual([]);
  expect(task).toMatchObject({
    kind: 'UPDATE_CONTACT_CHANGE',
    state: 'OPEN',
    assignee: { id: writing.owner.id },
    fields: ['mobile'],
    subject: { id: contact.id },
  });
  const hours = (Date.parse(task.dueAt) - Date.now()) / 3_600_000;
  expect(hours > 23 && hours <= 24).toBe(true);
  const update = { id: contact.id, expectedVersion: 3, mobile: '13900139000', phoneFault: null };
  expect((await writing.owner.write('updateContact', update, '{ contact { id } }')).errors).toEqual([]);
  await advance();
  expect(await tasksOf(file)).toMatchObject([{ state: 'DONE' }]);
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
