import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import { type IdRange, isIn, rangesOf } from '../../core/run/id-range.ts';
import { dayOf, declareRun, type RunClock, type RunTime } from '../../core/run/run.types.ts';

const filesPerChunk = 2_000;

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
  ids: ReturnType<typeof sql>,
  { openedAt, settings }: RunTime,
): Promise<number> => {
  const day = dayOf({ now: openedAt, settings });
  return queryJson(tx, sql`select to_json(settle_tiers(array(${ids}), true, ${day}::date))`);
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
    ),
});

/** What the passing of a day changes: contracts that take effect, and tiers that a person set until then. */
export const tierDayRun = declareRun<'ENDED' | 'BEGUN'>({
  name: 'tier-days',
  period: (clock) => (clock.settings.tiers ? dayOf(clock) : null),
  cut: async () => ['ENDED', 'BEGUN'],
  async work(tx, what, run) {
    const day = sql`${dayOf({ now: run.openedAt, settings: run.settings })}::date`;
    if (what === 'ENDED')
      return settle(
        tx,
        sql`select id from customer where tier_set_by = 'PERSON' and tier_until < ${day}`,
        run,
      );
    // A week: of days on which no instance ran, too.
    const begun = sql`select distinct customer_id from deal where stage = 'WON' and effective_on between ${day} - 7 and ${day}`;
    return queryJson(tx, sql`select to_json(settle_tiers(array(${begun}), false, ${day}))`);
  },
});
