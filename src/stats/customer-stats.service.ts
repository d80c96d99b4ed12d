import { thresholdRoles } from '../access/policy.ts';
import type { Context } from '../context.ts';
import { forbidden, tooComplex } from '../errors.ts';
import { encodeId } from '../graphql/type-id.ts';
import type { Filter } from '../model/filter.ts';
import { enumLabel, type Label } from '../model/label.ts';
import { plannedFor } from '../model/prepared-question.ts';
import { newShape, requireAffordable } from '../model/query-cost.ts';
import { readingOf } from '../model/read.ts';
import { type RunStatement, withSavedFilters, writtenOut } from '../model/saved-filter.ts';
import {
  maxGroups,
  type RawCell,
  type RawStats,
  type StatsQuestion,
  statsStatement,
} from './customer-stats.statement.ts';
import type { Dimension } from './dimension.ts';
import { tellsOneValue } from './measure.ts';
import { rememberPopulation } from './population.service.ts';
import { sharesOf } from './share.ts';
import { type CountedCell, type PublishedCell, protectCells, publishedCell } from './suppression.ts';

/** One group of a statistic. */
export interface StatsGroup extends PublishedCell {
  share: string | null;
  labels: (Label | null)[];
}

export interface Stats {
  /** Null where even the whole is withheld. */
  total: PublishedCell | null;
  groups: StatsGroup[];
}

/**
 * Counts and measures of the active files the viewer may see, in groups.
 *
 * For threshold roles, what speaks of too few customers is withheld, by itself
 * and beside the populations they asked for before.
 *
 * @throws FORBIDDEN for a field that is withheld by role, QUERY_TOO_COMPLEX for too many groups, RATE_LIMITED.
 */
export async function customerStats(ctx: Context, question: Omit<StatsQuestion, 'earlier'>): Promise<Stats> {
  const shape = newShape();
  const reading = { ...readingOf(ctx), shape };
  const run: RunStatement = (statement) => ctx.statements.load(statement);
  const isProtected = thresholdRoles.includes(reading.viewer.role);
  if (isProtected && question.measures.some(({ of }) => tellsOneValue(of))) {
    throw forbidden(
      'The least or greatest value is one customer’s own. (最小值和最大值属于单个客户，不能统计。)',
    );
  }
  let asked: Filter[] = question.filters;
  // Judged before anything is remembered.
  const prepared = await withSavedFilters(run, reading, (attempt) => {
    statsStatement(attempt, { ...question, earlier: [] });
    asked = question.filters.map((filter) =>
      attempt.saved ? writtenOut(filter, 'inSegment', attempt.saved) : filter,
    );
    return attempt;
  });
  const earlier = isProtected ? await rememberPopulation(ctx.db, reading.viewer.id, asked) : [];
  const statement = statsStatement(prepared, { ...question, earlier });
  await requireAffordable(ctx, shape, statement);
  const planned = plannedFor(shape, ctx.statements.rendered(statement));
  const { cells, names } = (await ctx.statements.load(planned)) as RawStats;
  const { smallestGroup } = ctx;
  const counted = mergeCells(cells, question, smallestGroup);
  if (counted.groups.length > maxGroups) {
    throw tooComplex(
      `There are more than ${maxGroups} groups: narrow the filter or drop a dimension. (分组过多，请缩小筛选范围或减少维度。)`,
      { limit: 'groups', maximum: maxGroups },
    );
  }
  const { total } = counted;
  const nothing = isProtected && (total.count < smallestGroup || total.flagged);
  const groups = nothing ? [] : isProtected ? protectCells(counted.groups, smallestGroup) : counted.groups;
  return publish(
    question.dimensions,
    groups,
    nothing ? null : isProtected ? publishedCell(total, smallestGroup) : total,
    names,
  );
}

/** Brings each group's own numbers and those of its needs and deals together. */
function mergeCells(
  lists: RawCell[][],
  { measures, dimensions }: Pick<StatsQuestion, 'measures' | 'dimensions'>,
  smallestGroup: number,
) {
  const keyOf = (cell: RawCell) =>
    cell.whole || dimensions.length === 0 ? 'whole' : JSON.stringify(cell.keys);
  const [own = [], ...related] = lists.map((cells) => new Map(cells.map((cell) => [keyOf(cell), cell])));
  let nextOwn = 0;
  let nextRelated = 0;
  const places = measures.map(({ number }) =>
    number.relation === null
      ? { list: own as Map<string, RawCell>, at: nextOwn++ }
      : { list: related[nextRelated++] as Map<string, RawCell>, at: 0 },
  );
  const counted = [...(own as Map<string, RawCell>)].map(([key, cell]): [string, CountedCell] => [
    key,
    {
      keys: cell.whole ? [] : cell.keys,
      count: cell.count,
      // A group without a single need or deal is not in their list: its sum and count are 0.
      measures: places.map(({ list, at }, i) => list.get(key)?.measures[at] ?? emptyOf(measures[i]?.of)),
      contributors: places.map(({ list, at }) => list.get(key)?.contributors[at] ?? 0),
      flagged: cell.apart.some((customers) => customers > 0 && customers < smallestGroup),
    },
  ]);
  const total = counted.find(([key]) => key === 'whole')?.[1] as CountedCell;
  const groups = counted
    .filter(([key, { count }]) => key !== 'whole' && count > 0)
    // Rounding gives what is left over to the first of equals: that must not be the order in which rows lie in the table.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cell]) => cell);
  return { total, groups };
}

const emptyOf = (of: string | undefined): string | null => (of === 'SUM' || of === 'COUNT' ? '0' : null);

function publish(
  dimensions: Dimension[],
  groups: readonly PublishedCell[],
  total: PublishedCell | null,
  names: Record<string, string> | null,
): Stats {
  const counts = groups.map(({ count }) => count);
  const complete = counts.every((count) => count !== null);
  const sum = counts.reduce<number>((all, count) => all + (count ?? 0), 0);
  // Of rounded counts the whole is what they make up, so that shares still add up.
  const severalPerFile = dimensions.some(({ name }) => name === 'TAG');
  const whole = severalPerFile || (complete && sum === total?.count) ? (total?.count ?? 0) : sum;
  const shares = sharesOf(counts, whole);
  return {
    total,
    groups: groups.map((group, i) => ({
      ...group,
      keys: group.keys.map((key, d) => publicKey(dimensions[d] as Dimension, key)),
      share: shares[i] ?? null,
      labels: group.keys.map((key, d) => labelOfKey(dimensions[d] as Dimension, key, names)),
    })),
  };
}

function publicKey({ names }: Dimension, key: string | null): string | null {
  if (key === null || (names !== 'employee' && names !== 'team')) return key;
  return encodeId(names === 'employee' ? 'emp' : 'team', key);
}

function labelOfKey(
  { names: kind }: Dimension,
  key: string | null,
  names: Record<string, string> | null,
): Label | null {
  if (key === null) return null;
  if (typeof kind === 'object') return enumLabel(kind.enumeration, key);
  const name = kind === 'plain' ? key : names?.[key];
  return name === undefined ? null : { ZH: name, EN: name };
}
