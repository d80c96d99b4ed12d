import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import { type IdRange, isIn, rangesOf } from '../../core/run/id-range.ts';
import { dayOf, declareRun, type RunClock, type RunTime } from '../../core/run/run.types.ts';

const filesPerChunk = 2_000;
const tierDays = 'tier-days';

/** The period of the organisation's rule, and the rule itself: another rule is held against all files at once. */
function tierPeriod(clock: RunClock): string | null {
  const { tiers, currency } = clock.settings;
  if (!tiers) return null;
  const [year, month] = dayOf(clock).split('-');
  const quarter = Math.ceil(Number(month) / 3);
  const period = { YEAR: year, QUARTER: `${year}-Q${quarter}`, MONTH: `${year}-${month}` }[tiers.period];
  const rule = createHash('sha256')
    .update(JSON.stringify([tiers, currency]))
    .digest('hex')
    .slice(0, 12);
  return `${period} ${rule}`;
}

const settle = (
  tx: Database,
  ids: SQL,
  { openedAt, settings }: RunTime,
  isPeriodEnd: boolean,
): Promise<number> => {
  const day = dayOf({ now: openedAt, settings });
  return queryJson(
    tx,
    sql`select to_json(settle_tiers(array(${ids}), ${isPeriodEnd}::boolean, ${day}::date))`,
  );
};

/** Down, and up, as a period begins: every file whose tier follows from the rule, or could. */
export const tierRun = declareRun<IdRange>({
  name: 'tiers',
  period: tierPeriod,
  cut: (tx) => rangesOf(tx, sql`select id from customer where archived_at is null`, filesPerChunk),
  work: (tx, range, run) =>
    settle(
      tx,
      sql`select f.id from customer f where f.archived_at is null and ${isIn(range, sql`f.id`)}`,
      run,
      true,
    ),
});

/** A chunk of the files whose override has ended, or with contracts that have taken effect. */
type DayChunk = IdRange & { what: 'ENDED' | 'BEGUN' };

/** Files whose tier a day may change. Since the run before, so that days on which no instance ran are not left out. */
const changedBy = (what: DayChunk['what'], day: string): SQL =>
  what === 'ENDED'
    ? sql`select id from customer where tier_set_by = 'PERSON' and tier_until < ${day}::date`
    : sql`select distinct customer_id as id from deal where stage = 'WON' and effective_on <= ${day}::date and effective_on >=
            coalesce((select max(period)::date from run where kind = ${tierDays} and period < ${day}), ${day}::date - 7)`;

/** What the passing of a day changes: contracts that take effect, and tiers that a person set until then. */
export const tierDayRun = declareRun<DayChunk>({
  name: tierDays,
  period: (clock) => (clock.settings.tiers ? dayOf(clock) : null),
  async cut(tx, run) {
    const chunks: DayChunk[] = [];
    for (const what of ['ENDED', 'BEGUN'] as const)
      for (const range of await rangesOf(tx, changedBy(what, run.period), filesPerChunk))
        chunks.push({ what, ...range });
    return chunks;
  },
  work: (tx, { what, ...range }, run) =>
    settle(
      tx,
      sql`select f.id from (${changedBy(what, run.period)}) f where ${isIn(range, sql`f.id`)}`,
      run,
      what === 'ENDED',
    ),
});
