import type { Database } from '../database/database.ts';
import type { Settings } from '../settings/settings.ts';
import { dateIn } from '../time/zone.ts';

export interface RunClock {
  /** Business time. */
  now: Date;
  settings: Settings;
}

/** A run, as its work sees it. */
export interface RunTime extends RunClock {
  period: string;
  /** Business time at which the run was opened: the same for all its chunks, however late they are. */
  openedAt: Date;
}

/** Work that recurs, declared once: see `declareRun`. */
export interface RunKind<Chunk = unknown> {
  /** Stored, and shown to administrators: kebab-case. Never changes. */
  name: string;
  /** The period whose run is due now; null while none is. */
  period: (clock: RunClock) => string | null;
  /** Cuts the work into chunks, each JSON. It reads only, and does so once. */
  cut: (tx: Database, run: RunTime) => Promise<readonly Chunk[]>;
  /**
   * Does a chunk, in the transaction that marks it as done, and returns how many items it was. Attributed to the system. It
   * has effects in the database only, and ends within a minute: cut so that a chunk takes a second at most.
   */
  work: (tx: Database, chunk: Chunk, run: RunTime) => Promise<number>;
}

/**
 * Declares work that recurs. It is done exactly once for each kind and period: whoever opens the run cuts it into chunks, any
 * instance does them, and what a killed one leaves is done by another. Wired in `src/runs.ts`.
 */
export const declareRun = <Chunk>(kind: RunKind<Chunk>): RunKind => kind as RunKind;

/** The organisation's day, YYYY-MM-DD: the period of a daily run. */
export const dayOf = ({ now, settings }: RunClock): string => dateIn(settings.timeZone, now);

/** The organisation's month, YYYY-MM, from one of its days on; null before: the period of a monthly run. */
export function monthFrom(day: number, clock: RunClock): string | null {
  const date = dayOf(clock);
  return Number(date.slice(8)) < day ? null : date.slice(0, 7);
}
