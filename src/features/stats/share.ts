/** The unit of shares, 1/10,000: "0.3500" is 35 %. */
const parts = 10_000;

/**
 * The shares of counts in a whole, with four decimals. If the counts add up to the whole, the shares add up to exactly
 * 1: the difference from rounding goes to the largest remainders.
 */
export function sharesOf(counts: readonly number[], whole: number): string[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  const floors = counts.map((count) => Math.floor((count * parts) / whole));
  const remainders = counts.map((count) => (count * parts) % whole);
  let left = sum === whole ? parts - floors.reduce((total, floor) => total + floor, 0) : 0;
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
      if ((remainders[i] as number) * 2 >= whole) floors[i] = (floors[i] as number) + 1;
    }
  }
  return floors.map((floor) => {
    const text = String(floor).padStart(5, '0');
    return `${text.slice(0, -4)}.${text.slice(-4)}`;
  });
}
