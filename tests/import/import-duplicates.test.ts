import { afterAll, beforeAll, expect, test } from 'vitest';
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
/** A mapping of a source of its own, so that no record meets one of another import by its key. */
const customers = (more = '') => {
  sources += 1;
  return `{ source: test-${sources}, records: [{ subject: customer, key: code, fields: { name: name } }${more}] }`;
};
const run = (yaml: string, csv: string, options = {}) =>
  importText(database.db, yaml, csv, { ownerId, ...options });

test('an import reports likely duplicates in files its importer sees, and of others only how many', async () => {
  await run(customers(), 'code,name\n1,Omega Duplicate Works\n');
  const yaml = customers(
    ', { subject: contact, key: code, fields: { customer: code, name: person, mobile: mobile } }',
  );
  const header = 'code,name,person,mobile\n';
  const first = await run(
    yaml,
    `${header}a,OMEGA duplicate Works,Ann,13711111111\nb,Other Single Works,Ben,13711111111\n`,
  );
  expect(first.findings.map(({ line, column, code }) => [line, column, code])).toEqual([
    [2, 'name', 'LIKELY_DUPLICATE'],
    [2, 'mobile', 'LIKELY_DUPLICATE'],
    [3, 'mobile', 'LIKELY_DUPLICATE'],
  ]);
  expect(first.findings[0]?.reason).toContain('Omega Duplicate Works');
  // Nothing new: nothing is told again.
  expect((await run(yaml, `${header}a,OMEGA duplicate Works,Ann,13711111111\n`)).findings).toEqual([]);
  const blind = { role: 'SALES', id: '01890000-0000-7000-8000-00000000dead' } as const;
  const hidden = await run(customers(), 'code,name\n9,Omega Duplicate Works\n', { reader: blind });
  expect(hidden.findings).toEqual([]);
  expect(hidden.elsewhere).toBe(2);
});
