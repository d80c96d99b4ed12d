import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, importText } from './imported.ts';

let database: TestDatabase;
let ownerId: string;
beforeAll(async () => {
  database = await createTestDatabase({ isOneSession: true });
  ownerId = await addEmployee(database.db, 'owner@import.example');
});
afterAll(() => database.close());

let sources = 0;
/** Imports files with a code, a name, a number and a category, from a source of their own. */
const run = (rows: readonly string[], source = `numbers-${++sources}`) =>
  importText(
    database.db,
    `{ source: ${source}, records: [{ subject: customer, key: code, fields: { name: name, archiveNumber: number, archiveCategory: category } }] }`,
    `code,name,number,category\n${rows.join('\n')}\n`,
    { ownerId },
  );
const filed = async (name: string) => {
  const [row] = await database.db.select().from(customer).where(eq(customer.name, name));
  return row && [row.archiveNumber, row.archiveCategory];
};

test('numbers that a company has are kept, in the form of numbers here, and use up none of ours', async () => {
  const rows = ['1,Alpha Works,kh－2019 - 00012,kh', '2,Beta Works,KH-2019-7,', '3,Gamma Works,,'];
  const { tallies, findings } = await run(rows, 'kept');
  expect({ tallies, findings }).toEqual({ tallies: { customer: [3, 0, 0, 0] }, findings: [] });
  expect(await filed('Alpha Works')).toEqual(['KH-2019-00012', 'KH']);
  expect(await filed('Beta Works')).toEqual(['KH-2019-7', null]);
  expect(await filed('Gamma Works')).toEqual([null, null]);
  expect(await database.db.execute(sql`select from archive_counter`)).toHaveLength(0);
  expect((await run(rows, 'kept')).tallies).toEqual({ customer: [0, 0, 3, 0] });
  const later = ['2,Beta Works,KH-2019-7,KH', '3,Gamma Works,KH-2019-8,KH'];
  expect((await run(later, 'kept')).tallies).toEqual({ customer: [0, 2, 0, 0] });
  expect([await filed('Beta Works'), await filed('Gamma Works')]).toEqual([
    ['KH-2019-7', 'KH'],
    ['KH-2019-8', 'KH'],
  ]);
});

test('a number of another file refuses the row; one against the standard, or in place of another, is left out', async () => {
  await run(['1,Delta Works,D-1,KH'], 'refused');
  const { tallies, findings } = await run(
    [
      '1,Delta Works,D-2,KH',
      '2,Epsilon Works,d-1,',
      '3,Zeta Works,D-3,',
      '4,Eta Works,D-3,',
      '5,Theta Works,?,KH',
      '6,Iota Works,D-6,X',
    ],
    'refused',
  );
  expect(tallies).toEqual({ customer: [3, 0, 1, 2] });
  expect(findings.map(({ line, severity, code }) => [line, severity, code]).sort()).toEqual([
    [2, 'left out', 'ARCHIVE_NUMBER_KEPT'],
    [3, 'row refused', 'ARCHIVE_NUMBER_IN_USE'],
    [5, 'row refused', 'ARCHIVE_NUMBER_IN_USE'],
    [6, 'left out', 'ARCHIVE_NUMBER_FORMAT'],
    [6, 'left out', 'CATEGORY_NEEDS_NUMBER'],
    [7, 'left out', 'CATEGORY_UNKNOWN'],
  ]);
  expect(await filed('Delta Works')).toEqual(['D-1', 'KH']);
  expect(await filed('Theta Works')).toEqual([null, null]);
  expect(await filed('Iota Works')).toEqual(['D-6', null]);
});
