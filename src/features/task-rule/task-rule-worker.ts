import type { Logger } from 'pino';
import { openReconnectingPool } from '../../core/database/reconnecting-pool.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { BusinessClock } from '../../core/time/business-clock.ts';
import { advanceTaskRules, tickTaskRules } from './task-rule.write.ts';

const intervalMs = 500;
const tickEveryMs = 60_000;
/** Steps of a tick at most: what is left waits for the next one, and changed files do not wait for it. */
const stepsPerTick = 20;
/** Rules that go by time look at all files. */
const answerTimeoutMs = 60_000;

export interface TaskRulesOptions {
  url: string;
  log: Logger;
  settings: LiveSettings;
  clock: BusinessClock;
  /** Called when a step has written to the outbox, which is then to be sequenced. */
  onChange: () => void;
}

/**
 * Evaluates the rules that open tasks: for changed files every half second, for the passing of time every minute. It runs on
 * every instance; a lock in the database decides which one does a step. Returns a function that stops it.
 */
export function startTaskRules({
  url,
  log,
  settings,
  clock,
  onChange,
}: TaskRulesOptions): () => Promise<void> {
  const link = openReconnectingPool({ url, poolSize: 1, answerTimeoutMs });
  let running: Promise<void> | undefined;
  let tickedAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let isFailing = false;
  const run = async (): Promise<void> => {
    try {
      const time = () => ({ now: clock.now(), settings: settings.current() });
      const nowMs = clock.now().getTime();
      if (nowMs - tickedAtMs > tickEveryMs) {
        tickedAtMs = nowMs;
        for (let steps = 0, isBehind = true; isBehind && !isClosed && steps < stepsPerTick; steps += 1) {
          const step = await link.run((db) => tickTaskRules(db, time()));
          if (step.changes > 0) onChange();
          isBehind = step.isBehind;
        }
      }
      for (let isBehind = true; isBehind && !isClosed; ) {
        const step = await link.run((db) => advanceTaskRules(db, time()));
        if (step.changes > 0) onChange();
        isBehind = step.isBehind;
      }
      isFailing = false;
    } catch (error) {
      if (!isFailing && !isClosed) log.warn({ err: error }, 'rules of tasks: will retry');
      isFailing = true;
    } finally {
      running = undefined;
    }
  };
  const timer = setInterval(() => {
    if (!isClosed) running ??= run();
  }, intervalMs);
  return async () => {
    isClosed = true;
    clearInterval(timer);
    await running;
    await link.close();
  };
}
