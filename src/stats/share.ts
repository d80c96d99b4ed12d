/** Parts that shares are told in: "0.3500" is 35 %. */
const parts = 10_000;

/**
 * Shares of counts in a whole, four decimals each. When the counts make up the
 * whole, the shares add up to exactly 1: what rounding leaves over goes to the largest remainders.
 */
export function sharesOf(counts: readonly (number | null)[], whole: number): (string | null)[] {
  const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  const floors = counts.map((count) =>
    count === null || whole === 0 ? 0 : Math.floor((count * parts) / whole),
  );
  const remainders = counts.map((count) => (count === null || whole === 0 ? -1 : (count * parts) % whole));
  let left = sum === whole && whole > 0 ? parts - floors.reduce((total, floor) => total + floor, 0) : 0;
  const byRemainder = remainders
    .map((_, i) => i)
    .toSorted((a, b) => (remainders[b] as number) - (remainders[a] as number));
  for (const i of byRemainder) {
    if (left <= 0) break;
    floors[i] = (floors[i] as number) + 1;
    left -= 1;
  }
  if (sum !== whole) {
    for (const i of byRemainder) {
      if ((remainders[i] as number) * 2 >= whole && whole > 0) floors[i] = (floors[i] as number) + 1;
    }
  }
  return counts.map((count, i) => {
    if (count === null || whole === 0) return null;
    const text = String(floors[i]).padStart(5, '0');
    return `${text.slice(0, -4)}.${text.slice(-4)}`;
  });
}
