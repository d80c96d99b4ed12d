import { spawn } from 'node:child_process';
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startEmbeddedDatabase } from '../../src/core/database/embedded.ts';
import { processIdentity } from '../../src/core/database/embedded-process.ts';
import { isRoot, temporaryFolder } from './held-database.ts';

const folder = temporaryFolder();
/** Passes for a PostgreSQL that somebody else has started. */
const foreign = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)', 'postgres'], {
  stdio: 'ignore',
});

afterAll(() => {
  foreign.kill();
  folder.remove();
});

/** Data as a former start left it, as far as a start looks at it. */
function leaveData(name: string, version = '18') {
  const dataDir = join(folder.path, name.replaceAll(/\W+/g, '-'));
  const cluster = join(dataDir, 'postgres');
  mkdirSync(cluster, { recursive: true, mode: 0o755 });
  writeFileSync(join(cluster, 'PG_VERSION'), `${version}\n`);
  writeFileSync(join(dataDir, 'postgres-password'), 'secret', { mode: 0o600 });
  if (isRoot) chownSync(cluster, 65_534, 65_534);
  return { dataDir, cluster };
}

/** Everything that a program which touches a folder would change of it. */
const everythingOf = (path: string) =>
  ['.', ...readdirSync(path, { recursive: true, encoding: 'utf8' })].sort().map((name) => {
    const file = join(path, name);
    const { mode, uid, gid, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true });
    const content = lstatSync(file).isFile() ? readFileSync(file, 'utf8') : '';
    return { name, mode, uid, gid, mtimeNs, ctimeNs, content };
  });

type Left = ReturnType<typeof leaveData>;
const refusals: Record<string, { version?: string; spoil?: (left: Left) => void; says: string }> = {
  'of an older major version': { version: '17', says: 'made by PostgreSQL 17' },
  'of a newer major version': { version: '19', says: 'made by PostgreSQL 19' },
  'of another major version that another server has open': {
    version: '17',
    spoil: ({ dataDir }) => lockFor(dataDir, process.ppid),
    says: 'made by PostgreSQL 17',
  },
  'that another server has open': {
    spoil: ({ dataDir }) => lockFor(dataDir, process.ppid),
    says: `already running as process ${process.ppid}`,
  },
  'that somebody else’s PostgreSQL is running on': {
    spoil: ({ cluster }) => writeFileSync(join(cluster, 'postmaster.pid'), `${foreign.pid}\n${cluster}\n`),
    says: `PostgreSQL process ${foreign.pid}`,
  },
  'whose password is missing': {
    spoil: ({ dataDir }) => rmSync(join(dataDir, 'postgres-password')),
    says: 'The password of the database',
  },
  'that is no database': {
    spoil: ({ cluster }) => rmSync(join(cluster, 'PG_VERSION')),
    says: 'holds no PostgreSQL database',
  },
  ...(isRoot && {
    'of an owner who cannot run PostgreSQL': {
      spoil: ({ cluster }: Left) => chownSync(cluster, 0, 0),
      says: 'belongs to user 0',
    },
  }),
};

function lockFor(dataDir: string, pid: number) {
  writeFileSync(join(dataDir, 'postgres.lock'), JSON.stringify({ pid, identity: processIdentity(pid) }));
}

test.each(Object.entries(refusals))('data %s is refused and left as it was', async (name, refusal) => {
  const left = leaveData(name, refusal.version);
  refusal.spoil?.(left);
  const before = everythingOf(left.dataDir);
  const lines: string[] = [];
  const starting = startEmbeddedDatabase({ dataDir: left.dataDir, log: (line) => lines.push(line) });
  await expect(starting).rejects.toThrow(refusal.says);
  expect(everythingOf(left.dataDir)).toEqual(before);
  expect(lines).toEqual([]);
});
