import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { runImport } from '../../src/features/import/import.command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, valueOfQuery } from './imported.ts';

let database: TestDatabase;
let folder: string;
let managerId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  managerId = await addEmployee(database.db, 'Manager@import.example', 'MANAGER');
  await addEmployee(database.db, 'sales@import.example', 'SALES');
});
afterAll(() => database.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  await write(
    'staff.yaml',
    'source: c\nrecords: [{ subject: employee, key: mail, fields: { email: mail, name: name, role: { value: SALES } } }]',
  );
  await write(
    'files.yaml',
    'source: c\nrecords: [{ subject: customer, key: code, fields: { name: name, owner: mail, website: site } }]',
  );
  await write(
    'unowned.yaml',
    'source: c\nrecords: [{ subject: customer, key: code, fields: { name: name } }]',
  );
  await write('staff.csv', 'mail,name\nagent@import.example,Agent\n');
  await write('files.csv', 'code,name,mail,site\n1,Alpha Works,agent@import.example,=cmd()\n');
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFile(at(name), text);

async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await runImport(
    args,
    () => ({ databaseUrl: database.url }) as Config,
    (line) => lines.push(line),
  );
  return lines;
}
const pair = (mapping: string, file: string) => ['--mapping', at(mapping), '--file', at(file)];

test('pairs of mapping and file are imported in their order, and each is summed up', async () => {
  const reports = process.cwd();
  process.chdir(folder);
  try {
    const lines = await run(...pair('staff.yaml', 'staff.csv'), ...pair('files.yaml', 'files.csv'));
    expect(lines.filter((line) => line.includes('created')).map((line) => line.slice(0, 56))).toEqual([
      '  employee: 1 created, 0 updated, 0 unchanged, 0 refused',
      '  customer: 1 created, 0 updated, 0 unchanged, 0 refused',
    ]);
    expect(lines.at(-1)).toContain('files.import-report.csv');
    const report = await readFile(at('files.import-report.csv'), 'utf8');
    expect(report.startsWith('\uFEFFline,record,column,value,severity,code,reason\r\n')).toBe(true);
    expect(report).toContain("\r\n2,customer,site,'=cmd(),left out,WEBSITE_FORMAT,");
    expect((await stat(at('files.import-report.csv'))).mode & 0o077).toBe(0);
  } finally {
    process.chdir(reports);
  }
});

test('--dry-run says what would happen and changes nothing', async () => {
  await write('more.csv', 'code,name\n2,Beta Works\n');
  const lines = await run(
    ...pair('unowned.yaml', 'more.csv'),
    '--dry-run',
    '--owner',
    'sales@import.example',
    '--report',
    at('r.csv'),
  );
  expect(lines[0]).toContain('nothing was changed');
  expect(lines[1]).toContain('1 created');
  expect(await database.db.select().from(customer).where(eq(customer.name, 'Beta Works'))).toEqual([]);
});

test('--dry-run lets a file refer to what an earlier one would bring', async () => {
  await write('staff.csv', 'mail,name\nrookie@import.example,Rookie\n');
  await write('files.csv', 'code,name,mail,site\n9,Omega Works,rookie@import.example,\n');
  const reports = process.cwd();
  process.chdir(folder);
  try {
    const lines = await run(
      ...pair('staff.yaml', 'staff.csv'),
      ...pair('files.yaml', 'files.csv'),
      '--dry-run',
    );
    expect(
      lines.filter((line) => line.includes('1 created, 0 updated, 0 unchanged, 0 refused')),
    ).toHaveLength(2);
  } finally {
    process.chdir(reports);
  }
  expect(await valueOfQuery(database.db, sql`select count(*) from employee where name = 'Rookie'`)).toBe('0');
});

test('--as attributes the work to an active manager, data steward or administrator, and to nobody else', async () => {
  await write('more.csv', 'code,name\n3,Gamma Works\n');
  const args = [
    ...pair('unowned.yaml', 'more.csv'),
    '--owner',
    'sales@import.example',
    '--report',
    at('r.csv'),
  ];
  await expect(run(...args, '--as', 'sales@import.example')).rejects.toThrow(
    'no active employee of role MANAGER, DATA_STEWARD, ADMIN',
  );
  await run(...args, '--as', 'manager@IMPORT.example');
  const actors = sql`select actor_id from file_history where new_value ->> 'name' = 'Gamma Works'`;
  expect(await valueOfQuery(database.db, actors)).toBe(managerId);
});

test('customers without an owner are refused before anything is touched, unless --owner or the mapping names one', async () => {
  await write('more.csv', 'code,name\n4,Delta Works\n');
  const args = [...pair('unowned.yaml', 'more.csv'), '--report', at('r.csv')];
  await expect(run(...args)).rejects.toThrow('--owner EMAIL');
  await expect(run(...args, '--owner', 'nobody@import.example')).rejects.toThrow('no active employee');
  await write(
    'unowned.yaml',
    'source: c\nowner: sales@import.example\nrecords: [{ subject: customer, key: code, fields: { name: name } }]',
  );
  expect((await run(...args))[1]).toContain('1 created');
});

test.each([
  ['no file', []],
  ['a file without its mapping', ['--file', 'a.csv']],
  [
    'one report for two files',
    ['--mapping', 'a', '--file', 'a', '--mapping', 'b', '--file', 'b', '--report', 'r'],
  ],
])('%s is answered with the usage', async (_, args) => {
  await expect(run(...args)).rejects.toThrow('npm run import -- --mapping FILE --file CSV');
});

test('--help explains and does nothing', async () => {
  expect((await run('--help'))[0]).toContain('--dry-run');
});

test('a mapping with mistakes is refused with all of them', async () => {
  await write('bad.yaml', 'source: C\nrecords: [{ subject: x, key: a }]');
  await expect(run(...pair('bad.yaml', 'files.csv'))).rejects.toThrow(
    /source must be[\s\S]*records\[0\]\.subject must be/,
  );
});
