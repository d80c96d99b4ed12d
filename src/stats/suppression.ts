/** Digits of a sum, average or median that are published to such roles. */
const significantDigits = 3;

/** One group as the database counted it. */
export interface CountedCell {
  keys: readonly (string | null)[];
  count: number;
  measures: (string | null)[];
  /** Customers with a value, per measure. */
  contributors: number[];
  /** Differs from what an earlier answer counted by a few customers only. */
  flagged: boolean;
}

export interface PublishedCell {
  keys: readonly (string | null)[];
  /** Null where the group is withheld. */
  count: number | null;
  measures: (string | null)[];
}

/**
 * What may be told of groups and their total: nothing of fewer than
 * `smallestGroup` customers, nor what would follow from the groups beside
 * them; counts in steps of `smallestGroup`, numbers to three digits.
 *
 * See docs/decisions/0020 for what this promises and what it does not.
 */
export function protectCells(cells: readonly CountedCell[], smallestGroup: number): PublishedCell[] {
  const withheld = new Set(cells.filter(({ count, flagged }) => count < smallestGroup || flagged));
  const depth = cells[0]?.keys.length ?? 0;
  const margins = Array.from({ length: 2 ** depth - 1 }, (_, kept) => marginsOf(cells, depth, kept)).flat();
  let changed = true;
  while (changed) {
    changed = false;
    for (const margin of margins) {
      const hidden = margin.filter((cell) => withheld.has(cell));
      const customers = hidden.reduce((sum, { count }) => sum + count, 0);
      // One hidden group, or a few customers, would be the margin less the rest.
      if (hidden.length === 0 || (hidden.length > 1 && customers >= smallestGroup)) continue;
      const next = margin.filter((cell) => !withheld.has(cell)).toSorted((a, b) => a.count - b.count)[0];
      if (!next) continue;
      withheld.add(next);
      changed = true;
    }
  }
  return cells.map((cell) =>
    withheld.has(cell)
      ? { keys: cell.keys, count: null, measures: cell.measures.map(() => null) }
      : publishedCell(cell, smallestGroup),
  );
}

/** A group that is not withheld, in steps and digits; a measure of few customers is left out. */
export function publishedCell(
  { keys, count, measures, contributors }: CountedCell,
  smallestGroup: number,
): PublishedCell {
  return {
    keys,
    count: Math.round(count / smallestGroup) * smallestGroup,
    measures: measures.map((value, i) => {
      const few = (contributors[i] ?? 0) < smallestGroup;
      return value === null || few ? null : roundDigits(value, significantDigits);
    }),
  };
}

/** The groups that share the keys whose bits are set in `kept`; all of them for 0. */
function marginsOf(cells: readonly CountedCell[], depth: number, kept: number): CountedCell[][] {
  const margins = new Map<string, CountedCell[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.keys.filter((_, i) => i < depth && kept & (1 << i)));
    const margin = margins.get(key);
    if (margin) margin.push(cell);
    else margins.set(key, [cell]);
  }
  return [...margins.values()];
}

/** Keeps the first digits of a decimal: "123456.70" to three is "123000". Half goes away from zero. */
export function roundDigits(value: string, digits: number): string {
  const negative = value.startsWith('-');
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  if (all.length <= digits) return value;
  // A power of ten from which the kept digits count, in units of the last decimal.
  const step = 10n ** BigInt(all.length - digits);
  const rounded = ((BigInt(all) + step / 2n) / step) * step;
  const text = rounded.toString().padStart(fraction.length + 1, '0');
  const split = text.length - fraction.length;
  const point = fraction.length > 0 ? `.${text.slice(split)}` : '';
  const trimmed = (text.slice(0, split) + point).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return negative && rounded !== 0n ? `-${trimmed}` : trimmed;
}
