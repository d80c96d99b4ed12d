import { compareDecimals } from '../../core/validation/decimal.ts';
import type { StatsGroup } from './customer-stats.service.ts';
import type { StatsQuery } from './customer-stats.statement.ts';

const defaultFirst = 100;

type Operator = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';
type Condition = { measure: string } & { [operator in Operator]?: string | null };

interface Arrangement {
  having?: Condition[] | null;
  orderBy?: { by: string; direction: 'ASC' | 'DESC' }[] | null;
  first?: number | null;
}

type Names = Pick<StatsQuery, 'dimensions' | 'measures'>;

/**
 * The first groups that match `having`, in order, and the number of all that match. A group without a value for a
 * number matches no condition on it and sorts last.
 */
export function arrangeGroups(
  groups: StatsGroup[],
  names: Names,
  { having, orderBy, first }: Arrangement,
): { groups: StatsGroup[]; count: number } {
  const kept = groups.filter((group) =>
    (having ?? []).every((condition) => holds(numberOf(group, condition.measure, names), condition)),
  );
  const terms = orderBy ?? [{ by: 'COUNT', direction: 'DESC' as const }];
  const keysAscending = names.dimensions.map(({ name }) => ({ by: name, direction: 'ASC' as const }));
  const ordered = kept.toSorted((a, b) => {
    for (const { by, direction } of [...terms, ...keysAscending]) {
      const difference = compareBy(a, b, by, names, direction === 'ASC' ? 1 : -1);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  return { groups: ordered.slice(0, first ?? defaultFirst), count: kept.length };
}

function numberOf(group: StatsGroup, name: string, { measures }: Names): string | null {
  if (name === 'COUNT') return String(group.count);
  return group.measures[measures.findIndex((measure) => measure.name === name)] ?? null;
}

const tests: Record<Operator, (difference: number) => boolean> = {
  eq: (difference) => difference === 0,
  gt: (difference) => difference > 0,
  gte: (difference) => difference >= 0,
  lt: (difference) => difference < 0,
  lte: (difference) => difference <= 0,
};

const holds = (value: string | null, condition: Condition): boolean =>
  value !== null &&
  Object.entries(tests).every(([operator, test]) => {
    const bound = condition[operator as Operator];
    return bound == null || test(compareDecimals(value, bound));
  });

function compareBy(a: StatsGroup, b: StatsGroup, by: string, names: Names, sign: 1 | -1): number {
  const dimension = names.dimensions.findIndex(({ name }) => name === by);
  const [left, right] =
    dimension >= 0
      ? [a.keys[dimension], b.keys[dimension]]
      : [numberOf(a, by, names), numberOf(b, by, names)];
  if (left == null || right == null) return left === right ? 0 : left == null ? 1 : -1;
  return sign * (dimension >= 0 ? (left < right ? -1 : left > right ? 1 : 0) : compareDecimals(left, right));
}
