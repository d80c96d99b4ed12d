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
  /** The application's database, as its owner: a role with no more rights than a hosted database would give. */
  url: string;
  /** The same database as the role that serves the API: it owns nothing. */
  apiUrl: string;
  /** The maintenance database as superuser, to create further databases (tests do). */
  adminUrl: string;
  /** Of the PostgreSQL that runs now, or ran last. */
  readonly pid: number;
  /** How often PostgreSQL ended by itself and was started again. */
  readonly restarts: number;
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

/**
 * Starts the PostgreSQL that comes with the project, making its database on the first start (about a second).
 *
 * Recovers by itself from a server that was killed, and starts PostgreSQL again where that ends by itself. Stops PostgreSQL also when the process exits without calling
 * `stop`, whatever the reason; only `kill -9` leaves it running, until the next start.
 * Throws, and touches nothing, where the data cannot be opened (see `refuseUnusable`) and, as `AlreadyRunningError`,
 * while another process has it open; any other failure leaves nothing running.
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
    // Again: another start may have made the database meanwhile.
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
