import { eq } from 'drizzle-orm';
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

const run = (source: string, rows: readonly string[], premises = 'premises: unit') =>
  importText(
    database.db,
    `{ source: ${source}, records: [{ subject: customer, key: code, fields: { name: name, ${premises} } }] }`,
    `code,name,unit,building,entrance,room\n${rows.join('\n')}\n`,
    { ownerId },
  );
const premisesOf = async (name: string) => {
  const [row] = await database.db.select().from(customer).where(eq(customer.name, name));
  return row?.premises;
};

test('premises are read from one text and from a template of columns; the same again changes nothing', async () => {
  const rows = ['1,Alpha Works,住宅 3栋2单元501室', '2,Beta Works,商业 A座-101', '3,Gamma Works,'];
  expect(await run('text', rows)).toMatchObject({ tallies: { customer: [3, 0, 0, 0] }, findings: [] });
  expect(await premisesOf('Alpha Works')).toEqual({
    ...{ category: 'RESIDENTIAL', building: '3', unit: '2', floor: '5', room: '501' },
  });
  expect(await premisesOf('Beta Works')).toMatchObject({
    category: 'COMMERCIAL',
    building: 'A',
    room: '101',
  });
  expect(await premisesOf('Gamma Works')).toBeNull();
  expect((await run('text', rows)).tallies).toEqual({ customer: [0, 0, 3, 0] });

  const template = 'premises: { template: "住宅 {building}幢{entrance?}单元{room}室" }';
  await run(
    'columns',
    ['1,Delta Works,,8,1,301', '2,Epsilon Works,,8,,302', '3,Zeta Works,,,1,303'],
    template,
  );
  expect(await premisesOf('Delta Works')).toMatchObject({
    building: '8',
    unit: '1',
    floor: '3',
    room: '301',
  });
  expect(await premisesOf('Epsilon Works')).toEqual({
    ...{ category: 'RESIDENTIAL', building: '8', floor: '3', room: '302' },
  });
  expect(await premisesOf('Zeta Works')).toBeNull();
});

test('a unit that an active file has refuses the row; a text that names none is left out', async () => {
  const { db } = database;
  await run('held', ['1,Eta Works,住宅 9-1-101', '2,Theta Works,住宅 9-1-102']);
  await db
    .update(customer)
    .set({ archivedAt: new Date().toISOString() })
    .where(eq(customer.name, 'Theta Works'));
  const { tallies, findings } = await run('refused', [
    '1,Iota Works,住宅 9栋1单元101',
    '2,Kappa Works,住宅 9-1-102',
    '3,Lambda Works,住宅 9-1-103',
    '4,Mu Works,住宅 9-1-103室',
    '5,Nu Works,科技路1号',
    '6,Xi Works,9-1-104',
  ]);
  expect(tallies).toEqual({ customer: [4, 0, 0, 2] });
  expect(findings.map(({ line, severity, code }) => [line, severity, code]).sort()).toEqual([
    [2, 'row refused', 'PREMISES_IN_USE'],
    [5, 'row refused', 'PREMISES_IN_USE'],
    [6, 'left out', 'PREMISES_TEXT'],
    [7, 'left out', 'VALUE_REQUIRED'],
  ]);
  expect(await premisesOf('Kappa Works')).toMatchObject({ building: '9', room: '102' });
});
