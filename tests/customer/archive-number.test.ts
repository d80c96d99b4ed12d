import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../src/core/access/write-policy.ts';
import { uuids } from '../../src/core/database/rows.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { dateIn } from '../../src/core/time/zone.ts';
import { registerFile } from '../../src/domains/customer/registration.write.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { type Colleague, fileNow, openFile, startWriting, traces, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
afterEach(async () => {
  await writing.db.delete(directoryLookup);
  await decide(null);
});

const year = Number(dateIn('Asia/Shanghai', new Date()).slice(0, 4));

/** What the organisation decides; null for the default. */
async function decide(archiveCategories: object[] | null) {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  const input = { expectedVersion: data.settings.version, archiveCategories };
  const { issues, errors } = await writing.admin.write(
    'updateSettings',
    input,
    '{ settings { archiveCategories { code name pattern } } }',
  );
  return issues.length > 0 ? issues : errors;
}
const residential = { code: '住宅', name: '住宅', pattern: '{category}-{seq:4}' };
const business = { code: 'sy', name: '商业', pattern: '{year}/{category}/{seq:1}' };

/** Files that have come so far, past the steps. */
async function bring(fileIds: readonly string[], state: string) {
  await writing.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update customer set verification_state = ${state} where id = any(${uuids(fileIds)})`,
    );
  });
}
async function verified(values: object = {}, owner: Colleague = writing.owner) {
  const file = await openFile(writing, owner, values);
  await bring([file.uuid], 'VERIFIED');
  return file;
}
const selection = '{ customer { archiveNumber archiveCategory version } }';
async function register(who: Colleague, { id, uuid }: { id: string; uuid: string }, values: object = {}) {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return who.write('registerFile', { id, expectedVersion, ...values }, selection);
}
const numberOf = async (...given: Parameters<typeof register>) =>
  (await register(...given)).payload?.customer.archiveNumber;
const countOf = async (category: string, ofYear: number) => {
  const [row] = await writing.db.execute<{ last: number }>(
    sql`select last from archive_counter where category = ${category} and year = ${ofYear}`,
  );
  return row?.last ?? 0;
};
/** The running number that a category gives next. */
const nextOf = async (category = 'KH', ofYear = year) => (await countOf(category, ofYear)) + 1;
const kh = (place: number) => `KH-${year}-${String(place).padStart(5, '0')}`;

test('a verified file is given the next number of its category, in history, events and search, and keeps it', async () => {
  const place = await nextOf();
  const file = await verified();
  await writing.db.execute(sql`select sequence_events(10000)`);
  const beginning = await writing.server
    .as('MANAGER')
    .query('{ customerFileEvents { pageInfo { endCursor } } }');
  const { endCursor } = beginning.data.customerFileEvents.pageInfo;
  const { payload } = await register(writing.owner, file);
  expect(payload.customer).toMatchObject({ archiveNumber: kh(place), archiveCategory: 'KH' });
  const before = await traces(writing, file.uuid);
  const stale = { id: file.id, expectedVersion: file.version };
  expect((await writing.owner.write('registerFile', stale, selection)).payload.customer).toEqual(
    payload.customer,
  );
  expect(await traces(writing, file.uuid)).toBe(before);
  expect(await numberOf(writing.owner, await verified())).toBe(kh(place + 1));

  await writing.db.execute(sql`select sequence_events(10000)`);
  const { data } = await writing.server.as('MANAGER').query(`{
    customer(id: "${file.id}") { history(field: "archiveNumber") { nodes { oldValue newValue actor { id } } } }
    exact: customers(filter: { archiveNumber: { eq: "${kh(place).toLowerCase()}" } }) { nodes { id } }
    begun: customers(filter: { archiveNumber: { startsWith: "kh-" }, id: { eq: "${file.id}" } }) { totalCount }
    searched: customers(search: "${kh(place).toLowerCase()}") { nodes { id } }
    customerFileEvents(customerId: "${file.id}", after: "${endCursor}", first: 10) { nodes { type changes { field newValue } } } }`);
  expect(data.customer.history.nodes[0]).toEqual({
    oldValue: null,
    newValue: kh(place),
    actor: { id: writing.owner.id },
  });
  expect([data.exact.nodes, data.searched.nodes]).toEqual([[{ id: file.id }], [{ id: file.id }]]);
  expect(data.begun.totalCount).toBe(1);
  expect(data.customerFileEvents.nodes[0].changes).toEqual(
    expect.arrayContaining([{ field: 'archiveNumber', newValue: kh(place) }]),
  );
  const reverted = { id: file.id, expectedVersion: payload.customer.version, field: 'archiveNumber' };
  const to = new Date(Date.now() - 1).toISOString();
  expect((await writing.manager.write('revertCustomerField', { ...reverted, to }, selection)).issues).toEqual(
    ['input.field UNKNOWN_FIELD'],
  );
});

test('a file that is not verified, archived or not the viewer’s is given none, and none is used up', async () => {
  const place = await nextOf();
  for (const state of ['DRAFT', 'SUBMITTED', 'REJECTED', 'DISPUTED']) {
    const file = await openFile(writing, writing.owner);
    await bring([file.uuid], state);
    const { errors } = await register(writing.owner, file);
    expect(errors[0]?.extensions, state).toMatchObject({ code: 'CONFLICT', reason: 'NOT_VERIFIED' });
  }
  const file = await verified();
  expect((await register(writing.stranger, file)).code).toBe('NOT_FOUND');
  expect((await register(writing.finance, file)).code).toBe('FORBIDDEN');
  const old = { id: file.id, expectedVersion: file.version };
  await writing.owner.write('updateCustomer', { ...old, notes: '有变化' }, '{ customer { version } }');
  expect((await writing.owner.write('registerFile', old, selection)).code).toBe('CONFLICT');
  const archived = await verified({ archivedAt: new Date().toISOString() });
  expect((await register(writing.owner, archived)).code).toBe('CONFLICT');
  expect(await nextOf()).toBe(place);
  const confirmed = await openFile(writing, writing.owner);
  await bring([confirmed.uuid], 'CONFIRMED');
  expect(await numberOf(writing.owner, confirmed)).toBe(kh(place));
});

test('categories have patterns of their own and count for themselves; of several one is named', async () => {
  expect(await decide([residential, business])).toEqual([]);
  expect((await register(writing.owner, await verified())).issues).toEqual(['input.category VALUE_REQUIRED']);
  expect((await register(writing.owner, await verified(), { category: 'KH' })).issues).toEqual([
    'input.category CATEGORY_UNKNOWN',
  ]);
  const numbers = async (category: string) => [
    await numberOf(writing.owner, await verified(), { category }),
    await numberOf(writing.owner, await verified(), { category }),
  ];
  expect(await numbers('住宅')).toEqual(['住宅-0001', '住宅-0002']);
  expect(await numbers('ｓｙ')).toEqual([`${year}/SY/1`, `${year}/SY/2`]);
  const { errors } = await register(writing.owner, await taken('住宅'), { category: 'SY' });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_REGISTERED' });
  expect(await nextOf('住宅', 0)).toBe(4);
});

/** A file that has its number. */
async function taken(category?: string) {
  const file = await verified();
  await register(writing.owner, file, { category });
  return file;
}

test('a scheme in which numbers could look alike, or that makes none, is refused row by row', async () => {
  const patterns = [
    ...[
      '{year}-{seq:5}',
      '{category}-{year}',
      '{category}{seq:5}',
      '{category}-{seq:5}{year}',
      '{category}-1{seq:2}',
    ],
    ...[
      '{category}-{seq:9}',
      '{category}-{seq:3}-{seq:3}',
      '{category}-{month}-{seq:3}',
      '{category} ? {seq:3}',
      '',
    ],
  ];
  const rows = patterns.map((pattern, i) => ({ code: `A${i}`, name: '类', pattern }));
  expect(await decide(rows)).toEqual(
    rows.map((_, i) => `input.archiveCategories.${i}.pattern ARCHIVE_PATTERN_FORMAT`),
  );
  expect(await decide([residential, { ...residential, name: ' ' }, { ...residential, code: 'A-1' }])).toEqual(
    [
      'input.archiveCategories.1.name TEXT_REQUIRED',
      'input.archiveCategories.2.code CATEGORY_CODE_FORMAT',
      'input.archiveCategories.1.code CATEGORY_REPEATED',
    ],
  );
  expect(await decide([])).toEqual(['input.archiveCategories LIST_LENGTH']);
});

test('a number that a file has on paper is kept; the counter passes over it, and another file cannot have it', async () => {
  const place = await nextOf();
  const own = { archiveNumber: ` kh－${year}-${String(place).padStart(5, '0')}` };
  const file = await verified();
  const { payload } = await register(writing.owner, file, own);
  expect(payload.customer.archiveNumber).toBe(kh(place));
  expect(await nextOf()).toBe(place);
  expect(await numberOf(writing.owner, await verified())).toBe(kh(place + 1));

  const mine = await register(writing.owner, await verified(), own);
  expect(mine.errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    field: 'archiveNumber',
    value: kh(place),
    customerId: file.id,
  });
  const theirs = await register(writing.stranger, await verified({}, writing.stranger), own);
  expect(theirs.errors[0]?.extensions).toMatchObject({
    field: 'archiveNumber',
    card: { customerId: file.id, ownerName: 'SALES' },
  });
  expect((await writing.db.select().from(directoryLookup)).length).toBeGreaterThan(0);
  const other = await register(writing.owner, file, { archiveNumber: 'X-1' });
  expect(other.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_REGISTERED' });
  for (const archiveNumber of ['档案', '-1', 'A?1', `A${'1'.repeat(60)}`])
    expect((await register(writing.owner, await verified(), { archiveNumber })).issues).toEqual([
      'input.archiveNumber ARCHIVE_NUMBER_FORMAT',
    ]);
});

test('no writer changes a number, or what it is ordered by', async () => {
  const file = await taken();
  const { db } = writing;
  const kept = sql`select archive_number, archive_key from customer where id = ${file.uuid}`;
  const [before] = await db.execute(kept);
  for (const value of [sql`null`, sql`'KH-1'`])
    await expect(
      db.execute(sql`update customer set archive_number = ${value} where id = ${file.uuid}`),
    ).rejects.toThrow();
  await db.execute(sql`update customer set archive_key = 'a' where id = ${file.uuid}`);
  expect(await db.execute(kept)).toEqual([before]);
});

test('files are ordered part by part, figures as figures: category, building, floor, room', async () => {
  const ordered = [
    '商业-1-2-301',
    '商业-2-1-101',
    '商业-10-1-101',
    '住宅-2-1-2',
    '住宅-2-1-102',
    '住宅-2-10-101',
  ];
  const files = await Promise.all(
    ordered.map((archiveNumber) => openFile(writing, writing.owner, { archiveNumber })),
  );
  const ids = files.map(({ id }) => `"${id}"`).join(', ');
  const list = async (direction: string) => {
    const { data } = await writing.server
      .as('SALES')
      .query(
        `{ customers(filter: { id: { in: [${ids}] } }, orderBy: [{ field: ARCHIVE_NUMBER, direction: ${direction} }]) { nodes { archiveNumber } } }`,
      );
    return data.customers.nodes.map((node: { archiveNumber: string }) => node.archiveNumber);
  };
  const byWord = [...ordered.slice(3), ...ordered.slice(0, 3)];
  expect(await list('ASC')).toEqual(byWord);
  expect(await list('DESC')).toEqual([...byWord].reverse());
});

/** A transaction that ends after the file was given its number. */
const abandoned = (uuid: string) =>
  writing.db.transaction(async (tx) => {
    await tx.execute(
      sql`select give_archive_number(${uuid}::uuid, 'KH', ${year}::integer, '', ${`KH-${year}-`}, 5, '')`,
    );
    throw new Error('rolled back');
  });

test('a thousand files put away at once have a thousand numbers, none twice and none left out', async () => {
  const first = await nextOf();
  const { uuid: owner } = writing.server.as('SALES');
  const rows = await writing.db.execute<{ id: string; version: number }>(sql`
    insert into customer (name, owner_id) select '上海第' || n || '船舶有限公司', ${owner}::uuid from generate_series(1, 1000) n
    returning id, version`);
  const fileIds = rows.map(({ id }) => id);
  await bring(fileIds, 'VERIFIED');
  const { uuid } = writing.server.as('ADMIN');
  const actor: Actor = {
    viewer: {
      ...{ id: uuid, name: 'ADMIN', email: '', role: 'ADMIN', teamId: null },
      ...{ leads: [], groups: [], sessionId: '' },
    },
    now: new Date(),
    requestId: 'archive-number',
    settings: initialSettings,
    timeZone: initialSettings.timeZone,
    currency: initialSettings.currency,
  };
  await Promise.all(
    rows.map(async ({ id, version }, i) => {
      // Every tenth fails once with its number in hand, and has to leave no gap.
      if (i % 10 === 9) await expect(abandoned(id)).rejects.toThrow('rolled back');
      return registerFile(writing.db, actor, { id: encodeId('cus', id), expectedVersion: version });
    }),
  );
  const numbers = await writing.db.execute<{ number: string }>(
    sql`select archive_number as number from customer where id = any(${uuids(fileIds)}) order by archive_key`,
  );
  expect(numbers.map(({ number }) => number)).toEqual(rows.map((_, i) => kh(first + i)));
}, 120_000);

test('a filing that fails at its commit gives its number back', async () => {
  const place = await nextOf();
  const { uuid } = await verified();
  await expect(abandoned(uuid)).rejects.toThrow('rolled back');
  expect(await numberOf(writing.owner, await verified())).toBe(kh(place));
});
