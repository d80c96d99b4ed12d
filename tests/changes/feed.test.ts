import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Changes } from '../../src/core/changes/changes.ts';
import { readHead } from '../../src/core/changes/event-log.ts';
import { renewEpoch, trimEventLog } from '../../src/core/changes/retention.ts';
import { sequence } from '../../src/core/changes/sequencer.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, addFile, wholeLog } from './files.ts';
import { startInstance, take, takeUntil } from './running.ts';
import { startWire } from './wire.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let changes: Changes;
let owner: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  owner = await addEmployee(db, 'owner');
  changes = await startInstance(database.url);
});
afterAll(async () => {
  await changes.close();
  await database.close();
});

const rename = (id: string, name: string) => db.update(customer).set({ name }).where(eq(customer.id, id));
const expired = expect.objectContaining({ extensions: expect.objectContaining({ code: 'CURSOR_EXPIRED' }) });
const startCursor = async () => changes.cursorAt((await readHead(db)).epoch, 0);

test('a notification reaches the feed at once, and the feed is never older than its poll', async () => {
  const file = await addFile(db, owner);
  const stream = await changes.follow({ audience: { customerId: file }, after: await startCursor() });
  await take(stream, 1);
  await rename(file, '即时有限公司');
  changes.nudge();
  expect(await take(stream, 1)).toMatchObject([{ version: 2 }]);
  expect(changes.feedAgeMs()).toBeLessThan(5_000);
  await stream.return?.();
});

test.each([
  ['its listener', sql`query ilike 'listen%'`],
  ['all of its connections', sql`true`],
])('the feed goes on after the database has ended %s', async (_what, which) => {
  const file = await addFile(db, owner);
  const stream = await changes.follow({ audience: { customerId: file }, after: await startCursor() });
  await take(stream, 1);
  await db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and ${which}`);
  // The test's own pool may have lost connections, too.
  await rename(file, '重连有限公司').catch(() => rename(file, '重连有限公司'));
  expect(await take(stream, 1)).toMatchObject([{ version: 2 }]);
  await stream.return?.();
});

test('the feed goes on when the network swallows its connections without a word', async () => {
  const wire = await startWire(database.url);
  const behindWire = await startInstance(wire.url);
  const file = await addFile(db, owner);
  const stream = await behindWire.follow({ audience: { customerId: file }, after: await startCursor() });
  await take(stream, 1);
  wire.swallowOpenConnections();
  await rename(file, '黑洞有限公司');
  expect(await take(stream, 1)).toMatchObject([{ version: 2 }]);
  await behindWire.close();
  await wire.close();
});

test('two instances deliver the same events in the same order', async () => {
  const other = await startInstance(database.url);
  const file = await addFile(db, owner);
  const after = await startCursor();
  const streams = await Promise.all(
    [changes, other].map((instance) => instance.follow({ audience: 'everyone', after })),
  );
  await Promise.all(Array.from({ length: 10 }, (_, n) => rename(file, `并行${n}有限公司`)));
  const [here, there] = await Promise.all(
    streams.map((stream) =>
      takeUntil(stream, ({ customerId, version }) => customerId === file && version === 11),
    ),
  );
  expect(here!.map(({ cursor }) => cursor)).toEqual(there!.map(({ cursor }) => cursor));
  await other.close();
});

test('a follower who stops reading loses nothing when memory has moved on without them', async () => {
  const file = await addFile(db, owner);
  const stream = await changes.follow({ audience: { customerId: file }, after: await startCursor() });
  await take(stream, 1);
  // More than the feed keeps in memory, each in a transaction of its own.
  await database.client.unsafe(`do $$ begin
    for n in 1..9000 loop update customer set industry = n::text where id = '${file}'; commit; end loop; end $$`);
  while ((await sequence(db)) > 0);
  const versions = (await take(stream, 9_000)).map(({ version }) => version);
  expect(versions).toEqual(Array.from({ length: 9_000 }, (_, index) => index + 2));
  await stream.return?.();
});

test('what is trimmed expires the cursors before it, and no others', async () => {
  const file = await addFile(db, owner);
  while ((await sequence(db)) > 0);
  const old = await changes.currentCursor();
  await rename(file, '旧有限公司');
  while ((await sequence(db)) > 0);
  const kept = await changes.currentCursor();
  await db.execute(sql`update event_log set occurred_at = now() - interval '80 hours'`);
  await rename(file, '新有限公司');
  while ((await sequence(db)) > 0);
  const before = (await readHead(db)).seq;
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  expect(await trimEventLog(db, anHourAgo)).toBe(before - 1);
  expect(await trimEventLog(db, anHourAgo)).toBe(0);
  expect((await wholeLog(db)).map(({ seq }) => seq)).toEqual([before]);
  const audience = { customerId: file };
  await expect(changes.follow({ audience, after: old })).rejects.toEqual(expired);
  const stream = await changes.follow({ audience, after: kept });
  expect(await take(stream, 1)).toMatchObject([{ seq: before, version: 3 }]);
  await stream.return?.();
});

test('after a restore every stream ends as expired and new ones begin', async () => {
  const cursor = await changes.currentCursor();
  const stream = await changes.follow({ audience: { employeeId: owner } });
  // Taken before: the stream may have ended by the time the database has answered.
  const ended = expect(take(stream, 1_000)).rejects.toEqual(expired);
  await renewEpoch(db);
  await ended;
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await expect(changes.follow({ audience: 'everyone', after: cursor })).rejects.toEqual(expired);
  const file = await addFile(db, owner);
  const anew = await changes.follow({ audience: { customerId: file }, after: await changes.currentCursor() });
  await rename(file, '新纪元有限公司');
  expect(await takeUntil(anew, ({ version }) => version === 2)).not.toHaveLength(0);
  await anew.return?.();
});

test('closing ends every stream', async () => {
  const instance = await startInstance(database.url);
  const stream = await instance.follow({ audience: { employeeId: await addEmployee(db, 'last') } });
  const pending = stream.next();
  await instance.close();
  expect(await pending).toEqual({ done: true, value: undefined });
});

test('a change of role, a lock-out and a sign-out are announced to every instance', async () => {
  const id = await addEmployee(db, 'changing');
  const heard: string[] = [];
  let done: () => void = () => {};
  const allHeard = new Promise<void>((resolve) => {
    done = resolve;
  });
  const listening = await database.client.listen('access_changed', (employeeId) => {
    heard.push(employeeId);
    if (heard.length === 3) done();
  });
  await db.execute(sql`update employee set name = name || '!' where id = ${id}`);
  await db.execute(sql`update employee set role = 'FINANCE' where id = ${id}`);
  await db.execute(sql`update employee set disabled_at = now() where id = ${id}`);
  await db.execute(
    sql`insert into session (employee_id, expires_at) values (${id}, now() + interval '1 day')`,
  );
  await db.execute(sql`update session set ended_at = now(), end_reason = 'LOGOUT' where employee_id = ${id}`);
  await allHeard;
  expect(heard).toEqual([id, id, id]);
  await listening.unlisten();
});
