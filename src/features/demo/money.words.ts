import type { Place } from './place.words.ts';
import { yuan } from './random.ts';

/** The currencies that customers deal in, with a rough rate in yuan; all others in dollars. */
const currencies: Record<string, { currency: string; rate: number }> = {
  CN: { currency: 'CNY', rate: 1 },
  HK: { currency: 'HKD', rate: 0.92 },
  JP: { currency: 'JPY', rate: 0.048 },
  SG: { currency: 'SGD', rate: 5.4 },
};

type Amounts = Record<string, number | null>;

/** Amounts in yuan as the customers of a place state them, in rounded figures, with their currency. */
export function moneyOf<T extends Amounts>(
  { country }: Pick<Place, 'country'>,
  amounts: T,
): { [Name in keyof T]: string | null } & { currency: string } {
  const { currency, rate } = currencies[country] ?? { currency: 'USD', rate: 7.1 };
  const stated = (amount: number) => (rate === 1 ? amount : Math.round(amount / rate / 1_000) * 1_000);
  const texts = Object.entries(amounts).map(([name, amount]) => [name, amount && yuan(stated(amount))]);
  return { ...Object.fromEntries(texts), currency };
}
