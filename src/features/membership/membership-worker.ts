import type { Logger } from 'pino';
import { openReconnectingPool } from '../../core/database/reconnecting-pool.ts';
import { forgetUnfollowed } from './materialized-segment.write.ts';
import { advanceMembership, emptyRuleCache } from './membership.write.ts';
import { sampleNextSize, trimSizes } from './segment-size.write.ts';

const intervalMs = 200;
const forgetEveryMs = 10 * 60_000;
/** How soon after midnight, and after a rule has changed, sizes are sampled. */
const sampleEveryMs = 30_000;
/** Asking for all members of a large segment is one statement: seconds, not milliseconds. */
const answerTimeoutMs = 60_000;

export interface MembershipOptions {
  url: string;
  log: Logger;
  /** The organisation's calendar, an IANA name. */
  timeZone: string;
  /** How long a segment stays live after it was last followed: as long as its events are kept. */
  retentionMs: number;
  /** Something was written that waits for its place in the event log. */
  onChange: () => void;
}

/**
 * Keeps the members of live segments up to date, every 200 ms, and samples the sizes of all, on connections of its own. Runs on every instance: the
 * steps find among themselves who does the next one. What fails is tried again. Returns its end.
 */
export function startMembership({
  url,
  log,
  timeZone,
  retentionMs,
  onChange,
}: MembershipOptions): () => Promise<void> {
  const link = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  const remembered = emptyRuleCache();
  // Counting a large segment takes its time; those who follow one do not wait for it.
  const samples = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  let running: Promise<void> | undefined;
  let sampling: Promise<void> | undefined;
  let closed = false;
  let failing = false;

  const drain = async (): Promise<void> => {
    try {
      for (let isBehind = true; isBehind && !closed; ) {
        const clock = { now: new Date(), timeZone };
        const { generation } = remembered;
        const step = await link.run((db) => advanceMembership(db, clock, remembered));
        // Statements that are kept for rules of before would stay in the session for ever.
        if (generation !== -1 && generation !== remembered.generation) link.renew();
        if (step.changes > 0) onChange();
        isBehind = step.isBehind;
      }
      failing = false;
    } catch (error) {
      // What a step that failed had read of the rules may be of a transaction that never was.
      remembered.generation = -1;
      if (!failing && !closed) log.warn({ err: error }, 'membership of segments: will retry');
      failing = true;
    } finally {
      running = undefined;
    }
  };
  const sample = async (): Promise<void> => {
    try {
      const next = () => samples.run((db) => sampleNextSize(db, { now: new Date(), timeZone }));
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
      link
        .run(async (db) => {
          await forgetUnfollowed(db, new Date(Date.now() - retentionMs));
          await trimSizes(db, { now: new Date(), timeZone });
        })
        .catch((error) => log.warn({ err: error }, 'live segments: not forgotten, will retry'));
    }, forgetEveryMs),
    setInterval(() => {
      if (!closed) sampling ??= sample();
    }, sampleEveryMs),
  ];
  return async () => {
    closed = true;
    for (const timer of timers) clearInterval(timer);
    await Promise.all([running, sampling]);
    await Promise.all([link.close(), samples.close()]);
  };
}
