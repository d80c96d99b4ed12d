import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Database, queryJson } from './database.ts';
import { openReconnectingPool } from './reconnecting-pool.ts';
import { type Unavailability, unavailabilityOf } from './unavailable.ts';

/** Whether the database can be read and written, determined by doing both. */
export interface DatabaseHealth {
  /** The current problem; null if there is none. */
  problem: () => Unavailability | null;
  /**
   * Throws DISK_FULL while that is the problem. Failing writes still go into PostgreSQL's log, and when there is no
   * space left even for that, PostgreSQL stops, and reads fail too.
   */
  requireRoom: () => void;
  /** How often each reason was reported to a client. */
  noted: () => ReadonlyMap<Unavailability, number>;
  /** A client received UNAVAILABLE: counts the reason and treats it as a current problem. */
  note: (reason: Unavailability) => void;
  close: () => Promise<void>;
}

export interface HealthOptions {
  url: string;
  log: Logger;
}

const probeEveryMs = 1_000;
/**
 * How long a problem that clients met but the probe does not confirm is assumed to persist, unless clients meet it
 * again.
 */
const believedMs = 2_000;

/** Probes the database every second over its own connection, and logs when it begins to fail and when it recovers. */
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
      // If the probe fails for any other reason, the database still does not serve.
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
      // A burst that exhausted the connections says nothing about the next second.
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
 * Writes a megabyte to PostgreSQL's temporary files, on the disk of its data: the first thing a full disk refuses.
 * Touches no table, leaves nothing behind, and needs no special rights. Errors: DISK_FULL, READ_ONLY, or those of a
 * lost connection.
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
