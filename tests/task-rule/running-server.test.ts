import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { foundCompany, type Owner } from '../faults/company.ts';
import { buildServer, startInstance } from '../faults/instance.ts';
import { createTestDatabase } from '../support/database.ts';
import { connectSocket } from '../support/socket.ts';
import { openFile, startWriting } from '../support/writing.ts';

interface Followed {
  type: string;
  taskId: string;
  task: { rule: string | null; title: string; overdue: boolean } | null;
}
const subscription = 'subscription { taskChanged { type taskId cursor task { rule title overdue } } }';

/** Steps of tasks as they reach somebody's socket, but of those that a month's audit opens. */
const follow = (socketUrl: string, token: string) => {
  const socket = connectSocket(socketUrl, token);
  const stream = socket.subscribe(subscription);
  const next = async (): Promise<Followed> => {
    const { data, errors } = await stream.next();
    expect(errors).toBeUndefined();
    const { task } = data.taskChanged;
    const isOther = task?.rule != null && task.rule !== 'need-change';
    return isOther ? next() : data.taskChanged;
  };
  return { next, unread: stream.unread, query: socket.query, close: socket.close };
};

test('in the running server a rule opens a task and a due time comes, and the open socket hears of both', async () => {
  const writing = await startWriting({ taskRules: true });
  const { socketUrl, as } = writing.server;
  const feed = follow(socketUrl, as('SALES').token);
  // Answered after the subscription: it stands.
  await feed.query('{ viewer { id } }');
  const file = await openFile(writing, writing.owner);
  const occurredAt = new Date(Date.now() - 1000).toISOString();
  const log = { customerId: file.id, kind: 'PHONE_CALL', summary: '电话', occurredAt, needsChanged: true };
  // Not before the rules have a place in the log: what was there before them is no news.
  await expect.poll(() => placeOf(writing.db)).not.toBe('');
  await writing.service.write('logInteraction', log, '{ interaction { id } }');
  expect(await feed.next()).toMatchObject({ type: 'OPENED', task: { rule: 'need-change', overdue: false } });
  const dueAt = new Date(Date.now() + 500).toISOString();
  const { payload } = await writing.owner.write('createTask', { title: '回电', dueAt }, '{ task { id } }');
  const { id } = payload.task;
  expect(await feed.next()).toMatchObject({ type: 'OPENED', taskId: id });
  expect(await feed.next()).toMatchObject({
    type: 'DUE',
    taskId: id,
    task: { title: '回电', overdue: true },
  });
  await feed.close();
  await writing.close();
});

const placeOf = async (db: Awaited<ReturnType<typeof startWriting>>['db']): Promise<string> => {
  const [head] = await db.execute<{ epoch: string }>(sql`select epoch from task_rule_head`);
  return head?.epoch ?? '';
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  [database] = await Promise.all([createTestDatabase(), buildServer()]);
});
afterAll(() => database.close());

test('with an instance killed in the middle of it, each task is opened once and each notice sent once', async () => {
  const { db } = database;
  const { signingKey, owners } = await foundCompany(db, { owners: 1, files: 30 });
  const owner = owners[0] as Owner;
  const environment = {
    DATABASE_URL: database.apiUrl,
    MIGRATION_DATABASE_URL: database.url,
    TOKEN_SIGNING_KEY: signingKey,
  };
  const survivor = await startInstance(environment);
  await expect.poll(() => placeOf(db), { timeout: 60_000 }).not.toBe('');
  const feed = follow(`ws://127.0.0.1:${survivor.port}/graphql`, await owner.token());
  await feed.query('{ viewer { id } }');
  for (let round = 0; round < 3; round += 1) {
    const victim = await startInstance(environment);
    // A task that comes due for each file, and a reason for one that a rule opens.
    const made = await db.execute<{ id: string }>(sql`
      insert into task (customer_id, title, assignee_id, due_at)
      select id, '回电', owner_id, now() + interval '1 second' from customer returning id`);
    await db.execute(sql`
      insert into interaction (customer_id, employee_id, kind, summary, occurred_at, needs_changed)
      select id, owner_id, 'PHONE_CALL', '电话', now(), true from customer`);
    const seen: Followed[] = [await feed.next()];
    while (!seen.some(({ type, task }) => type === 'DUE' || task?.rule === 'need-change'))
      seen.push(await feed.next());
    await victim.kill();
    while (seen.length < 3 * owner.files.length) seen.push(await feed.next());
    const steps = seen.map(({ type, taskId }) => `${type} ${taskId}`);
    expect(new Set(steps).size).toBe(steps.length);
    const due = seen.filter(({ type }) => type === 'DUE').map(({ taskId }) => taskId);
    expect(due.sort()).toEqual(made.map(({ id }) => encodeId('task', id)).sort());
    const byRule = seen.filter(({ type, task }) => type === 'OPENED' && task?.rule === 'need-change');
    expect(byRule).toHaveLength(owner.files.length);
    // The next interaction is another reason once these are settled.
    await db.execute(sql`update task set state = 'DONE' where state = 'OPEN'`);
    for (let settled = 0; settled < 2 * owner.files.length; settled += 1)
      expect((await feed.next()).type).toBe('DONE');
  }
  const unread = feed.unread() as { data: { taskChanged: Followed } }[];
  expect(unread.filter(({ data }) => data.taskChanged.task?.rule === 'need-change')).toEqual([]);
  await feed.close();
  await survivor.stop();
});
