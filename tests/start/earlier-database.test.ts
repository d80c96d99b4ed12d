import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startEmbeddedDatabase } from '../../src/core/database/embedded.ts';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { createServer } from '../../src/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { captureLog } from '../transport/wire.ts';
import { temporaryFolder } from './held-database.ts';

/** When the first and the last migration of an earlier, unreleased version were written. */
const earlierMigrations = [1_795_299_442_235, 1_795_914_943_195];
const inEnglish =
  /made by an earlier, unreleased version or by another program.*Nothing in it was changed.*DATA_DIR/;
const inChinese = /由早期未发布的版本或其他程序创建，无法升级，库中内容未作任何改动.*移走数据目录/;

const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const folder = temporaryFolder();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  folder.remove();
  await database.close();
});

/** As such a version left them: drizzle's notes, and a file that must still be there. */
const earlierTables = `
  create schema drizzle;
  create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
  insert into drizzle.__drizzle_migrations (hash, created_at) values ${earlierMigrations.map((when) => `('earlier', ${when})`).join()};
  create table customer (name text);
  insert into customer values ('上海第一精密机械有限公司')`;

/** Every object, right and migration, each with the transaction that wrote it last. */
async function everythingOf(client: postgres.Sql) {
  const written = ['pg_namespace', 'pg_class', 'pg_attribute', 'pg_proc', 'pg_trigger', 'pg_type'].map(
    (catalogue) =>
      `select '${catalogue}' as of, count(*)::text as count, md5(string_agg(x, ',' order by x)) as hash
       from (select xmin::text || to_jsonb(row)::text as x from ${catalogue} row
             ${catalogue === 'pg_class' ? "where relnamespace <> 'pg_catalog'::regnamespace" : ''}) rows`,
  );
  const migrations = `select 'migrations', count(*)::text, string_agg(xmin::text || hash, ',' order by id) from drizzle.__drizzle_migrations`;
  return client.unsafe([...written, migrations].join(' union all '));
}

async function withClient<T>(url: string, use: (client: postgres.Sql) => Promise<T>): Promise<T> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

test('a data folder of an earlier version is refused in English and Chinese, its data left as they were', async () => {
  const dataDir = join(folder.path, 'earlier');
  const opened = async <T>(use: (client: postgres.Sql) => Promise<T>) => {
    const embedded = await startEmbeddedDatabase({ dataDir, log: () => {} });
    try {
      return await withClient(embedded.url, use);
    } finally {
      await embedded.stop();
    }
  };
  const before = await opened(async (client) => {
    await client.unsafe(earlierTables);
    return everythingOf(client);
  });
  const starting = createServer(readConfig({ DATA_DIR: dataDir, PORT: '0' }), { log: captureLog().log });
  const error = await starting.catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).toMatch(inEnglish);
  expect((error as Error).message).toMatch(inChinese);
  // Opening it again shows too that nothing was left running on it.
  expect(await opened(everythingOf)).toEqual(before);
  expect(await opened((client) => client`select name from customer`)).toEqual([
    { name: '上海第一精密机械有限公司' },
  ]);
});

test.each<[string, (number | null)[]]>([
  ['an earlier version', earlierMigrations],
  ['another program, later than ours', [9_000_000_000_000]],
  ['another program, at no known time', [null]],
  ['an earlier version and ours after them', [...earlierMigrations, 1_895_000_000_000]],
])('a DATABASE_URL with migrations of %s is refused and left as it was', async (_whose, times) => {
  const { client, url, apiUrl } = database;
  await client`truncate drizzle.__drizzle_migrations`;
  for (const when of times) {
    await client`insert into drizzle.__drizzle_migrations (hash, created_at) values ('foreign', ${when})`;
  }
  const before = await everythingOf(client);
  await expect(migrateDatabase(url, { apiRole: 'customer_file_api' })).rejects.toThrow(inEnglish);
  const config = readConfig({
    DATABASE_URL: apiUrl,
    MIGRATION_DATABASE_URL: url,
    PORT: '0',
    TOKEN_SIGNING_KEY: signingKey.toString(),
  });
  await expect(createServer(config, { log: captureLog().log })).rejects.toThrow(inChinese);
  expect(await everythingOf(client)).toEqual(before);
});

test('a database that a newer version has migrated further is accepted', async () => {
  const newer = await createTestDatabase();
  try {
    await newer.client`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 9000000000000)`;
    await expect(migrateDatabase(newer.url)).resolves.toBeUndefined();
  } finally {
    await newer.close();
  }
});
