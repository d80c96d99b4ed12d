import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  apiRole,
  applicationName,
  createApplicationDatabase,
  openCluster,
  refuseUnusable,
  superuser,
} from './embedded-cluster.ts';
import { findHome, settleHome } from './embedded-home.ts';
import { takeLock } from './embedded-lock.ts';
import {
  restartPostmaster,
  startPostmaster,
  stopOrphan,
  stopPostmaster,
  stopPostmasterNow,
} from './embedded-postmaster.ts';
import { findPrograms } from './embedded-programs.ts';
import { keepRunning } from './embedded-restart.ts';

export { AlreadyRunningError } from './embedded-lock.ts';

/** A PostgreSQL server of our own, reachable on the loopback address only. */
export interface EmbeddedDatabase {
  /** The application's database as its owner, a role with no more rights than a hosted database would grant. */
  url: string;
  /** The same database as the API's role, which owns nothing. */
  apiUrl: string;
  /** The maintenance database as superuser, to create further databases (tests do). */
  adminUrl: string;
  /** Process id of the running PostgreSQL, or of the last one. */
  readonly pid: number;
  /** How often PostgreSQL exited by itself and was restarted. */
  readonly restarts: number;
  /** Path of PostgreSQL's log. */
  logFile: string;
  /** Records where this server listens, for the message to a second start on the same data. */
  announce(address: string): void;
  /**
   * Stops PostgreSQL and releases the data. Resolves when no process is left; further calls return the same promise.
   */
  stop(): Promise<void>;
}

interface Options {
  /** Absolute, or relative to the working directory; created if missing. */
  dataDir: string;
  /** Receives the few lines an operator should see. */
  log: (message: string) => void;
}

/**
 * The process to stop if ours has to exit at once: first initdb, then PostgreSQL. Blocking, as an exit hook must be.
 */
interface StartedProcess {
  stopNow?: () => void;
}

/**
 * Starts the PostgreSQL that ships with the project, creating its database on the first start (about a second).
 *
 * Recovers by itself from a killed server, and restarts PostgreSQL if it exits by itself. Also stops PostgreSQL if the
 * process exits without calling `stop`, for whatever reason; only `kill -9` leaves it running, until the next start.
 *
 * Throws without touching anything if the data cannot be opened (see `refuseUnusable`) or, with `AlreadyRunningError`,
 * if another process has it open. Any other failure leaves nothing running.
 */
export async function startEmbeddedDatabase({ dataDir, log }: Options): Promise<EmbeddedDatabase> {
  const home = findHome(dataDir);
  refuseUnusable(home);
  const lock = takeLock(join(home.directory, 'postgres.lock'), dataDir);
  const started: StartedProcess = {};
  const releaseNow = () => {
    started.stopNow?.();
    lock.release();
  };
  process.once('exit', releaseNow);

  try {
    // Checked again: another start may have created the database in the meantime.
    refuseUnusable(home);
    const programs = findPrograms(home);
    await stopOrphan(programs, home.dataDirectory, log);
    settleHome(home, dataDir, log);
    const password = await openCluster(programs, home, (stopNow) => {
      started.stopNow = stopNow;
    });
    const onSpawn = (pid: number) => {
      started.stopNow = () => stopPostmasterNow(programs, home.dataDirectory, pid);
    };
    const postmaster = await startPostmaster(programs, home, onSpawn);

    const adminUrl = urlOf(superuser, password, postmaster.port, 'postgres');
    await createApplicationDatabase(adminUrl, password);

    const logFile = join(home.directory, 'postgres.log');
    const keeping = keepRunning({
      first: postmaster,
      restart: (signal) => restartPostmaster(programs, home, { port: postmaster.port, onSpawn, signal }),
      log,
      logFile,
    });
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      await keeping.release();
      const { pid, ended, hold } = keeping.current();
      hold();
      await stopPostmaster(programs, home.dataDirectory, pid);
      await ended;
      process.off('exit', releaseNow);
      lock.release();
    };
    return {
      url: urlOf(applicationName, password, postmaster.port, applicationName),
      apiUrl: urlOf(apiRole, password, postmaster.port, applicationName),
      adminUrl,
      get pid() {
        return keeping.current().pid;
      },
      get restarts() {
        return keeping.restarts();
      },
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
 * The database URL of the server running on this data, for a program beside it (an import) that met
 * `AlreadyRunningError`. Works for anyone who may read the server's files.
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
