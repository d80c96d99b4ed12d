import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Premises } from '../../src/core/validation/premises.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { type Colleague, fileNow, openFile, startWriting, traces, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
afterEach(() => writing.db.delete(directoryLookup));

const parts = 'premises { category building unit floor room }';
const selection = `{ customer { id version ${parts} } }`;
const home: Premises = { category: 'RESIDENTIAL', building: '3', unit: '2', floor: '5', room: '501' };
let buildings = 100;
/** A unit in a building of its own. */
const freeHome = (): Premises => ({ ...home, building: String(++buildings) });
const update = async (who: Colleague, { id, uuid }: { id: string; uuid: string }, values: object) => {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return who.write('updateCustomer', { id, expectedVersion, ...values }, selection);
};
const found = async (args: string, who: 'MANAGER' | 'MARKETING' = 'MANAGER') => {
  const { data, errors } = await writing.server.as(who).query(`{ customers(${args}) { nodes { id } } }`);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.customers.nodes.map(({ id }: { id: string }) => id);
};

test('premises are entered with a file, written whole, cleared by null, in its history and as of then', async () => {
  const written = { category: 'RESIDENTIAL', building: '３号楼', unit: '二单元', room: '0501室' };
  const { payload } = await writing.owner.write(
    'createCustomer',
    { name: '王小明', kind: 'PERSON', premises: written },
    selection,
  );
  const { id, premises, version } = payload.customer;
  expect(premises).toEqual(home);
  const again = { id, expectedVersion: version, premises: { ...home, floor: '5楼' } };
  expect((await writing.owner.write('updateCustomer', again, selection)).payload.customer.version).toBe(
    version,
  );
  const shop = { category: 'COMMERCIAL', building: '3' };
  const changed = await writing.owner.write('updateCustomer', { ...again, premises: shop }, selection);
  expect(changed.payload.customer.premises).toEqual({ ...shop, unit: null, floor: null, room: null });
  await writing.db.execute(sql`select sequence_events(10000)`);
  const before = new Date().toISOString();
  const cleared = await writing.owner.write(
    'updateCustomer',
    { id, expectedVersion: changed.payload.customer.version, premises: null },
    selection,
  );
  expect(cleared.payload.customer.premises).toBeNull();
  await writing.db.execute(sql`select sequence_events(10000)`);
  const { data } = await writing.server.as('MANAGER').query(`{
    customer(id: "${id}") { history(field: "premises") { nodes { oldValue newValue } } }
    then: customer(id: "${id}", asOf: "${before}") { ${parts} } }`);
  expect(data.customer.history.nodes.map(({ newValue }: { newValue: unknown }) => newValue)).toEqual([
    null,
    shop,
    home,
  ]);
  expect(data.then.premises).toEqual(changed.payload.customer.premises);
});

test('they are of class contact: who may not read or write it neither sees, sets, finds nor orders by them', async () => {
  const premises = freeHome();
  const file = await openFile(writing, writing.owner, { premises });
  const { data, errors } = await writing.server
    .as('MARKETING')
    .query(`{ customer(id: "${file.id}") { ${parts} } }`);
  expect([data.customer.premises, errors?.[0]?.extensions.code]).toEqual([null, 'FORBIDDEN']);
  const room = `${premises.building}-2-501`;
  expect([await found(`search: "${room}"`), await found(`search: "${room}"`, 'MARKETING')]).toEqual([
    [file.id],
    [],
  ]);
  for (const args of ['filter: { premises: { isNull: false } }', 'orderBy: [{ field: PREMISES }]'])
    await expect(found(args, 'MARKETING')).rejects.toThrow('FORBIDDEN');
  expect((await update(writing.finance, file, { premises: null })).refused).toEqual(['premises']);
  expect((await update(writing.stranger, file, { premises: null })).code).toBe('NOT_FOUND');
});

test('they are filtered part by part, each read as a write of it is', async () => {
  const premises = freeHome();
  const { id } = await openFile(writing, writing.owner, { premises });
  const { building } = premises;
  const conditions = [
    `building: { eq: "${building}栋" }`,
    `building: { in: ["${building}号楼"] }, room: { eq: "５０１室" }`,
    `building: { eq: "${building}" }, category: { eq: RESIDENTIAL }, unit: { ne: "3" }`,
    `building: { eq: "${building}" }, floor: { startsWith: "五层" }, isNull: false`,
  ];
  for (const condition of conditions)
    expect(await found(`filter: { premises: { ${condition} } }`), condition).toEqual([id]);
  for (const condition of ['room: { eq: "502" }', 'category: { eq: COMMERCIAL }', 'isNull: true'])
    expect(await found(`filter: { premises: { building: { eq: "${building}" }, ${condition} } }`)).toEqual(
      [],
    );
  expect(
    await found(`filter: { not: { premises: { building: { eq: "${building}" } } } }, first: 100`),
  ).not.toContain(id);
  const rule = { premises: { building: { eq: `${building}栋` }, category: { eq: 'RESIDENTIAL' } } };
  const { payload } = await writing.manager.write(
    'createSegment',
    { name: '楼幢', rule },
    '{ segment { size ruleText } }',
  );
  expect(payload.segment).toEqual({ size: 1, ruleText: `楼幢为“${building}栋” 且 户址类别为住宅` });
  const { data } = await writing.server.as('MANAGER').query(`{
    segmentFields { path type label isUsable }
    segmentValueSuggestions(field: "premises.building", search: "${building}幢") }`);
  expect(data.segmentFields).toContainEqual({
    ...{ path: 'premises.room', type: 'TEXT', label: '户址 · 房号', isUsable: true },
  });
  expect(data.segmentValueSuggestions).toEqual([building]);
});

