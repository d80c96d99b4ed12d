import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { advanceTaskRules, tickTaskRules } from '../../src/features/task-rule/task-rule.write.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import { addContact, type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
const settings = initialSettings;
beforeAll(async () => {
  writing = await startWriting();
  await workAroundTheClock(writing.db);
  await advance();
});
afterAll(() => writing.close());

/** Evaluates the rules for everything that was written. */
const advance = async (now = new Date()) => {
  await writing.db.execute(sql`select sequence_events(1000000)`);
  while ((await advanceTaskRules(writing.db, { now, settings })).isBehind);
};
const tick = (now = new Date()) => tickTaskRules(writing.db, { now, settings });
const later = (days: number) => new Date(Date.now() + days * 86_400_000);

interface Found {
  kind: string;
  rule: string | null;
  state: string;
  outcome: string | null;
  dueAt: string | null;
  assignee: { id: string };
  openedBy: { id: string } | null;
  fields: string[] | null;
  reported: string | null;
  subject: { id: string } | null;
}
const tasksOf = async (file: { id: string }, rule: string): Promise<Found[]> => {
  const { data, errors } = await writing.server.as('SALES').query(
    `query ($id: ID!) { customer(id: $id) { tasks(first: 50, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
      nodes { kind rule state outcome dueAt assignee { id } openedBy { id } fields reported subject { id } } } } }`,
    { id: file.id },
  );
  expect(errors).toBeUndefined();
  return data.customer.tasks.nodes.filter((task: Found) => task.rule === rule);
};
const log = async (by: Colleague, file: { id: string }, input: object) => {
  const occurredAt = new Date(Date.now() - 1000).toISOString();
  const { payload, errors } = await by.write(
    'logInteraction',
    { customerId: file.id, kind: 'PHONE_CALL', summary: '电话', occurredAt, ...input },
    '{ interaction { id } }',
  );
  expect(errors).toEqual([]);
  return payload.interaction.id as string;
};
const report = (by: Colleague, input: object) => by.write('reportChange', input, '{ task { id } }');

test('a change that service reports opens one task for the owner, due within a day, and closes when the field is written', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { mobile: '+8613800138000' });
  const input = { customerId: file.id, contactId: contact.id, field: 'mobile', what: '手机已换号' };
  const first = await report(writing.service, input);
  expect(first.errors).toEqual([]);
  // Sent again, and with more to say, it is the same task.
  await report(writing.service, input);
  const second = await report(writing.marketing, { ...input, field: 'title', what: '已升任总监' });
  expect(second.payload.task.id).toBe(first.payload.task.id);
  const [task, ...others] = await tasksOf(file, 'contact-change');
  expect(others).toEqual([]);
  expect(task).toMatchObject({
    kind: 'UPDATE_CONTACT_CHANGE',
    state: 'OPEN',
    assignee: { id: writing.owner.id },
    openedBy: { id: writing.service.id },
    fields: ['mobile', 'title'],
    reported: '手机已换号\n已升任总监',
    subject: { id: contact.id },
  });
  const hoursLeft = (Date.parse(task?.dueAt as string) - Date.now()) / 3_600_000;
  expect(hoursLeft).toBeGreaterThan(23);
  expect(hoursLeft).toBeLessThanOrEqual(24);
  await advance();
  expect((await tasksOf(file, 'contact-change'))[0]?.state).toBe('OPEN');
  await writing.owner.write(
    'updateContact',
    { id: contact.id, expectedVersion: 1, mobile: '13900139000' },
    '{ contact { id } }',
  );
  await advance();
  expect(await tasksOf(file, 'contact-change')).toMatchObject([
    { state: 'DONE', outcome: '上报的字段已更新。' },
  ]);
});

test('nothing is reported on an archived file, where nobody could enter it', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.owner.write('archiveCustomer', { id: file.id, expectedVersion: 1 }, '{ customer { id } }');
  const { errors } = await report(writing.service, { customerId: file.id, field: 'address', what: '搬迁' });
  expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT', archived: true } }]);
  expect(await tasksOf(file, 'contact-change')).toEqual([]);
});

