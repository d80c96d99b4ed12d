import { on, once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedDatabase } from '../../src/core/database/embedded.ts';
import { compile, holdDatabase, isRoot, isRunning, temporaryFolder } from './held-database.ts';

const silent = () => {};
const folder = temporaryFolder();
/** Shared, because making a database is most of a test's time: every test leaves it closed. */
const dataDir = join(folder.path, 'data');
let holders: ReturnType<typeof holdDatabase>[] = [];

beforeAll(() => void compile());

afterEach(async () => {
  for (const { child, closed } of holders) {
    child.kill('SIGTERM');
    await closed;
  }
  holders = [];
});

afterAll(() => folder.remove());

function hold(data = dataDir) {
  const holder = holdDatabase(data);
  holders.push(holder);
  return holder;
}

async function query(url: string, text: string) {
  const sql = postgres(url, { max: 1, onnotice: silent });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

describe('the embedded database', () => {
  test('is PostgreSQL 18 that keeps its rows over a restart, at the same address', async () => {
    const first = await startEmbeddedDatabase({ dataDir, log: silent });
    const [settings] = await query(
      first.adminUrl,
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding,
              current_setting('fsync') as fsync, current_setting('timezone') as zone,
              (select datlocprovider::text || datlocale from pg_database where datname = 'customer_file') as locale`,
    );
    expect(settings).toEqual({ major: 18, encoding: 'UTF8', fsync: 'on', zone: 'UTC', locale: 'bC.UTF-8' });
    await query(first.url, `create table kept as select '万科' as name`);
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);

    const second = await startEmbeddedDatabase({ dataDir, log: silent });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select name from kept')).toEqual([{ name: '万科' }]);
    await second.stop();
  });

  test.runIf(process.platform === 'linux')(
    'keeps the memory of large answers, so that the next one clears no pages',
    async () => {
      const database = await startEmbeddedDatabase({ dataDir, log: silent });
      const sql = postgres(database.url, { max: 1, onnotice: silent });
      const pid = (await sql`select pg_backend_pid() as pid`)[0]?.pid;
      // The tenth field of /proc/<pid>/stat, without pid and name; see proc(5).
      const pageFaults = () =>
        Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[7]);
      const answerOften = async () => {
        const before = pageFaults();
        for (let i = 0; i < 50; i += 1)
          await sql`select array_to_json(array(select repeat('客户档案', 20) from generate_series(1, 500)))`;
        return (pageFaults() - before) / 50;
      };
      await answerOften();
      expect(await answerOften()).toBeLessThan(10);
      await sql.end();
      await database.stop();
    },
  );

  test('finds Chinese text by trigrams, in a database whose owner is no superuser', async () => {
    const database = await startEmbeddedDatabase({ dataDir, log: silent });
    await query(database.url, 'create extension pg_trgm');
    const [found] = await query(
      database.url,
      `select cardinality(show_trgm('万科')) as trigrams, similarity('万科企业', '万科企业股份有限公司') > 0.3 as alike,
              (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    );
    await database.stop();
    expect(found).toEqual({ trigrams: 3, alike: true, superuser: false });
  });

  test('keeps its password from everybody else', async () => {
    const database = await startEmbeddedDatabase({ dataDir, log: silent });
    const withoutPassword = query(database.url.replace(/:[^:@/]+@/, ':wrong@'), 'select 1');
    await expect(withoutPassword).rejects.toMatchObject({ code: '28P01' });
    await database.stop();
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
  });

  test('moves to another port when its own has been taken meanwhile', async () => {
    const first = await startEmbeddedDatabase({ dataDir, log: silent });
    await first.stop();
    const rival = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    await once(rival, 'listening');
    const second = await startEmbeddedDatabase({ dataDir, log: silent });
    rival.close();
    expect(second.url).not.toBe(first.url);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  test('says what PostgreSQL said when it cannot start, and leaves the data free', async () => {
    const first = await startEmbeddedDatabase({ dataDir, log: silent });
    await first.stop();
    const conf = join(dataDir, 'postgres', 'postgresql.conf');
    const sound = readFileSync(conf);
    writeFileSync(conf, 'no_such_setting = 1\n');
    await expect(startEmbeddedDatabase({ dataDir, log: silent })).rejects.toThrow('no_such_setting');
    writeFileSync(conf, sound);
    await (await startEmbeddedDatabase({ dataDir, log: silent })).stop();
  });

  test('refuses data of another major version instead of touching it', async () => {
    const older = join(folder.path, 'older');
    mkdirSync(join(older, 'postgres'), { recursive: true });
    if (isRoot) chownSync(join(older, 'postgres'), 65_534, 65_534);
    writeFileSync(join(older, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startEmbeddedDatabase({ dataDir: older, log: silent })).rejects.toThrow(
      'made by PostgreSQL 17',
    );
    expect(readdirSync(older)).toEqual(['postgres']);
  });
});

describe('after its server was killed with -9', () => {
  test('the next start stops the orphan, opens the database and finds every committed row', async () => {
    const killed = hold();
    const before = await killed.opened();
    await query(before.url, `create table orphaned as select 1 as id`);
    await killed.end('SIGKILL');
    expect(isRunning(before.pid)).toBe(true);

    const next = hold();
    const after = await next.opened();
    expect(next.said).toContain(`process ${before.pid}`);
    expect(isRunning(before.pid)).toBe(false);
    expect(await query(after.url, 'select id from orphaned')).toEqual([{ id: 1 }]);
  });

  test('and PostgreSQL with it, the next start recovers too', async () => {
    const killed = hold();
    const before = await killed.opened();
    await query(before.url, `create table crashed as select 1 as id`);
    process.kill(before.pid, 'SIGKILL');
    await killed.end('SIGKILL');

    const after = await hold().opened();
    expect(await query(after.url, 'select id from crashed')).toEqual([{ id: 1 }]);
  });

  test('in the middle of making the database, the next start makes it whole', async () => {
    const fresh = join(folder.path, 'interrupted');
    mkdirSync(fresh);
    const watcher = watch(fresh);
    const killed = hold(fresh);
    for await (const [, name] of on(watcher, 'change')) if (name.startsWith('postgres-new')) break;
    watcher.close();
    await killed.end('SIGKILL');

    const { url } = await hold(fresh).opened();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(readdirSync(fresh).filter((name) => name.startsWith('postgres-new'))).toEqual([]);
  });

  test('a postmaster.pid that names somebody else’s process neither harms that process nor stops the start', async () => {
    await (await startEmbeddedDatabase({ dataDir, log: silent })).stop();
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${process.ppid}\n${dataDir}/postgres\n`);
    const database = await startEmbeddedDatabase({ dataDir, log: silent });
    expect(isRunning(process.ppid)).toBe(true);
    await database.stop();
  });
});

describe('a second start on the same data', () => {
  test('says what is running, ends with 1, and leaves the first unharmed', async () => {
    const first = hold();
    const opened = await first.opened();
    const second = hold();
    expect(await second.closed).toBe(1);
    expect(second.said).toContain(`process ${first.child.pid}`);
    expect(second.said).toContain('http://127.0.0.1:4100');
    expect(isRunning(opened.pid)).toBe(true);
    expect(await query(opened.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('at the same moment lets exactly one through', async () => {
    const fresh = join(folder.path, 'contested');
    const rivals = [hold(fresh), hold(fresh), hold(fresh)];
    const outcomes = await Promise.allSettled(rivals.map((rival) => rival.opened()));
    const refused = rivals.filter((_rival, index) => outcomes[index]?.status === 'rejected');
    expect(refused.map(({ said }) => said)).toEqual(
      Array(2).fill(expect.stringContaining('already running')),
    );
  });
});

describe('stopping', () => {
  test('leaves no process and no lock, and may be requested twice', async () => {
    const database = await startEmbeddedDatabase({ dataDir, log: silent });
    await Promise.all([database.stop(), database.stop()]);
    expect(isRunning(database.pid)).toBe(false);
    const next = hold();
    await next.opened();
    expect(next.said).toBe('');
  });

  test('happens even when the process exits without requesting it', async () => {
    const holder = hold();
    const { pid } = await holder.opened();
    // The stand-in answers SIGINT by a bare process.exit(3).
    expect(await holder.end('SIGINT')).toBe(3);
    expect(isRunning(pid)).toBe(false);
    const next = hold();
    await next.opened();
    expect(next.said).toBe('');
  });
});
