import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Changes } from '../../src/core/changes/changes.ts';
import { encodeCursor } from '../../src/core/changes/cursor.ts';
import { readHead } from '../../src/core/changes/event-log.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addContact, addEmployee, addFile } from './files.ts';
import { startInstance, take, takeUntil } from './running.ts';

let database: TestDatabase;
let db: TestDatabase['db'];
let changes: Changes;
let owner: string;
let colleague: string;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 16 });
  db = database.db;
  owner = await addEmployee(db, 'owner');
  colleague = await addEmployee(db, 'colleague');
  changes = await startInstance(database.url);
});
afterAll(async () => {
  await changes.close();
  await database.close();
});

const rename = (id: string, name: string) => db.update(customer).set({ name }).where(eq(customer.id, id));
const failure = (code: string) => expect.objectContaining({ extensions: expect.objectContaining({ code }) });

test('a follower gets what happens from now on to the files of their audience, and nothing else', async () => {
  const mine = await addFile(db, owner);
  const theirs = await addFile(db, colleague);
  // Until all that is past is sequenced, "now" would lie before it.
  await take(await changes.follow({ audience: { customerId: theirs }, after: await startCursor() }), 1);
  const stream = await changes.follow({ audience: { employeeId: owner } });
  await rename(theirs, '西方机械有限公司');
  await rename(mine, '北方机械有限公司');
  const contactId = await addContact(db, mine);
  changes.nudge();
  expect(await take(stream, 2)).toMatchObject([
    { type: 'UPDATED', customerId: mine, version: 2, fields: ['name'] },
    { type: 'CONTACT_ADDED', customerId: mine, version: 3, subjectId: contactId },
  ]);
  await stream.return?.();
});

/** The cursor of the very beginning. */
const startCursor = async () => changes.cursorAt((await readHead(db)).epoch, 0);

test('from backfill to live under 8 writers: no gap, no duplicate, versions in order', async () => {
  const files = await Promise.all(Array.from({ length: 4 }, () => addFile(db, owner)));
  const after = await changes.currentCursor();
  const write = async (writer: number) => {
    for (let n = 0; n < 60; n += 1)
      await rename(files[(writer + n) % files.length]!, `企业${writer}-${n}有限公司`);
  };
  const writers = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
  // Followers that join at different times, each with a past to catch up with.
  const follow = async () => {
    const stream = await changes.follow({ audience: { employeeId: owner }, after });
    const finished = new Set<string>();
    const events = await takeUntil(stream, ({ customerId, version }) => {
      if (customerId && version === 121 && files.includes(customerId)) finished.add(customerId);
      return finished.size === files.length;
    });
    await stream.return?.();
    return events;
  };
  const early = follow();
  await writers;
  const late = follow();
  for (const events of [await early, await late]) {
    for (const file of files) {
      const versions = events.filter(({ customerId }) => customerId === file).map(({ version }) => version);
      const expected = Array.from({ length: 121 }, (_, index) => index + 1);
      expect(versions).toEqual(expected.slice(-versions.length));
      expect(versions.length).toBeGreaterThanOrEqual(120);
    }
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  }
});

test('who resumes after the last cursor they processed gets the next event, and none twice', async () => {
  const file = await addFile(db, owner);
  const first = await changes.follow({ audience: { customerId: file }, after: await startCursor() });
  const [created] = await take(first, 1);
  await first.return?.();
  await rename(file, '断线有限公司');
  const second = await changes.follow({ audience: { customerId: file }, after: created!.cursor });
  expect(await take(second, 1)).toMatchObject([{ type: 'UPDATED', version: 2 }]);
  await second.return?.();
});

test('a handover reaches both owners, and what follows only the new one', async () => {
  const file = await addFile(db, owner);
  const after = await changes.currentCursor();
  await db.update(customer).set({ ownerId: colleague }).where(eq(customer.id, file));
  await rename(file, '移交后有限公司');
  const marker = await addFile(db, owner, '标记有限公司');
  const ofFile = { customerId: file };
  const isHandover = { ...ofFile, type: 'OWNER_CHANGED', ownerBefore: owner, ownerAfter: colleague };
  const former = await changes.follow({ audience: { employeeId: owner }, after });
  const heard = await takeUntil(former, ({ customerId }) => customerId === marker);
  expect(heard.filter(({ customerId, type }) => customerId === file && type !== 'CREATED')).toMatchObject([
    isHandover,
  ]);
  const next = await changes.follow({ audience: { employeeId: colleague }, after });
  expect(await take(next, 2)).toMatchObject([isHandover, { ...ofFile, type: 'UPDATED' }]);
  await Promise.all([former.return?.(), next.return?.()]);
});

