import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sharesOf } from '../../src/stats/share.ts';
import { type CountedCell, protectCells, roundDigits } from '../../src/stats/suppression.ts';

const smallestGroup = 5;

/** Tables of up to three dimensions with counts around the threshold. */
const tables = fc.integer({ min: 1, max: 3 }).chain((depth) =>
  fc
    .uniqueArray(
      fc.tuple(
        fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: depth, maxLength: depth }),
        fc.integer({ min: 1, max: 14 }),
        fc.boolean(),
      ),
      {
        minLength: 1,
        maxLength: 20,
        selector: ([keys]) => JSON.stringify(keys),
      },
    )
    .map((cells) =>
      cells.map(
        ([keys, count, flag]): CountedCell => ({
          keys,
          count,
          measures: ['1234.50'],
          contributors: [count],
          flagged: flag && count % 7 === 0,
        }),
      ),
    ),
);

test('no group of fewer than five customers is published, and no count that is no step of five', () => {
  fc.assert(
    fc.property(tables, (cells) => {
      protectCells(cells, smallestGroup).forEach(({ count, measures }, i) => {
        const cell = cells[i] as CountedCell;
        if (cell.count < smallestGroup || cell.flagged) expect(count).toBeNull();
        if (count === null) expect(measures).toEqual([null]);
        else expect(count % smallestGroup).toBe(0);
      });
    }),
  );
});

test('in every margin what is hidden is nothing, all of it, or at least two groups of five customers together', () => {
  fc.assert(
    fc.property(tables, (cells) => {
      const published = protectCells(cells, smallestGroup);
      const depth = cells[0]?.keys.length ?? 0;
      for (let kept = 0; kept < 2 ** depth - 1; kept += 1) {
        const margins = new Map<string, number[]>();
        cells.forEach(({ keys }, i) => {
          const key = JSON.stringify(keys.filter((_, d) => kept & (1 << d)));
          margins.set(key, [...(margins.get(key) ?? []), i]);
        });
        for (const margin of margins.values()) {
          const hidden = margin.filter((i) => published[i]?.count === null);
          const customers = hidden.reduce((sum, i) => sum + (cells[i] as CountedCell).count, 0);
          const safe =
            hidden.length === 0 ||
            hidden.length === margin.length ||
            (hidden.length > 1 && customers >= smallestGroup);
          expect(safe).toBe(true);
        }
      }
    }),
  );
});

test('a hidden group beside one published group and their published total may still be any size below five', () => {
  // The worst case: every other number is known as well as the answer can tell it.
  for (let other = smallestGroup; other < 60; other += 1) {
    const possible = new Map<string, Set<number>>();
    for (let around = other - 2; around <= other + 2; around += 1) {
      for (let hidden = 1; hidden < smallestGroup; hidden += 1) {
        const seen = [around, around + hidden].map((count) => Math.round(count / smallestGroup)).join();
        possible.set(seen, (possible.get(seen) ?? new Set()).add(hidden));
      }
    }
    const told = [other, other + 1].map((count) => Math.round(count / smallestGroup)).join();
    expect(possible.get(told)?.size).toBeGreaterThan(1);
  }
});

test('sums keep three digits', () => {
  expect(
    ['123456.70', '0.00', '-98765.4321', '999.99', '1', '1200000.02', '0.0012345'].map((text) =>
      roundDigits(text, 3),
    ),
  ).toEqual(['123000', '0.00', '-98800', '1000', '1', '1200000', '0.00123']);
});

test('shares of counts that make up the whole add up to exactly 1', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 50 }),
      (counts) => {
        const whole = counts.reduce((a, b) => a + b, 0);
        fc.pre(whole > 0);
        const shares = sharesOf(counts, whole).map((share) => Math.round(Number(share) * 10_000));
        expect(shares.reduce((a, b) => a + b, 0)).toBe(10_000);
        shares.forEach((share, i) => {
          expect(Math.abs(share - ((counts[i] as number) * 10_000) / whole)).toBeLessThan(1);
        });
      },
    ),
  );
});
