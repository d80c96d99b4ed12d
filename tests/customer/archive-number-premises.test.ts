import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { uuids } from '../../src/core/database/rows.ts';
import type { Premises } from '../../src/core/validation/premises.ts';
import { type Colleague, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
afterEach(() => decide(null));

/** What the organisation decides; null for the default. */
async function decide(archiveCategories: object[] | null) {
  const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
  const input = { expectedVersion: data.settings.version, archiveCategories };
  const selection = '{ settings { archiveCategories { code parent } } }';
  const { issues, payload } = await writing.admin.write('updateSettings', input, selection);
  return issues.length > 0 ? issues : payload.settings.archiveCategories;
}
const household = {
  code: '住宅',
  name: '住宅',
  pattern: '{category}-{building}-{unit}-{floor:2}-{room}-{seq:1}',
};

let buildings = 0;
const freeHome = (): Premises => ({
  ...{ category: 'RESIDENTIAL', building: String(++buildings), unit: '2', floor: '5', room: '501' },
});
async function verified(premises: Premises | null, owner: Colleague = writing.owner) {
  const file = await openFile(writing, owner, { premises });
  await writing.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update customer set verification_state = 'VERIFIED' where id = any(${uuids([file.uuid])})`,
    );
  });
  return file;
}
const selection = '{ customer { archiveNumber version } }';
async function register({ id, uuid }: { id: string; uuid: string }, values: object = {}) {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return writing.owner.write('registerFile', { id, expectedVersion, ...values }, selection);
}
const archive = async ({ id, uuid }: { id: string; uuid: string }) => {
  const { version: expectedVersion } = await fileNow(writing, uuid);
  return writing.owner.write('archiveCustomer', { id, expectedVersion }, '{ customer { version } }');
};

test('a number is made of the file’s premises; after a sale the next household of the room gets the next', async () => {
  await decide([household]);
  const premises = freeHome();
  const head = `住宅-${premises.building}-2-05-501-`;
  const first = await verified(premises);
  expect((await register(first)).payload.customer.archiveNumber).toBe(`${head}1`);
  expect((await archive(first)).code).toBeUndefined();
  const next = await verified(premises);
  expect((await register(next)).payload.customer.archiveNumber).toBe(`${head}2`);
  const above = await verified({ ...premises, floor: '6', room: '601' });
  expect((await register(above)).payload.customer.archiveNumber).toBe(`住宅-${premises.building}-2-06-601-1`);
});

test('a number that the room has on paper is passed over, and one that is brought needs no premises', async () => {
  await decide([household]);
  const premises = freeHome();
  const onPaper = await verified(null);
  const own = { archiveNumber: `住宅-${premises.building}-2-05-501-1` };
  expect((await register(onPaper, own)).payload.customer.archiveNumber).toBe(own.archiveNumber);
  expect((await register(await verified(premises))).payload.customer.archiveNumber).toMatch(/-501-2$/);
});

test('a file without the premises that its number takes is refused with every part, and no number is used up', async () => {
  await decide([household]);
  const needed = 'input.id PREMISES_NEEDED';
  expect((await register(await verified(null))).issues).toEqual([needed, needed, needed, needed]);
  const premises = freeHome();
  const { unit: _, floor: __, ...rest } = premises;
  const file = await verified(rest);
  const { issues, errors } = await register(file);
  expect(issues).toEqual([needed, needed]);
  expect(JSON.stringify(errors)).toContain('the unit of the file');
  const { id, version } = { ...file, ...(await fileNow(writing, file.uuid)) };
  const filled = { id: file.id, expectedVersion: version, premises };
  await writing.owner.write('updateCustomer', filled, selection);
  expect([id, (await register(file)).payload.customer.archiveNumber]).toEqual([
    file.uuid,
    `住宅-${premises.building}-2-05-501-1`,
  ]);
});

test('who may not read addresses does not read them in numbers, nor finds files by them', async () => {
  await decide([household]);
  const file = await verified(freeHome());
  const { archiveNumber } = (await register(file)).payload.customer;
  const { data } = await writing.server
    .as('MARKETING')
    .query(
      `{ customer(id: "${file.id}") { archiveNumber archiveCategory } customers(search: "${archiveNumber}") { nodes { id } } }`,
    );
  expect([data.customer, data.customers.nodes]).toEqual([
    { archiveNumber: null, archiveCategory: '住宅' },
    [],
  ]);
});

test('a pattern in which premises could look alike is refused row by row', async () => {
  const patterns = [
    '{category}-{building}{unit}-{seq:2}',
    '{category}{room}-{seq:2}',
    '{category}-2{room}-{seq:2}',
    '{category}-{room}{seq:2}',
    '{category}-{room}-{room:2}-{seq:2}',
    '{category}-{room:9}-{seq:2}',
    '{category}-{premises}-{seq:2}',
  ];
  const rows = patterns.map((pattern, i) => ({ code: `A${i}`, name: '类', pattern }));
  expect(await decide(rows)).toEqual(
    rows.map((_, i) => `input.archiveCategories.${i}.pattern ARCHIVE_PATTERN_FORMAT`),
  );
});

test('categories are a tree, each behind the one that it is part of; circles and unknown ones are refused', async () => {
  const row = (code: string, parent: string | null = null) => ({ ...household, code, parent });
  const given = [row('A'), row('B', 'c'), row('C'), row('A2', 'A'), row('B1', 'B'), row('A1', 'A')];
  const inOrder = await decide(given);
  expect(inOrder.map(({ code }: { code: string }) => code)).toEqual(['A', 'A2', 'A1', 'C', 'B', 'B1']);
  expect(await decide([row('A', 'B'), row('B', 'A'), row('C', 'C'), row('D', 'X'), row('E', '-')])).toEqual([
    'input.archiveCategories.4.parent CATEGORY_CODE_FORMAT',
    'input.archiveCategories.0.parent CATEGORY_CIRCLE',
    'input.archiveCategories.1.parent CATEGORY_CIRCLE',
    'input.archiveCategories.2.parent CATEGORY_CIRCLE',
    'input.archiveCategories.3.parent CATEGORY_UNKNOWN',
  ]);
});
