import { existsSync } from 'node:fs';
import { createServer as createListener } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { createServer } from '../../src/server.ts';
import { captureLog } from '../transport/wire.ts';
import { temporaryFolder } from './held-database.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const start = (config: Partial<Config>) =>
  createServer(
    { ...readConfig({ DATA_DIR: join(folder.path, 'data') }), ...config },
    { log: captureLog().log },
  );

test('a port that is taken is named, and what to do, before anything is made', async () => {
  const holder = createListener();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  await expect(start({ port })).rejects.toThrow(
    new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken: .*PORT.*\\(.*端口 ${port} 已被占用.*\\)$`),
  );
  expect(existsSync(join(folder.path, 'data'))).toBe(false);
  holder.close();
});

test('an address that this machine does not have is named', async () => {
  await expect(start({ host: '203.0.113.7', port: 0 })).rejects.toThrow(
    /no address 203\.0\.113\.7: correct HOST.*本机没有地址/,
  );
});

const admin = () => new URL(inject('adminUrl'));
const without = { tokenSigningKey: undefined, port: 0 };

test('a database that does not exist is named without its password', async () => {
  const url = admin();
  url.pathname = '/nowhere_at_all';
  const failure = await start({ ...without, databaseUrl: url.href }).catch((error: Error) => error.message);
  expect(failure).toMatch(
    /^DATABASE_URL leads to no usable database: .*\/nowhere_at_all, the database does not exist\. \(.*数据库不存在。\)$/,
  );
  if (url.password) expect(failure).not.toContain(url.password);
});

test('a database that nothing answers for is named, as the setting that leads there', async () => {
  const databaseUrl = admin().href;
  const migrationDatabaseUrl = 'postgres://owner:secret@127.0.0.1:9/x';
  const failure = await start({ ...without, databaseUrl, migrationDatabaseUrl }).catch(
    (error: Error) => error.message,
  );
  expect(failure).toMatch(
    /^MIGRATION_DATABASE_URL leads to .*owner@127\.0\.0\.1:9\/x, nothing answers there \(ECONNREFUSED\)/,
  );
  expect(failure).not.toContain('secret');
});
