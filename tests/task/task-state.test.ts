import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { type Colleague, openFile, startWriting, traces, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const dueAt = '2030-01-01T00:00:00.000Z';
const everything = `{ task { id state outcome dueAt overdue completedAt completedBy { id } assignee { id } snoozedUntil version
  holders { to { id } at until } } }`;
const open = async (by: Colleague, input: object = {}) => {
  const { payload, errors } = await by.write('createTask', { title: '回电', dueAt, ...input }, everything);
  expect(errors).toEqual([]);
  return payload.task as { id: string; version: number };
};
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

test('a task is completed once, with what came of it; a repeated call leaves no trace', async () => {
  const file = await openFile(writing, writing.owner);
  const { id } = await open(writing.owner, { customerId: file.id });
  const done = await writing.owner.write('completeTask', { id, outcome: '已回电' }, everything);
  expect(done.payload.task).toMatchObject({
    state: 'DONE',
    outcome: '已回电',
    completedBy: { id: writing.owner.id },
    overdue: false,
  });
  expect(done.payload.task.completedAt).not.toBeNull();
  expect(done.payload.task.holders[0].until).not.toBeNull();
  const before = await traces(writing, file.uuid);
  const again = await writing.owner.write('completeTask', { id, outcome: '别的' }, everything);
  expect(again.payload.task).toMatchObject({ outcome: '已回电', version: done.payload.task.version });
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('what is settled is neither cancelled, reassigned, snoozed nor changed', async () => {
  const { id, version } = await open(writing.owner);
  await writing.owner.write('completeTask', { id }, everything);
  const attempts = [
    await writing.owner.write('cancelTask', { id, reason: '重复' }, everything),
    await writing.owner.write('reassignTask', { id, assigneeId: writing.stranger.id }, everything),
    await writing.owner.write('snoozeTask', { id, until: inHours(1) }, everything),
    await writing.owner.write(
      'updateTask',
      { id, expectedVersion: version + 1, title: '再回电' },
      everything,
    ),
  ];
  expect(attempts.map(({ code }) => code)).toEqual(Array(4).fill('CONFLICT'));
  expect(attempts[0]?.errors[0]?.extensions.state).toBe('DONE');
});

test('a task is cancelled with a reason, by who opened it or leads, not by its assignee', async () => {
  const { id } = await open(writing.owner, { assigneeId: writing.stranger.id });
  const blank = await writing.owner.write('cancelTask', { id, reason: ' ' }, everything);
  expect(blank.issues).toEqual(['input.reason TEXT_REQUIRED']);
  expect((await writing.stranger.write('cancelTask', { id, reason: '重复' }, everything)).code).toBe(
    'FORBIDDEN',
  );
  const cancelled = await writing.owner.write('cancelTask', { id, reason: '重复' }, everything);
  expect(cancelled.payload.task).toMatchObject({ state: 'CANCELLED', outcome: '重复' });
  expect((await writing.stranger.write('completeTask', { id }, everything)).code).toBe('CONFLICT');
});

test('reassigned, a task keeps when it is due and how long each has held it, and is no longer put off', async () => {
  const { id } = await open(writing.owner);
  await writing.owner.write('snoozeTask', { id, until: inHours(2) }, everything);
  const given = await writing.owner.write(
    'reassignTask',
    { id, assigneeId: writing.stranger.id },
    everything,
  );
  const [first, second, ...others] = given.payload.task.holders;
  expect(given.payload.task).toMatchObject({
    dueAt,
    snoozedUntil: null,
    assignee: { id: writing.stranger.id },
  });
  expect(others).toEqual([]);
  expect([first.to.id, second.to.id]).toEqual([writing.owner.id, writing.stranger.id]);
  expect(first.until).toBe(second.at);
  expect(second.until).toBeNull();
});

test('who gives away a task they see in no other way gets back nothing of it', async () => {
  const { id } = await open(writing.owner, { assigneeId: writing.stranger.id });
  const given = await writing.stranger.write(
    'reassignTask',
    { id, assigneeId: writing.finance.id },
    everything,
  );
  expect([given.payload, given.errors]).toEqual([{ task: null }, []]);
  expect((await writing.stranger.write('completeTask', { id }, everything)).code).toBe('NOT_FOUND');
});

test('of two who give a task away at once, the second gets the error that it has come to somebody else', async () => {
  const { id } = await open(writing.owner);
  const expectedAssigneeId = writing.owner.id;
  const to = (assigneeId: string) =>
    writing.owner.write('reassignTask', { id, assigneeId, expectedAssigneeId }, everything);
  const outcomes = await Promise.all([to(writing.stranger.id), to(writing.finance.id)]);
  expect(outcomes.map(({ errors }) => errors[0]?.extensions.reason).sort()).toEqual([
    'ANOTHER_ASSIGNEE',
    undefined,
  ]);
});

test('only an active employee who knows customers by name is given a task', async () => {
  const { id } = await open(writing.owner);
  const analyst = writing.server.as('ANALYST').id;
  const refused = await writing.owner.write('reassignTask', { id, assigneeId: analyst }, everything);
  expect(refused.issues).toEqual(['input.assigneeId EMPLOYEE_ROLE']);
});

test('a task is put off by its assignee alone, for at most 90 days', async () => {
  const { id } = await open(writing.owner, { assigneeId: writing.stranger.id });
  const until = inHours(24);
  expect((await writing.owner.write('snoozeTask', { id, until }, everything)).code).toBe('FORBIDDEN');
  const put = await writing.stranger.write('snoozeTask', { id, until }, everything);
  expect(put.payload.task).toMatchObject({ snoozedUntil: until, dueAt });
  for (const wrong of [inHours(-1), inHours(91 * 24)]) {
    const refused = await writing.stranger.write('snoozeTask', { id, until: wrong }, everything);
    expect(refused.issues).toEqual(['input.until UNTIL_OUT_OF_BOUNDS']);
  }
  const woken = await writing.stranger.write('snoozeTask', { id }, everything);
  expect(woken.payload.task.snoozedUntil).toBeNull();
});

test('a task without a file is not changed by who read an older version, unless it is so already', async () => {
  const { id, version } = await open(writing.owner);
  const update = (title: string) =>
    writing.owner.write('updateTask', { id, expectedVersion: version, title }, everything);
  await update('再回电');
  expect((await update('又回电')).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    currentVersion: 2,
  });
  expect((await update('再回电')).payload.task.version).toBe(2);
});

test('of colleagues who complete and reassign one task of one file at once, all succeed or get an error that says why', async () => {
  const file = await openFile(writing, writing.owner);
  const { id } = await open(writing.owner, { customerId: file.id });
  const outcomes = await Promise.all([
    writing.owner.write('completeTask', { id }, everything),
    writing.manager.write('reassignTask', { id, assigneeId: writing.stranger.id }, everything),
    writing.manager.write(
      'updateCustomer',
      { id: file.id, expectedVersion: file.version, businessScope: '机械' },
      '{ customer { id } }',
    ),
  ]);
  expect(
    outcomes.map(({ code }) => code).filter((code) => code !== undefined && code !== 'CONFLICT'),
  ).toEqual([]);
  const [row] = await writing.db.execute<{ state: string }>(
    sql`select state from task where id = ${uuidOf(id)}`,
  );
  expect(row?.state).toBe('DONE');
});