test('a grant and its end reach the grantee', async () => {
  const file = await addFile(db, owner);
  const stranger = await addEmployee(db, 'stranger');
  const stream = await changes.follow({ audience: { employeeId: stranger } });
  const [grant] = await db
    .insert(accessGrant)
    .values({
      customerId: file,
      granteeId: stranger,
      classes: [],
      purpose: '协助',
      expiresAt: sql`now() + interval '1 day'`,
    })
    .returning();
  await rename(file, '受托有限公司');
  await db.update(accessGrant).set({ endedAt: sql`now()` }).where(eq(accessGrant.id, grant!.id));
  expect((await take(stream, 2)).map(({ type }) => type)).toEqual(['ACCESS_GRANTED', 'ACCESS_ENDED']);
  await stream.return?.();
});

test('return() ends a stream at once, while next() is pending', async () => {
  const after = await changes.currentCursor();
  const stream = await changes.follow({ audience: { customerId: await addFile(db, colleague) }, after });
  await take(stream, 1);
  const pending = stream.next();
  expect(await stream.return?.()).toEqual({ done: true, value: undefined });
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('a signal ends a stream, also one that is aborted before it began', async () => {
  const controller = new AbortController();
  const audience = { employeeId: await addEmployee(db, 'idle') };
  const stream = await changes.follow({ audience, signal: controller.signal });
  const pending = stream.next();
  controller.abort();
  expect(await pending).toEqual({ done: true, value: undefined });
  const late = await changes.follow({ audience, signal: controller.signal });
  expect(await late.next()).toEqual({ done: true, value: undefined });
});

test('a quiet follower gets bookmarks from which it can resume', async () => {
  const quick = await startInstance(database.url, { bookmarkIntervalMs: 20 });
  const stream = await quick.follow({ audience: { employeeId: await addEmployee(db, 'quiet') } });
  const [bookmark] = await take(stream, 1);
  expect(bookmark).toMatchObject({ type: 'BOOKMARK', customerId: null });
  await stream.return?.();
  const resumed = await quick.follow({ audience: 'everyone', after: bookmark!.cursor });
  const file = await addFile(db, colleague);
  expect((await takeUntil(resumed, ({ customerId }) => customerId === file)).at(-1)).toMatchObject({
    type: 'CREATED',
  });
  await quick.close();
});

test('a cursor of another epoch, beyond the end, or altered opens nothing', async () => {
  const head = await readHead(db);
  const audience = { employeeId: owner };
  const open = (after: string) => changes.follow({ audience, after });
  await expect(open(changes.cursorAt('another', 1))).rejects.toEqual(failure('CURSOR_EXPIRED'));
  await expect(open(changes.cursorAt(head.epoch, head.seq + 1_000))).rejects.toEqual(
    failure('CURSOR_EXPIRED'),
  );
  await expect(open('no cursor')).rejects.toEqual(failure('BAD_USER_INPUT'));
  await expect(open(encodeCursor('forged', head))).rejects.toEqual(failure('BAD_USER_INPUT'));
});

test('more than 1,000 events of one transaction reach a follower as one, live and after the fact', async () => {
  const boss = await addEmployee(db, 'boss');
  const audience = { employeeId: boss };
  const after = await changes.currentCursor();
  const live = await changes.follow({ audience });
  const bulk = (files: number) =>
    db.execute(
      sql`insert into customer (name, owner_id) select '批量有限公司' || n, ${boss} from generate_series(1, ${files}::int) n`,
    );
  await bulk(3);
  await bulk(1_500);
  const marker = await addFile(db, boss, '标记有限公司');
  for (const stream of [live, await changes.follow({ audience, after })]) {
    const types = (await takeUntil(stream, ({ customerId }) => customerId === marker)).map(
      ({ type }) => type,
    );
    expect(types).toEqual(['CREATED', 'CREATED', 'CREATED', 'BULK_CHANGED', 'CREATED']);
    await stream.return?.();
  }
});