test('whoever may not read what was reported cannot find it out by sending the same, and no report is lost', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { customerId: file.id, field: 'address', what: '新址：苏州街1号' };
  const version = async (by: Colleague, what: string) =>
    (await by.write('reportChange', { ...input, what }, '{ task { version } }')).payload.task.version;
  const first = await version(writing.service, input.what);
  // A part of it, all of it, and something else look alike; the same from the same employee is a report sent again.
  expect(await version(writing.marketing, '苏州街')).toBe(first + 1);
  expect(await version(writing.marketing, input.what)).toBe(first + 2);
  expect(await version(writing.marketing, '搬迁')).toBe(first + 3);
  expect(await version(writing.marketing, '搬迁')).toBe(first + 3);
  expect(await version(writing.service, input.what)).toBe(first + 3);
  const long = (i: number) => version(writing.service, `${i}`.repeat(1000));
  for (let i = 0; i < 5; i++) await long(i);
  const [task] = await tasksOf(file, 'contact-change');
  expect(task?.reported?.split('\n').map((one) => one.length)).toEqual([8, 3, 8, 2, ...Array(5).fill(1000)]);
});

test('a task takes no more reports than somebody can read', async () => {
  const file = await openFile(writing, writing.owner);
  const send = (i: number) =>
    report(writing.service, { customerId: file.id, field: 'address', what: `${i}`.padEnd(1000, '长') });
  for (let i = 0; i < 19; i++) expect((await send(i)).errors).toEqual([]);
  expect((await send(19)).issues).toEqual(['input.what REPORTS_TOO_LONG']);
});

test('a report is refused with every violation: of an unknown field, of class credit, of another’s contact', async () => {
  const [file, other] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  const contact = await addContact(writing, other.uuid);
  const refused = await report(writing.service, { customerId: file.id, field: 'creditLimit', what: ' ' });
  expect(refused.issues).toEqual(['input.what TEXT_REQUIRED', 'input.field UNKNOWN_FIELD']);
  const foreign = await report(writing.service, {
    customerId: file.id,
    contactId: contact.id,
    field: 'mobile',
    what: '换号',
  });
  expect(foreign.issues).toEqual(['input.contactId CONTACT_NOT_OF_CUSTOMER']);
  expect((await report(writing.stranger, { customerId: file.id, field: 'address', what: '搬迁' })).code).toBe(
    'NOT_FOUND',
  );
});

test('needs that have changed are to be recorded within an hour, which a need that is written settles', async () => {
  const file = await openFile(writing, writing.owner);
  const interaction = await log(writing.service, file, { needsChanged: true });
  await advance();
  const [task] = await tasksOf(file, 'need-change');
  expect(task).toMatchObject({
    kind: 'RECORD_NEED_CHANGE',
    state: 'OPEN',
    assignee: { id: writing.owner.id },
    openedBy: null,
    subject: { id: interaction },
  });
  expect((Date.parse(task?.dueAt as string) - Date.now()) / 60_000).toBeLessThanOrEqual(60);
  await writing.owner.write('createNeed', { customerId: file.id, item: '设备' }, '{ need { id } }');
  await advance();
  expect(await tasksOf(file, 'need-change')).toMatchObject([{ state: 'DONE' }]);
});

test('a next step that was agreed is due when it was agreed, and is settled by the next contact', async () => {
  const file = await openFile(writing, writing.owner);
  const nextStepAt = later(3).toISOString();
  await log(writing.owner, file, { nextStep: '送样', nextStepAt, occurredAt: later(-1).toISOString() });
  await advance();
  expect(await tasksOf(file, 'next-step')).toMatchObject([
    { kind: 'FOLLOW_UP', state: 'OPEN', dueAt: nextStepAt },
  ]);
  await log(writing.owner, file, {});
  await advance();
  expect(await tasksOf(file, 'next-step')).toMatchObject([{ state: 'DONE' }]);
});

test('a lost customer is called on once each time, and what a person has settled is not opened again', async () => {
  const file = await openFile(writing, writing.owner, { stage: 'INTENT' });
  const move = async (stage: string) => {
    await writing.db.execute(sql`update customer set stage = ${stage} where id = ${file.uuid}`);
    await advance();
  };
  await move('LOST');
  expect(await tasksOf(file, 'call-back')).toMatchObject([{ kind: 'CALL_BACK', state: 'OPEN' }]);
  const { data } = await writing.server
    .as('SALES')
    .query('query ($id: ID!) { customer(id: $id) { tasks(first: 1) { nodes { id } } } }', { id: file.id });
  await writing.owner.write('completeTask', { id: data.customer.tasks.nodes[0].id }, '{ task { id } }');
  await writing.db.execute(sql`update customer set business_scope = '机械' where id = ${file.uuid}`);
  await advance();
  expect(await tasksOf(file, 'call-back')).toMatchObject([{ state: 'DONE' }]);
  await move('INTENT');
  await move('LOST');
  expect(await tasksOf(file, 'call-back')).toMatchObject([{ state: 'DONE' }, { state: 'OPEN' }]);
  await move('INTENT');
  expect((await tasksOf(file, 'call-back')).map(({ state }) => state)).toEqual(['DONE', 'DONE']);
});

