import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sequence } from '../../src/core/changes/sequencer.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import '../../src/api.ts';
import { fileModels, fileTables, notedTables } from '../../src/core/model/registry.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { forgetUnfollowed, goLive } from '../../src/features/membership/materialized-segment.write.ts';
import { advanceMembership, emptyRuleCache } from '../../src/features/membership/membership.write.ts';
import { addEmployee, addFile } from '../changes/files.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let ownerId: string;
/** Noon in Shanghai. */
const noon = new Date('2026-03-31T04:00:00Z');
let remembered = emptyRuleCache();

beforeAll(async () => {
  database = await createTestDatabase();
  ownerId = await addEmployee(database.db, '跟踪');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.execute(sql`delete from segment`);
  remembered = emptyRuleCache();
});

const after = (ms: number): Date => new Date(noon.getTime() + ms);
const advance = (now: Date, by = remembered) => advanceMembership(database.db, { now }, by);
/** Takes in everything there is. */
async function settle(now: Date) {
  await sequence(database.db);
  for (let isBehind = true; isBehind; ) ({ isBehind } = await advance(now));
}
async function follow(rule: Record<string, unknown>): Promise<string> {
  const [row] = await database.db.insert(segment).values({ name: '跟踪', rule, ownerId }).returning();
  const id = row?.id as string;
  await goLive(database.db, id, { now: noon });
  await settle(noon);
  return id;
}
/** What the followers of a segment are told, in order. */
async function told(segmentId: string): Promise<string[]> {
  await sequence(database.db);
  const events = await database.client<{ type: string }[]>`
    select type from event_log where subject = 'segment_membership' and subject_id = ${segmentId}::uuid order by seq`;
  return events.map(({ type }) => type);
}
const set = (id: string, fields: Partial<typeof customer.$inferInsert>) =>
  database.db.update(customer).set(fields).where(eq(customer.id, id));
const daysMs = 86_400_000;

test('a change that no rule reads is evaluated for no segment', async () => {
  const id = await addFile(database.db, ownerId);
  await follow({ stage: { eq: 'WON' } });
  await follow({ needs: { some: { budgetMin: { gte: '1' } } } });
  await set(id, { city: '上海市' });
  await database.db.insert(contact).values({ customerId: id, name: '张三' });
  await sequence(database.db);
  expect(await advance(noon)).toEqual({ events: 2, evaluated: 0, changes: 0, isBehind: false });

  await set(id, { stage: 'WON' });
  await sequence(database.db);
  expect(await advance(noon)).toEqual({ events: 1, evaluated: 1, changes: 1, isBehind: false });
});

test('a step runs the same statements however many files changed and segments read it', async () => {
  const some = await Promise.all(Array.from({ length: 8 }, () => addFile(database.db, ownerId)));
  const first = await follow({ stage: { eq: 'WON' } });
  const count = async (ids: string[], stage: 'WON' | 'LOST') => {
    for (const id of ids) await set(id, { stage });
    await sequence(database.db);
    database.statements.length = 0;
    const { changes } = await advance(noon);
    return { statements: database.statements.length, changes };
  };
  const one = await count(some.slice(0, 1), 'WON');
  for (let i = 0; i < 5; i += 1) await follow({ stage: { in: ['WON', 'INTENT'] } });
  const many = await count(some.slice(1), 'WON');
  expect(many).toEqual({ statements: one.statements, changes: 42 });
  expect(await told(first)).toEqual(['STARTED', ...Array(8).fill('ENTERED')]);
});

test('nobody followed costs one statement', async () => {
  await addFile(database.db, ownerId);
  await sequence(database.db);
  database.statements.length = 0;
  expect(await advance(noon)).toEqual({ events: 0, evaluated: 0, changes: 0, isBehind: false });
  expect(database.statements.length).toBe(1);
});

test('two instances at once deliver each change once', async () => {
  const segmentId = await follow({ stage: { eq: 'WON' } });
  const ids = await Promise.all(Array.from({ length: 20 }, () => addFile(database.db, ownerId)));
  const instances = [emptyRuleCache(), emptyRuleCache(), emptyRuleCache()];
  for (const id of ids) {
    await set(id, { stage: 'WON' });
    await sequence(database.db);
    await Promise.all([...instances, ...instances].map((by) => advance(noon, by)));
  }
  await settle(noon);
  expect(await told(segmentId)).toEqual(['STARTED', ...Array(20).fill('ENTERED')]);
});

test('members leave at midnight of the organisation, and however long nobody looked', async () => {
  const id = await addFile(database.db, ownerId);
  await database.db
    .insert(deal)
    .values({ customerId: id, ownerId, title: '合同', closedAt: '2025-09-30T16:30:00Z' });
  // Six months before 31 March is 30 September, month ends being clamped; the deal was closed on 1 October in Shanghai.
  const segmentId = await follow({ deals: { some: { closedAt: { withinLast: 'P6M' } } } });
  await settle(new Date('2026-04-01T15:59:59Z'));
  expect(await told(segmentId)).toEqual(['STARTED']);
  await settle(new Date('2026-04-01T16:00:00Z'));
  expect(await told(segmentId)).toEqual(['STARTED', 'LEFT']);

  const born = await addFile(database.db, ownerId);
  await database.db.insert(contact).values({ customerId: born, name: '张三', birthday: '2000-02-29' });
  const birthdays = await follow({ contacts: { some: { birthday: { anniversaryWithin: 'P14D' } } } });
  await settle(new Date('2027-02-13T16:00:00Z'));
  await settle(new Date('2027-03-01T16:00:00Z'));
  expect(await told(birthdays)).toEqual(['STARTED', 'ENTERED', 'LEFT']);
});

