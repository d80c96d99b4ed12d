import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trimEventLog } from '../../src/core/changes/retention.ts';
import { roleOfAddress } from '../../src/core/database/api-role.ts';
import { prepareDatabase } from '../../src/core/database/connection-urls.ts';
import { type Connection, connect, writeAs } from '../../src/core/database/database.ts';
import { apiRole } from '../support/api-role.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let api: Connection;
beforeAll(async () => {
  database = await createTestDatabase();
  await prepareDatabase(
    { databaseUrl: database.apiUrl, migrationDatabaseUrl: database.url },
    undefined,
    silent,
  );
  api = connect({ url: database.apiUrl, poolSize: 2 });
  const [owner] = await api.db.execute<{ id: string }>(
    sql`insert into employee (email, name, role) values ('a@test.example', '甲', 'SALES') returning id`,
  );
  await writeAs(api.db, { actorId: owner?.id as string, source: 'API' }, async (tx) => {
    await tx.execute(
      sql`insert into customer (name, owner_id) values ('上海第一精密机械有限公司', ${owner?.id})`,
    );
  });
});
afterAll(async () => {
  await api.close();
  await database.close();
});

const silent = pino({ level: 'silent' });
/** PostgreSQL: insufficient_privilege. */
const refused = '42501';
const codeOf = (statement: string): Promise<string> =>
  api.client.unsafe(statement).then(
    () => 'done',
    (error) => error.code,
  );

const logs = ['file_change', 'event_log', 'outbox', 'stream_head', 'access_log'];
const presentLogs = async () => {
  const rows =
    await database.client`select tablename from pg_tables where schemaname = 'public' and tablename in ${database.client(logs)}`;
  return rows.map(({ tablename }) => tablename as string);
};

describe('the role that serves the API', () => {
  test('owns nothing, and is nobody of consequence', async () => {
    const [row] = await api.client`
      select current_user as role, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as mighty,
             (select count(*)::int from pg_class where relowner = r.oid) as owned,
             (select count(*)::int from pg_auth_members where member = r.oid) as memberships
      from pg_roles r where rolname = current_user`;
    expect(row).toEqual({ role: apiRole, mighty: false, owned: 0, memberships: 0 });
  });

  test('adds to the logs by working, and can change, delete or empty none of them', async () => {
    const [history] = await database.client`select count(*)::int as lines from file_history`;
    expect(history?.lines).toBeGreaterThan(0);
    for (const log of await presentLogs()) {
      const [column] =
        await database.client`select column_name as name from information_schema.columns where table_name = ${log} and is_identity = 'NO' limit 1`;
      const attempts = [
        `update ${log} set "${column?.name}" = "${column?.name}"`,
        `delete from ${log}`,
        `truncate ${log}`,
      ];
      for (const attempt of attempts) expect(await codeOf(attempt), attempt).toBe(refused);
    }
  });

  test('writes no event and no line of history past the sequencer', async () => {
    const columns = 'customer_id, version, subject, subject_id, source, occurred_at, operation';
    const lines = `(${columns}) select ${columns} from file_history`;
    expect(await codeOf(`insert into file_change ${lines}`)).toBe(refused);
    expect(await codeOf(`insert into file_history ${lines}`)).not.toBe('done');
    expect(await codeOf("insert into stream_head (epoch) values ('mine')")).toBe(refused);
    expect(
      await codeOf(
        `insert into event_log (seq, customer_id, version, type, subject, subject_id, fields)
         select 1, customer_id, version, type, subject, subject_id, fields from outbox`,
      ),
    ).toBe(refused);
  });

  test('deletes no file, nobody of the staff and no grant', async () => {
    for (const table of ['customer', 'employee', 'team', 'access_grant', 'access_request']) {
      expect(await codeOf(`delete from ${table}`), table).toBe(refused);
    }
  });

  test.each([
    'alter table customer add column note text',
    'alter table file_change disable trigger all',
    'drop table file_change',
    'create table mine (id int)',
    'create or replace function record_row() returns trigger language plpgsql as $$ begin return null; end $$',
    'drop trigger capture_update on customer',
    'alter table customer disable trigger capture_update',
    'set session_replication_role = replica',
    'create role mine',
    `alter role ${apiRole} superuser`,
    'delete from drizzle.__drizzle_migrations',
    "copy customer to program 'cat'",
    "select pg_read_file('/etc/passwd')",
  ])('may not: %s', async (statement) => {
    expect(['42501', '0LP01']).toContain(await codeOf(statement));
  });

  test('moves events along and trims them, by functions that nobody else may call', async () => {
    const [moved] = await api.client`select sequence_events(1000) as count`;
    expect(moved?.count).toBeGreaterThan(0);
    expect(await trimEventLog(api.db, new Date(Date.now() + 60_000).toISOString())).toBe(moved?.count);
    const [others] = await database.client`
      select bool_or(has_function_privilege('public', p.oid, 'execute')) as may
      from pg_proc p where p.proname in ('sequence_events', 'trim_event_log')`;
    expect(others?.may).toBe(false);
  });

  test('misses no right on a table or sequence that a migration makes', async () => {
    const missing = await api.client`
      select oid::regclass::text as name from pg_class
      where relnamespace = 'public'::regnamespace
        and case relkind when 'r' then not has_table_privilege(oid, 'select') when 'S' then not has_sequence_privilege(oid, 'usage') end`;
    expect([...missing]).toEqual([]);
  });
});

test('with one role for both the server says so at its start; with two it is silent', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  await prepareDatabase({ databaseUrl: database.apiUrl, migrationDatabaseUrl: database.url }, undefined, log);
  expect(lines).toEqual([]);
  const { ownerUrl, apiUrl } = await prepareDatabase(
    { databaseUrl: database.url, migrationDatabaseUrl: undefined },
    undefined,
    log,
  );
  expect(roleOfAddress(ownerUrl)).toBe(roleOfAddress(apiUrl));
  expect(lines.join()).toContain('MIGRATION_DATABASE_URL');
});
