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
import { keptSecret } from '../kept-secret.ts';
import { type DatabaseHome, findHome, settleHome } from './embedded-home.ts';
import { takeLock } from './embedded-lock.ts';
import { startPostmaster, stopOrphan, stopPostmaster, stopPostmasterNow } from './embedded-postmaster.ts';
import { findPrograms, type Programs, programOptions } from './embedded-programs.ts';

export { AlreadyRunningError } from './embedded-lock.ts';

/** A PostgreSQL server of our own, reachable on the loopback address only. */
export interface EmbeddedDatabase {
  /** The application's database, as its owner: a role with no more rights than a hosted database would give. */
  url: string;
  /** The same database as the role that serves the API: it owns nothing. */
  apiUrl: string;
  /** The maintenance database as superuser, to create further databases (tests do). */
  adminUrl: string;
  pid: number;
  /** What PostgreSQL logs. */
  logFile: string;
  /** Tells a second start on the same data where this server listens. */
  announce(address: string): void;
  /** Stops PostgreSQL and gives the data free. Resolves when no process is left; calling it again waits for the same. */
  stop(): Promise<void>;
}

interface Options {
  /** Absolute or relative to the working folder; made if it is missing. */
  dataDir: string;
  /** Takes the few lines an operator should see. */
  log: (message: string) => void;
}

/** The process to stop if ours has to exit at once: initdb, then PostgreSQL. Both blocking, as an exit hook has to be. */
interface StartedProcess {
  stopNow?: () => void;
}

const postgresMajor = '18';
const superuser = 'postgres';
const applicationName = 'customer_file';
const apiRole = 'customer_file_api';

/**
 * Starts the PostgreSQL that comes with the project, making its database on the first start (about a second).
 *
 * Recovers by itself from a server that was killed. Stops PostgreSQL also when the process exits without calling
 * `stop`, whatever the reason; only `kill -9` leaves it running, until the next start.
 * Throws `AlreadyRunningError`, and touches nothing, while another process has the same data open; any other failure
 * leaves nothing running.
 */
export async function startEmbeddedDatabase({ dataDir, log }: Options): Promise<EmbeddedDatabase> {
  const home = findHome(dataDir);
  const lock = takeLock(join(home.directory, 'postgres.lock'), dataDir);
  const started: StartedProcess = {};
  const releaseNow = () => {
    started.stopNow?.();
    lock.release();
  };
  process.once('exit', releaseNow);

  try {
    const programs = findPrograms(home);
    await stopOrphan(programs, home.dataDirectory, log);
    settleHome(home, dataDir, log);
    const password = await openCluster(programs, home, started);
    const postmaster = await startPostmaster(programs, home, (pid) => {
      started.stopNow = () => stopPostmasterNow(programs, home.dataDirectory, pid);
    });

    const adminUrl = urlOf(superuser, password, postmaster.port, 'postgres');
    await createApplicationDatabase(adminUrl, password);

    let stopped: Promise<void> | undefined;
    const logFile = join(home.directory, 'postgres.log');
    postmaster.ended.then(() => {
      if (!stopped)
        log(`PostgreSQL ended by itself, see ${logFile}. (PostgreSQL 意外退出，参见 ${logFile}。)`);
    });
    const stop = async () => {
      postmaster.hold();
      await stopPostmaster(programs, home.dataDirectory, postmaster.pid);
      await postmaster.ended;
      process.off('exit', releaseNow);
      lock.release();
    };
    return {
      url: urlOf(applicationName, password, postmaster.port, applicationName),
      apiUrl: urlOf(apiRole, password, postmaster.port, applicationName),
      adminUrl,
      pid: postmaster.pid,
      logFile,
      announce: lock.announce,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    process.off('exit', releaseNow);
    releaseNow();
    throw error;
  }
}

/**
 * The application's database of the server that runs on this data, for a program beside it (an import) that met
 * `AlreadyRunningError`. Works for who may read the server's files.
 */
export function runningDatabaseUrl(dataDir: string): string {
  const { directory } = findHome(dataDir);
  const [password, port] = ['postgres-password', 'postgres-port'].map((name) =>
    readFileSync(join(directory, name), 'utf8').trim(),
  );
  return urlOf(applicationName, password as string, Number(port), applicationName);
}

const urlOf = (user: string, password: string, port: number, database: string): string =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

/** Makes the PostgreSQL data folder on the first start; returns the superuser's password. */
async function openCluster(programs: Programs, home: DatabaseHome, started: StartedProcess): Promise<string> {
  const passwordFile = join(home.directory, 'postgres-password');
  const exists = existsSync(home.dataDirectory);
  if (exists) {
    refuseOtherVersion(home.dataDirectory);
    if (!existsSync(passwordFile)) {
      throw new Error(
        `The password of the database in ${home.dataDirectory} is missing: restore ${passwordFile}, or remove both ` +
          `to start anew. (缺少数据库密码文件 ${passwordFile}：请恢复该文件，或将数据目录一并删除后重新开始。)`,
      );
    }
  }
  // Safe in a URL and between SQL quotes as it stands.
  const password = keptSecret(passwordFile, () => randomBytes(24).toString('base64url'));
  if (!exists) await createCluster(programs, home, password, started);
  return password;
}

/** Made beside its place and renamed, so that an interrupted start leaves no half cluster. */
async function createCluster(
  { initdb }: Programs,
  { directory, dataDirectory, account }: DatabaseHome,
  password: string,
  started: StartedProcess,
): Promise<void> {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('postgres-new-')) {
      // A killed start's initdb may still be writing there.
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
    // The same order and case rules on every machine. pg_trgm still asks the C library what a letter is, and in its
    // plain C locale no Chinese character is one.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--locale=${{ darwin: 'en_US.UTF-8', win32: 'en-US' }[process.platform as string] ?? 'C.UTF-8'}`,
    '--lc-messages=C',
  ];
  try {
    const running = promisify(execFile)(initdb, args, programOptions(account));
    started.stopNow = () => running.child.kill();
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

function refuseOtherVersion(dataDirectory: string): void {
  const version = readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8').trim();
  if (version === postgresMajor) return;
  throw new Error(
    `The database in ${dataDirectory} was made by PostgreSQL ${version} and this is ${postgresMajor}: dump it with ` +
      `that version, or move it away. (数据由 PostgreSQL ${version} 创建，当前为 ${postgresMajor}：请用原版本导出，或移走数据目录。)`,
  );
}

/** Makes the application's roles and database unless they are there; a start that was killed in between is completed. */
async function createApplicationDatabase(adminUrl: string, password: string): Promise<void> {
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