test('the clock of an instance that is behind moves nobody back', async () => {
  const id = await addFile(database.db, ownerId);
  await database.db
    .insert(deal)
    .values({ customerId: id, ownerId, title: '合同', closedAt: after(-daysMs).toISOString() });
  const segmentId = await follow({ deals: { some: { closedAt: { withinLast: 'PT24H' } } } });
  await settle(after(60_000));
  await set(id, { stage: 'WON' });
  await database.db.update(deal).set({ title: '合同二' }).where(eq(deal.customerId, id));
  await settle(after(-60_000));
  expect(await told(segmentId)).toEqual(['STARTED', 'LEFT']);
});

test('what happened while the log was lost is found by evaluating the rule again', async () => {
  const segmentId = await follow({ stage: { eq: 'WON' } });
  const id = await addFile(database.db, ownerId);
  await set(id, { stage: 'WON' });
  await database.db.execute(sql`delete from outbox`);
  await database.db.execute(sql`update stream_head set epoch = 'another'`);
  await settle(noon);
  expect(await told(segmentId)).toEqual(['STARTED', 'ENTERED']);
});

test('at most so many segments are followed, with at most so many members', async () => {
  await addFile(database.db, ownerId);
  await addFile(database.db, ownerId);
  const add = async () => {
    const [row] = await database.db.insert(segment).values({ name: '全部', rule: {}, ownerId }).returning();
    return row?.id as string;
  };
  const clock = { now: noon };
  await expect(goLive(database.db, await add(), clock, { segments: 1, members: 1 })).rejects.toMatchObject({
    extensions: { issues: [{ path: ['segmentId'], code: 'TOO_LARGE' }] },
  });
  await goLive(database.db, await add(), clock, { segments: 1, members: 1_000 });
  await expect(
    goLive(database.db, await add(), clock, { segments: 1, members: 1_000 }),
  ).rejects.toMatchObject({ extensions: { issues: [{ path: ['segmentId'], code: 'TOO_MANY' }] } });
});

test('how many members are too many is not to be found out to the one', async () => {
  const [found] = await database.db.execute<{ members: number }>(
    sql`select count(*)::int as members from customer where archived_at is null`,
  );
  const members = found?.members ?? 0;
  const attempt = async (most: number) => {
    const [row] = await database.db.insert(segment).values({ name: '全部', rule: {}, ownerId }).returning();
    const bounds = { segments: 10_000, members: most };
    return goLive(database.db, row?.id as string, { now: noon }, bounds).then(
      () => 'followed',
      (error) => error.extensions.issues[0].code as string,
    );
  };
  const seen = new Set<string>();
  // Either comes one time in a dozen at least: 400 times without it do not happen.
  for (let i = 0; i < 400 && seen.size < 2; i += 1) seen.add(await attempt(members + 1));
  expect(seen).toEqual(new Set(['followed', 'TOO_LARGE']));
  for (let i = 0; i < 5; i += 1) expect(await attempt(2 * members)).toBe('followed');
  for (let i = 0; i < 5; i += 1) expect(await attempt(members - 1)).toBe('TOO_LARGE');
});

test('a segment that nobody followed for long is kept no longer, and starts afresh when it is followed again', async () => {
  const segmentId = await follow({ stage: { eq: 'WON' } });
  expect(await forgetUnfollowed(database.db, new Date(Date.now() - daysMs))).toBe(0);
  expect(await forgetUnfollowed(database.db, new Date(Date.now() + daysMs))).toBe(1);
  await goLive(database.db, segmentId, { now: noon });
  expect(await told(segmentId)).toEqual(['STARTED', 'STARTED']);
});

test('every instant that a rule can compare with the present is found by an index', async () => {
  const asked = fileModels().flatMap(({ tableName, attributes }) =>
    [...attributes.values()]
      .filter(({ kind, filterable }) => filterable && kind === 'instant')
      .map(({ column }) => `${tableName}.${column.name}`),
  );
  const leading = await database.client<{ column: string }[]>`
    select distinct i.indrelid::regclass || '.' || a.attname as column
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid
    where a.attname = split_part(replace(replace(pg_get_indexdef(i.indexrelid, 1, true), '"', ''), ' ', ','), ',', 1)`;
  const indexed = new Set(leading.map(({ column }) => column));
  expect(asked.filter((column) => !indexed.has(column))).toEqual([]);
});

test('every table that a rule can reach is watched', async () => {
  const watched = async (name: string) => {
    const rows = await database.client<{ table: string }[]>`
      select distinct tgrelid::regclass::text as table from pg_trigger where tgname like ${name} order by 1`;
    return rows.map(({ table }) => table);
  };
  // A right on a file is no part of it.
  expect(await watched('capture_%')).toEqual(['access_grant', ...fileTables()].sort());
  expect(await watched('note_%')).toEqual(notedTables().sort());
});
