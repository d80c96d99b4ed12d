import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { filesBelow, projectFolder, read } from './sources.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const tableFiles = filesBelow('src').filter((path) => path.endsWith('.table.ts'));
const journal: { entries: { tag: string; when: number }[] } = JSON.parse(read('drizzle/meta/_journal.json'));

test('the migrations say what the tables say: drizzle-kit finds nothing to generate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'customer-file-drizzle-'));
  try {
    await cp(join(projectFolder, 'drizzle'), folder, { recursive: true });
    const before = await readdir(folder);
    await promisify(execFile)(
      process.execPath,
      [
        'node_modules/drizzle-kit/bin.cjs',
        'generate',
        '--dialect=postgresql',
        '--schema=./src/**/*.table.ts',
        // It takes an absolute path for a relative one.
        `--out=${relative(projectFolder, folder)}`,
      ],
      { cwd: projectFolder },
    );
    expect(await readdir(folder)).toEqual(before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('every column of every table can be read from a migrated database', async () => {
  const modules = await Promise.all(tableFiles.map((path) => import(join(projectFolder, path))));
  const tables = modules.flatMap((module) => Object.values(module)).filter((value) => is(value, PgTable));
  expect(tables.length).toBeGreaterThanOrEqual(tableFiles.length);
  for (const table of tables) {
    await expect(database.db.select().from(table).limit(0), getTableName(table)).resolves.toEqual([]);
  }
});

test('migrating a migrated database changes nothing', async () => {
  const count = () => database.client`select count(*)::int as applied from drizzle.__drizzle_migrations`;
  const before = await count();
  await migrateDatabase(database.url);
  expect(await count()).toEqual(before);
  expect(before[0]?.applied).toBe(journal.entries.length);
});

test('a migration is younger than the one before it, or drizzle would pass it over', () => {
  const times = journal.entries.map(({ when }) => when);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
});

test('every migration in the folder is in the journal, and the reverse', () => {
  const files = filesBelow('drizzle').filter((path) => path.endsWith('.sql'));
  expect(files).toEqual(journal.entries.map(({ tag }) => `drizzle/${tag}.sql`));
});