test('a changed legal representative is to be verified', async () => {
  const file = await openFile(writing, writing.owner, { legalRepresentative: '张三' });
  await writing.db.execute(sql`update customer set legal_representative = '李四' where id = ${file.uuid}`);
  await advance();
  expect(await tasksOf(file, 'verify-change')).toMatchObject([
    { kind: 'VERIFY', state: 'OPEN', fields: ['legalRepresentative'] },
  ]);
});

test('a customer without contact for long is followed up, at most five of one owner a day', async () => {
  const quiet = await Promise.all(
    Array.from({ length: 7 }, () => openFile(writing, writing.stranger, { stage: 'INTENT' })),
  );
  const opened = async () => {
    const [row] = await writing.db.execute<{ count: number }>(sql`
      select count(*)::int as count from task where rule = 'no-contact' and assignee_id = ${uuidOf(writing.stranger.id)}`);
    return row?.count;
  };
  await tick(later(13));
  expect(await opened()).toBe(0);
  await tick(later(15));
  await tick(later(15));
  expect(await opened()).toBe(5);
  await tick(later(16.5));
  expect(await opened()).toBe(7);
  await writing.db.execute(sql`
    insert into interaction (customer_id, employee_id, kind, occurred_at, summary)
    values (${quiet[0]?.uuid}, ${uuidOf(writing.stranger.id)}, 'VISIT', now(), '拜访')`);
  await advance();
  const [row] = await writing.db.execute<{ state: string; outcome: string }>(
    sql`select state, outcome from task where rule = 'no-contact' and customer_id = ${quiet[0]?.uuid}`,
  );
  expect(row).toEqual({ state: 'DONE', outcome: '已再次联系。' });
});

test('what rules write is in the language of the organisation', async () => {
  const file = await openFile(writing, writing.owner);
  await log(writing.owner, file, { needsChanged: true });
  await advance();
  await log(writing.owner, file, { nextStep: '回访', nextStepAt: later(1).toISOString() });
  await writing.db.execute(sql`select sequence_events(1000000)`);
  await advanceTaskRules(writing.db, { now: new Date(), settings: { ...settings, language: 'EN' } });
  const titles = await writing.db.execute<{ title: string }>(
    sql`select title from task where customer_id = ${file.uuid} order by created_at, id`,
  );
  expect(titles.map(({ title }) => title)).toEqual(['登记需求变更', 'Take the next step that was agreed']);
});

test('evaluated by two instances at once, and again from an earlier place, a reason opens one task', async () => {
  const files = await Promise.all(Array.from({ length: 20 }, () => openFile(writing, writing.owner)));
  await Promise.all(files.map((file) => log(writing.owner, file, { needsChanged: true })));
  await writing.db.execute(sql`select sequence_events(1000000)`);
  const clock = { now: new Date(), settings };
  const run = async () => {
    while ((await advanceTaskRules(writing.db, clock)).isBehind);
  };
  await Promise.all([run(), run(), run()]);
  await writing.db.execute(sql`update task_rule_head set seq = greatest(seq - 50, 0)`);
  await Promise.all([run(), run()]);
  await run();
  const rows = await writing.db.execute<{ count: number }>(sql`
    select count(*)::int as count from task where rule = 'need-change'
    and customer_id = any(${`{${files.map(({ uuid }) => uuid).join()}}`}::uuid[]) group by customer_id`);
  expect(rows.map(({ count }) => count)).toEqual(Array(20).fill(1));
});

test('what a rule writes has no actor, and is from the system', async () => {
  const file = await openFile(writing, writing.owner);
  await log(writing.owner, file, { needsChanged: true });
  await advance();
  const { data } = await writing.server
    .as('SALES')
    .query(
      'query ($id: ID!) { customer(id: $id) { history(first: 100, field: "rule") { nodes { newValue actor { id } source } } } }',
      { id: file.id },
    );
  expect(data.customer.history.nodes).toEqual([{ newValue: 'need-change', actor: null, source: 'SYSTEM' }]);
});
