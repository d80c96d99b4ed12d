import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { runImport } from '../../src/features/import/import.command.ts';
import { openProgress } from '../../src/features/import/progress.write.ts';
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
    () => ({ databaseUrl: database.url, organisationTimeZone: 'Asia/Shanghai' }) as Config,
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

const numbered = (count: number) =>
  `code,name\n${Array.from({ length: count }, (_, i) => `s${i},Sigma ${i} Works\n`).join('')}`;

test('who stops an import is shown what it did, and where it goes on', async () => {
  await write('many.csv', numbered(700));
  const args = [
    ...pair('unowned.yaml', 'many.csv'),
    '--owner',
    'sales@import.example',
    '--report',
    at('r.csv'),
  ];
  const lines: string[] = [];
  const stop = (event: string) => {
    if (event === 'SIGTERM') setImmediate(() => process.emit('SIGTERM'));
  };
  process.on('newListener', stop);
  const config = { databaseUrl: database.url, organisationTimeZone: 'Asia/Shanghai' } as Config;
  const running = runImport(
    args,
    () => config,
    (line) => lines.push(line),
  );
  await expect(running).rejects.toThrow('Stopped after line 501');
  process.off('newListener', stop);
  expect(lines.join()).toContain('customer: 500 created');
  expect((await run(...args)).join()).toContain('customer: 200 created, 0 updated, 500 unchanged');
});

test('a file that breaks off is summed up to where it did', async () => {
  await writeFile(
    at('broken.csv'),
    Buffer.concat([Buffer.from('code,name\nb1,Tau Works\nb2,'), Buffer.from([0xcd, 0xf2])]),
  );
  const args = [
    ...pair('unowned.yaml', 'broken.csv'),
    '--owner',
    'sales@import.example',
    '--report',
    at('r.csv'),
  ];
  const lines: string[] = [];
  const config = { databaseUrl: database.url, organisationTimeZone: 'Asia/Shanghai' } as Config;
  await expect(
    runImport(
      args,
      () => config,
      (line) => lines.push(line),
    ),
  ).rejects.toThrow('line 3');
  expect(lines.join()).toContain('customer: 1 created');
});

test('exact repeats and blank rows are counted, each once', async () => {
  await write('odd.csv', 'code,name\no1,Upsilon Works\n,\n,\no1,Upsilon Works\no1,Upsilon Works\n');
  const args = [
    ...pair('unowned.yaml', 'odd.csv'),
    '--owner',
    'sales@import.example',
    '--report',
    at('r.csv'),
  ];
  const lines = await run(...args);
  expect(lines[0]).toContain('odd.csv: 3 rows in');
  expect(lines[1]).toContain('1 created, 0 updated, 0 unchanged, 0 refused, 2 exact repeats');
  expect(lines[2]).toContain('2 blank rows passed over');
  expect((await readFile(at('r.csv'), 'utf8')).trim().split('\n')).toHaveLength(1);
});

test('without a terminal a line now and then says how far it is', async () => {
  await write('some.csv', 'x'.repeat(1000));
  const lines: string[] = [];
  let nowMs = 0;
  const settings = { isTerminal: false, now: () => nowMs, everyMs: 10_000 };
  const progress = await openProgress(at('some.csv'), 2, (line) => lines.push(line), settings);
  for (const ms of [5000, 12_000, 13_000, 23_000]) {
    nowMs = ms;
    progress.onBytes(250);
    progress.onProgress(ms / 1000, ms / 500);
  }
  expect(lines).toEqual([
    'some.csv: line 12, 24 rows, 25 % read after 12 s (第12行，共24行，已读25%)',
    'some.csv: line 23, 46 rows, 50 % read after 23 s (第23行，共46行，已读50%)',
  ]);
});
