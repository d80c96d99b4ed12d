import { logUses } from '../../core/access/access-log-port.ts';
import type { Context } from '../../core/context.ts';
import { tooComplex } from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { enumLabel, type Label } from '../../core/model/label.ts';
import { plannedFor } from '../../core/model/prepared-query.ts';
import { newShape, requireAffordable } from '../../core/model/query-cost.ts';
import { readingOf } from '../../core/model/read.ts';
import { type RunStatement, withSavedFilters } from '../../core/model/saved-filter.ts';
import {
  maxGroups,
  type RawCell,
  type RawStats,
  type StatsQuery,
  statsStatement,
} from './customer-stats.statement.ts';
import type { Dimension } from './dimension.ts';
import { sharesOf } from './share.ts';

/** One group of a statistic, or its total. */
export interface StatsGroup {
  keys: readonly (string | null)[];
  count: number;
  measures: (string | null)[];
  share: string;
  labels: (Label | null)[];
}

type Cell = Pick<StatsGroup, 'keys' | 'count' | 'measures'>;

export interface Stats {
  total: Cell;
  groups: StatsGroup[];
}

/**
 * Counts and measures of the active files that the viewer may see, in groups. The numbers are exact, since they cover
 * only what the viewer can read file by file; see docs/decisions/0020.
 *
 * @throws FORBIDDEN for a field that is withheld by role, QUERY_TOO_COMPLEX for too many groups.
 */
export async function customerStats(ctx: Context, query: StatsQuery): Promise<Stats> {
  const shape = newShape();
  const reading = { ...readingOf(ctx), shape };
  const run: RunStatement = (statement) => ctx.statements.load(statement);
  const statement = await withSavedFilters(run, reading, (attempt) => statsStatement(attempt, query));
  await requireAffordable(ctx, shape, statement);
  const planned = plannedFor(shape, ctx.statements.rendered(statement));
  const { cells, names } = (await ctx.statements.load(planned)) as RawStats;
  await logUses(ctx, shape.uses);
  const { total, groups } = mergeCells(cells, query);
  if (groups.length > maxGroups) {
    throw tooComplex(
      `There are more than ${maxGroups} groups: narrow the filter or drop a dimension. (分组过多，请缩小筛选范围或减少维度。)`,
      { limit: 'groups', maximum: maxGroups },
    );
  }
  return publish(query.dimensions, groups, total, names);
}

/** Merges each group's own numbers with those of its needs and deals. */
function mergeCells(
  lists: RawCell[][],
  { measures, dimensions }: Pick<StatsQuery, 'measures' | 'dimensions'>,
): { total: Cell; groups: Cell[] } {
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
  const counted = [...(own as Map<string, RawCell>)].map(([key, cell]): [string, Cell] => [
    key,
    {
      keys: cell.whole ? [] : cell.keys,
      count: cell.count,
      // A group without needs or deals is missing from their list; its sum and count are 0.
      measures: places.map(({ list, at }, i) => list.get(key)?.measures[at] ?? emptyOf(measures[i]?.of)),
    },
  ]);
  const total = counted.find(([key]) => key === 'whole')?.[1] as Cell;
  const groups = counted
    .filter(([key]) => key !== 'whole')
    // When shares are rounded, the first of equal groups gets the remainder, so their order must not depend on how rows
    // are stored.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cell]) => cell);
  return { total, groups };
}

const emptyOf = (of: string | undefined): string | null => (of === 'SUM' || of === 'COUNT' ? '0' : null);

function publish(
  dimensions: Dimension[],
  groups: readonly Cell[],
  total: Cell,
  names: Record<string, string> | null,
): Stats {
  const shares = sharesOf(
    groups.map(({ count }) => count),
    total.count,
  );
  return {
    total,
    groups: groups.map((group, i) => ({
      ...group,
      keys: group.keys.map((key, d) => publicKey(dimensions[d] as Dimension, key)),
      share: shares[i] as string,
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
