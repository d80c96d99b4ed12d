import type { Logger } from 'pino';
import { openReconnectingPool } from '../../core/database/reconnecting-pool.ts';
import { startPeriodic } from '../../core/periodic.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { BusinessClock } from '../../core/time/business-clock.ts';
import { forgetUnfollowed } from './materialized-segment.write.ts';
import { advanceMembership, emptyRuleCache } from './membership.write.ts';
import { sampleNextSize, trimSizes } from './segment-size.write.ts';

const intervalMs = 200;
const forgetEveryMs = 10 * 60_000;
/** How soon after midnight, and after a rule has changed, sizes are sampled. */
const sampleEveryMs = 30_000;
/** Evaluating all members of a large segment is one statement that takes seconds, not milliseconds. */
const answerTimeoutMs = 60_000;

export interface MembershipOptions {
  url: string;
  log: Logger;
  settings: LiveSettings;
  clock: BusinessClock;
  /** How long a segment stays live after it was last followed: the retention of its events. */
  retentionMs: number;
  /** Called when a step has written to the outbox, which is then to be sequenced. */
  onChange: () => void;
}

/**
 * Brings the members of live segments up to date every 200 ms and samples the sizes of all segments, on connections of
 * its own. It runs on every instance: a lock in the database decides which one does the next step. Failed steps are
 * retried. Returns a function that stops it.
 */
export function startMembership({
  url,
  log,
  settings,
  clock,
  retentionMs,
  onChange,
}: MembershipOptions): () => Promise<void> {
  const link = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  const remembered = emptyRuleCache();
  // Counting a large segment takes long, and followers must not wait for it.
  const samples = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  let running: Promise<void> | undefined;
  let sampling: Promise<void> | undefined;
  let closed = false;
  let failing = false;

  const drain = async (): Promise<void> => {
    try {
      for (let isBehind = true; isBehind && !closed; ) {
        const time = { now: clock.now() };
        const { generation } = remembered;
        const step = await link.run((db) => advanceMembership(db, time, remembered));
        // Otherwise the prepared statements of the previous rules would stay in the database session for ever.
        if (generation !== -1 && generation !== remembered.generation) link.renew();
        if (step.changes > 0) onChange();
        isBehind = step.isBehind;
      }
      failing = false;
    } catch (error) {
      // The rules that a failed step has remembered may come from a transaction that was rolled back.
      remembered.generation = -1;
      if (!failing && !closed) log.warn({ err: error }, 'membership of segments: will retry');
      failing = true;
    } finally {
      running = undefined;
    }
  };
  const sample = async (): Promise<void> => {
    try {
      const next = () => samples.run((db) => sampleNextSize(db, { now: clock.now() }));
      while (!closed && (await next()));
    } catch (error) {
      if (!closed) log.warn({ err: error }, 'sizes of segments: will retry');
    } finally {
      sampling = undefined;
    }
  };
  const timers = [
    setInterval(() => {
      if (!closed) running ??= drain();
    }, intervalMs),
    setInterval(() => {
      if (!closed) sampling ??= sample();
    }, sampleEveryMs),
  ];
  const stopForgetting = startPeriodic(
    forgetEveryMs,
    () =>
      link.run(async (db) => {
        await forgetUnfollowed(db, new Date(Date.now() - retentionMs));
        await trimSizes(db, { now: clock.now(), timeZone: settings.current().timeZone });
      }),
    (error) => log.warn({ err: error }, 'live segments: not forgotten, will retry'),
  );
  return async () => {
    closed = true;
    for (const timer of timers) clearInterval(timer);
    await Promise.all([running, sampling, stopForgetting()]);
    await Promise.all([link.close(), samples.close()]);
  };
}
