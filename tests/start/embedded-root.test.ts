import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startEmbeddedDatabase } from '../../src/core/database/embedded.ts';
import { canEnter, findAccount } from '../../src/core/database/embedded-account.ts';
import { isRoot, temporaryFolder } from './held-database.ts';

const account = { uid: 65_534, gid: 65_534 };

describe('the user PostgreSQL runs as under root', () => {
  const folder = temporaryFolder();
  const passwd = join(folder.path, 'passwd');
  afterAll(() => folder.remove());

  test('is "postgres", else "nobody", never root by another name', () => {
    const nobody = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n';
    writeFileSync(passwd, nobody);
    expect(findAccount(passwd)).toEqual(account);
    writeFileSync(passwd, `${nobody}postgres:x:101:104::/:/bin/bash\n`);
    expect(findAccount(passwd)).toEqual({ uid: 101, gid: 104 });
    writeFileSync(passwd, 'postgres:x:0:0::/:/bin/bash\n');
    expect(() => findAccount(passwd)).toThrow('no user "postgres" or "nobody"');
  });

  test('may enter a folder only if every folder above lets it', () => {
    const inner = join(folder.path, 'closed', 'open');
    mkdirSync(inner, { recursive: true });
    chmodSync(dirname(inner), 0o700);
    chmodSync(inner, 0o755);
    expect(canEnter(folder.path, account)).toBe(true);
    expect(canEnter(inner, account)).toBe(false);
    chmodSync(dirname(inner), 0o711);
    expect(canEnter(inner, account)).toBe(true);
  });
});

describe.skipIf(!isRoot)('as root', () => {
  const open = temporaryFolder();
  const closed = temporaryFolder();
  const dataDir = join(closed.path, 'data');
  const homes = new Set<string>();
  chmodSync(closed.path, 0o700);

  afterAll(() => {
    open.remove();
    closed.remove();
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  });

  const homeOf = (folder: string) => {
    const home = readFileSync(join(folder, 'postgres-home'), 'utf8').trim();
    homes.add(home);
    return home;
  };
  const startAndStop = async (folder: string) => {
    const lines: string[] = [];
    const database = await startEmbeddedDatabase({ dataDir: folder, log: (line) => lines.push(line) });
    await database.stop();
    return lines;
  };

  test('the database belongs to another user, its password and its folder to root', async () => {
    expect(await startAndStop(open.path)).toEqual([]);
    expect(statSync(join(open.path, 'postgres')).uid).not.toBe(0);
    expect(statSync(join(open.path, 'postgres-password'))).toMatchObject({ uid: 0, mode: 0o100600 });
    expect(statSync(open.path).uid).toBe(0);
  });

  test('below a folder only root may enter, the data is kept elsewhere, which is said once', async () => {
    const lines = await startAndStop(dataDir);
    const home = homeOf(dataDir);
    expect(lines).toEqual([expect.stringContaining(home)]);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    expect(lstatSync(join(home, 'postgres')).mode & 0o777).toBe(0o700);
    expect(await startAndStop(dataDir)).toEqual([]);
  });

  test('removing the data folder starts afresh and moves the old database aside', async () => {
    rmSync(dataDir, { recursive: true });
    const lines = await startAndStop(dataDir);
    expect(lines).toEqual([expect.stringContaining('moved aside'), expect.stringContaining('kept in')]);
    const databases = readdirSync(homeOf(dataDir)).filter((name) => /^postgres(-\d+)?$/.test(name));
    expect(databases).toHaveLength(2);
  });

  test('a note that points outside the system’s state folder is not believed', async () => {
    const home = homeOf(dataDir);
    writeFileSync(join(dataDir, 'postgres-home'), join(open.path, 'elsewhere'));
    await startAndStop(dataDir);
    expect(homeOf(dataDir)).toBe(home);
    expect(existsSync(join(open.path, 'elsewhere'))).toBe(false);
    expect(basename(dirname(home))).toBe('customer-file');
  });
});
