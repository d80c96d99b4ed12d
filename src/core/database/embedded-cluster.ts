import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { readOrCreateSecret } from '../secret-file.ts';
import type { DatabaseHome } from './embedded-home.ts';
import { refuseForeignPostmaster } from './embedded-postmaster.ts';
import { type Programs, programOptions } from './embedded-programs.ts';

const postgresMajor = '18';
export const superuser = 'postgres';
/** The application's database, and the role that owns it. */
export const applicationName = 'customer_file';
export const apiRole = 'customer_file_api';

const passwordFileOf = ({ directory }: DatabaseHome): string => join(directory, 'postgres-password');

/**
 * Throws if the existing database cannot be opened by this project: it has another major version, its password is
 * missing, another PostgreSQL uses it, or the folder holds no database. Only reads, so that a refused database is left
 * unchanged.
 */
export function refuseUnusable(home: DatabaseHome): void {
  const { dataDirectory, isLeftOver } = home;
  if (isLeftOver || !existsSync(dataDirectory)) return;
  refuseOtherVersion(dataDirectory);
  if (!existsSync(passwordFileOf(home))) {
    throw new Error(
      `The password of the database in ${dataDirectory} is missing: restore ${passwordFileOf(home)}, or remove both ` +
        `to start from nothing. (缺少数据库密码文件 ${passwordFileOf(home)}：请恢复该文件，或将数据目录一并删除后重新开始。)`,
    );
  }
  refuseForeignPostmaster(dataDirectory);
}

function refuseOtherVersion(dataDirectory: string): void {
  const versionFile = join(dataDirectory, 'PG_VERSION');
  if (!existsSync(versionFile)) {
    throw new Error(
      `${dataDirectory} holds no PostgreSQL database: move it away, or choose another DATA_DIR. ` +
        `(${dataDirectory} 中没有 PostgreSQL 数据库：请移走该目录，或另选 DATA_DIR。)`,
    );
  }
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version === postgresMajor) return;
  throw new Error(
    `The database in ${dataDirectory} was made by PostgreSQL ${version} and this is ${postgresMajor}: dump it with ` +
      `that version, or move it away. (数据由 PostgreSQL ${version} 创建，当前为 ${postgresMajor}：请用原版本导出，或移走数据目录。)`,
  );
}

/**
 * Creates the PostgreSQL data folder on the first start; returns the superuser's password. `onSpawn` receives the
 * function that ends initdb.
 */
export async function openCluster(
  programs: Programs,
  home: DatabaseHome,
  onSpawn: (stopNow: () => void) => void,
): Promise<string> {
  // Safe unescaped in a URL and between SQL quotes.
  const password = readOrCreateSecret(passwordFileOf(home), () => randomBytes(24).toString('base64url'));
  if (!existsSync(home.dataDirectory)) await createCluster(programs, home, password, onSpawn);
  return password;
}

/** Created next to its final place and renamed, so that an interrupted start leaves no partial cluster. */
async function createCluster(
  { initdb }: Programs,
  { directory, dataDirectory, account }: DatabaseHome,
  password: string,
  onSpawn: (stopNow: () => void) => void,
): Promise<void> {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('postgres-new-')) {
      // The initdb of a killed start may still be writing there.
      rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 10 });
    }
  }
  const draft = join(directory, `postgres-new-${process.pid}`);
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);

  const args = [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same collation and case rules on every machine. pg_trgm still relies on the C library to classify letters,
    // and in its plain C locale no Chinese character is a letter.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--locale=${{ darwin: 'en_US.UTF-8', win32: 'en-US' }[process.platform as string] ?? 'C.UTF-8'}`,
    '--lc-messages=C',
  ];
  try {
    const running = promisify(execFile)(initdb, args, programOptions(account));
    onSpawn(() => running.child.kill());
    await running;
    renameSync(draft, dataDirectory);
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || String(error);
    throw new Error(`PostgreSQL could not make its database. (PostgreSQL 无法创建数据库。)\n${reason}`);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Creates the application's roles and database if missing; completes a start that was killed in between. */
export async function createApplicationDatabase(adminUrl: string, password: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1 });
  try {
    for (const role of [applicationName, apiRole]) {
      const [found] = await sql`select from pg_roles where rolname = ${role}`;
      if (!found) await sql.unsafe(`create role ${role} login password '${password}'`);
    }
    const [found] = await sql`select from pg_database where datname = ${applicationName}`;
    if (!found) await sql.unsafe(`create database ${applicationName} owner ${applicationName}`);
  } finally {
    await sql.end();
  }
}
