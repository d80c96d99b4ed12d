import { setTimeout as pause } from 'node:timers/promises';
import type { Postmaster } from './embedded-postmaster.ts';

/** Controls a PostgreSQL that is kept running. */
export interface Keeping {
  /** The running postmaster, or the last one. */
  current: () => Postmaster;
  /** Number of restarts. */
  restarts: () => number;
  /** Stops restarting: a PostgreSQL that ends from now on stays ended. Resolves when no start is in progress. */
  release: () => Promise<void>;
}

interface KeepOptions {
  first: Postmaster;
  /** Starts another postmaster on the same data and port. Throws if it does not start or the signal is aborted. */
  restart: (signal: AbortSignal) => Promise<Postmaster>;
  log: (message: string) => void;
  logFile: string;
}

const firstPauseMs = 200;
const maxPauseMs = 5_000;

/**
 * Restarts PostgreSQL whenever it exits by itself, for as long as it takes: processes of a killed one may still be
 * exiting, its port may be taken for a while, and on a full disk it cannot start until somebody frees space. Pauses
 * grow to 5 s. Giving up would only prolong the outage.
 */
export function keepRunning({ first, restart, log, logFile }: KeepOptions): Keeping {
  let current = first;
  let restarts = 0;
  const release = new AbortController();

  const revive = async (): Promise<boolean> => {
    for (let pauseMs = firstPauseMs; !release.signal.aborted; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        current = await restart(release.signal);
        restarts += 1;
        log(
          `PostgreSQL was started again, as process ${current.pid}. (PostgreSQL 已重新启动，进程 ${current.pid}。)`,
        );
        return true;
      } catch (error) {
        if (release.signal.aborted) return false;
        log(`${(error as Error).message}\nNext attempt in ${pauseMs} ms. (${pauseMs} 毫秒后重试。)`);
        await pause(pauseMs, undefined, { signal: release.signal }).catch(() => {});
      }
    }
    return false;
  };
  const keep = async (): Promise<void> => {
    do {
      await endedOrAborted(current.ended, release.signal);
      if (release.signal.aborted) return;
      log(
        `PostgreSQL (process ${current.pid}) ended by itself, see ${logFile}; it is started again. ` +
          `(PostgreSQL 进程 ${current.pid} 意外退出，参见 ${logFile}；正在重新启动。)`,
      );
    } while (await revive());
  };
  const keeping = keep();
  return {
    current: () => current,
    restarts: () => restarts,
    release: () => {
      release.abort();
      return keeping;
    },
  };
}

/** Removes its listener from the signal, which lives as long as the server. */
const endedOrAborted = (ended: Promise<unknown>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      signal.removeEventListener('abort', settle);
      resolve();
    };
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
    void ended.then(settle);
  });