test('files are ordered by category, building, entrance, floor and room, figures as figures', async () => {
  const at = (
    building: string,
    floor: string | null,
    room: string,
    category: Premises['category'] = 'RESIDENTIAL',
  ) => ({ category, building: `序${building}`, ...(floor && { floor }), room });
  const ordered = [
    at('2', '2', '201'),
    at('2', '10', '1001'),
    at('10', '1', '101'),
    at('10', null, '2', 'COMMERCIAL'),
  ];
  const files = [];
  for (const premises of [...ordered].reverse())
    files.unshift(await openFile(writing, writing.owner, { premises }));
  const scope = 'filter: { premises: { building: { startsWith: "序" } } }';
  const ids = files.map(({ id }) => id);
  expect(await found(`${scope}, orderBy: [{ field: PREMISES }]`)).toEqual(ids);
  expect(await found(`${scope}, orderBy: [{ field: PREMISES, direction: DESC }]`)).toEqual(
    [...ids].reverse(),
  );
  const { data } = await writing.server
    .as('MANAGER')
    .query(`{ customers(${scope}, orderBy: [{ field: PREMISES }], first: 2) { pageInfo { endCursor } } }`);
  const { endCursor } = data.customers.pageInfo;
  expect(await found(`${scope}, orderBy: [{ field: PREMISES }], after: "${endCursor}"`)).toEqual(
    ids.slice(2),
  );
});

test('a file is found by its room as people write it, whatever of it they leave out', async () => {
  const premises = freeHome();
  const { building } = premises;
  const { id } = await openFile(writing, writing.owner, { premises });
  await openFile(writing, writing.owner, { premises: { ...premises, room: '502' } });
  const texts = [`${building}-2-501`, `${building}栋2单元501室`, `${building}-501`, `住宅${building}号楼501`];
  for (const text of [...texts, `${building}-5-501`, `${building}幢 2单元 5层 501`])
    expect(await found(`search: "${text}"`), text).toEqual([id]);
  for (const text of [`${building}-3-501`, `商业${building}-2-501`, `${building}-2-503`])
    expect(await found(`search: "${text}"`), text).toEqual([]);
});

test('one active file has a unit: the next is opened when the last is archived, which then is not restored', async () => {
  const premises = freeHome();
  const old = await openFile(writing, writing.owner, { premises });
  const next = await openFile(writing, writing.owner);
  const value = `住宅 ${premises.building}幢2单元5层501室`;
  const taken = { code: 'CONFLICT', field: 'premises', value, customerId: old.id };
  const { errors } = await update(writing.owner, next, { premises: { ...premises, room: '501号' } });
  expect(errors[0]?.extensions).toEqual(taken);
  for (const other of [
    { ...premises, room: null },
    { ...premises, category: 'COMMERCIAL' },
  ])
    expect((await update(writing.owner, next, { premises: other })).code).toBeUndefined();
  const archived = await writing.owner.write(
    'archiveCustomer',
    { id: old.id, expectedVersion: old.version },
    '{ customer { version } }',
  );
  expect((await update(writing.owner, next, { premises })).payload.customer.premises).toEqual(premises);
  const restored = { id: old.id, expectedVersion: archived.payload.customer.version };
  const lines = await traces(writing, old.uuid);
  const refused = await writing.owner.write('restoreCustomer', restored, '{ customer { id } }');
  expect(refused.errors[0]?.extensions).toEqual({ ...taken, customerId: next.id });
  expect(await traces(writing, old.uuid)).toBe(lines);
  await update(writing.owner, next, { premises: null });
  expect(
    (await writing.owner.write('restoreCustomer', restored, '{ customer { id } }')).code,
  ).toBeUndefined();
});

test('restoring a file whose unit a hidden one has by now reveals what the directory does, and is counted', async () => {
  const premises = freeHome();
  const old = await openFile(writing, writing.stranger, { premises, archivedAt: new Date().toISOString() });
  const next = await openFile(writing, writing.owner, { premises });
  const { errors } = await writing.stranger.write(
    'restoreCustomer',
    { id: old.id, expectedVersion: old.version },
    '{ customer { id } }',
  );
  expect(errors[0]?.extensions).toMatchObject({
    field: 'premises',
    card: { customerId: next.id, ownerName: 'SALES' },
  });
  expect((await writing.db.select().from(directoryLookup)).map(({ lookups }) => lookups)).toEqual([1, 1]);
});

test('premises against the standard are refused part by part, and nothing is changed', async () => {
  const file = await openFile(writing, writing.owner);
  const premises = { category: 'RESIDENTIAL', building: ' ', unit: '?', floor: '1'.repeat(5), room: '2幢3' };
  expect((await update(writing.owner, file, { premises, fax: '138' })).issues).toEqual([
    'input.premises.building VALUE_REQUIRED',
    'input.premises.unit PREMISES_FORMAT',
    'input.premises.floor PREMISES_FORMAT',
    'input.premises.room PREMISES_FORMAT',
    'input.fax PHONE_INCOMPLETE',
  ]);
  expect((await fileNow(writing, file.uuid)).version).toBe(file.version);
});
