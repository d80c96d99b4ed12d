import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Database, queryJson } from './database.ts';
import { openReconnectingPool } from './reconnecting-pool.ts';
import { type Unavailability, unavailabilityOf } from './unavailable.ts';

/** Whether the database can be read and written, found out by doing both. */
export interface DatabaseHealth {
  /** What is wrong with it now; null when it serves. */
  problem: () => Unavailability | null;
  /**
   * Throws DISK_FULL while that is the problem. What is written in vain goes into PostgreSQL's log all the same, and when
   * not even that has room, PostgreSQL stops, and reading with it.
   */
  requireRoom: () => void;
  /** How often each reason was given to a client. */
  noted: () => ReadonlyMap<Unavailability, number>;
  /** A client was answered UNAVAILABLE: what kept the database from serving is looked at now. */
  note: (reason: Unavailability) => void;
  close: () => Promise<void>;
}

export interface HealthOptions {
  url: string;
  log: Logger;
}

const probeEveryMs = 1_000;
/** How long a problem that clients met and the probe does not is believed: until they come again. */
const believedMs = 2_000;

/**
 * Probes the database every second, over a connection of its own, and says in the log when it begins to fail and when
 * it serves again.
 */
export function watchHealth({ url, log }: HealthOptions): DatabaseHealth {
  const link = openReconnectingPool({ url, poolSize: 1 });
  const counts = new Map<Unavailability, number>();
  const closing = new AbortController();
  let met: { reason: Unavailability; untilMs: number } | undefined;
  let problem: Unavailability | null = null;
  let sinceMs = 0;

  const become = (found: Unavailability | null, err?: unknown) => {
    if (found === problem) return;
    if (problem === null) sinceMs = performance.now();
    if (found)
      log.error(
        { reason: found, ...(err !== undefined && { err }) },
        `database unavailable: ${explanations[found]}`,
      );
    else
      log.info({ forMs: Math.round(performance.now() - sinceMs) }, 'database available again (数据库已恢复)');
    problem = found;
  };
  const look = async (): Promise<void> => {
    try {
      await link.run(probe);
      if (!closing.signal.aborted) become(met && performance.now() < met.untilMs ? met.reason : null);
    } catch (error) {
      // What the probe fails for otherwise is no answer either.
      if (!closing.signal.aborted) become(unavailabilityOf(error) ?? 'DOWN', error);
    }
  };
  const run = async () => {
    const { signal } = closing;
    while (!signal.aborted) {
      await look();
      await pause(probeEveryMs, undefined, { signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    problem: () => problem,
    requireRoom: () => {
      if (problem !== 'DISK_FULL') return;
      throw Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' });
    },
    noted: () => counts,
    note: (reason) => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      // A crowd that found no connection free says nothing of the next second.
      if (reason === 'OVERLOADED' || reason === problem) return;
      met = { reason, untilMs: performance.now() + believedMs };
      become(reason);
    },
    close: async () => {
      closing.abort();
      await running;
      await link.close();
    },
  };
}

const explanations: Record<Unavailability, string> = {
  DOWN: 'it cannot be reached or has no answer (无法连接数据库)',
  OVERLOADED: 'it is out of connections or memory (数据库连接或内存不足)',
  DISK_FULL: 'its disk is full; reading goes on, writing is refused (磁盘已满，可读不可写)',
  DISK_FAILED: 'its disk fails (磁盘读写失败)',
  READ_ONLY: 'it takes no writes (数据库为只读状态)',
};

/**
 * Writes a megabyte where PostgreSQL keeps what does not fit into memory, on the disk of its data: what a full disk
 * refuses first. No table is touched, nothing is left, and any role may. Errors: DISK_FULL, READ_ONLY, or none reached.
 */
async function probe(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    const isReadOnly = await queryJson<boolean>(
      tx,
      sql`select to_json(current_setting('transaction_read_only')::boolean) from set_config('work_mem', '64kB', true)`,
    );
    if (isReadOnly) throw Object.assign(new Error('The database is read-only.'), { code: '25006' });
    await tx.execute(sql`select count(*) from generate_series(1, 50000)`);
  });
}
