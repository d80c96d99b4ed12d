import type { Faker } from '@faker-js/faker';
// Loading this locale alone takes a third of the time of loading all.
import { faker } from '@faker-js/faker/locale/zh_CN';

const dayMs = 86_400_000;
/** The demo company is in Asia/Shanghai, which has had no daylight saving time since 1991. */
const offsetMs = 8 * 3_600_000;

/**
 * The only source of randomness and time for the demo company: the same `seed` and `now` generate the same company.
 * Times are offsets from `now`, so that "the last six months" holds whenever the company is generated.
 */
export interface Random {
  now: Date;
  faker: Faker;
  /** An integer from `min` to `max`, both inclusive. */
  whole(min: number, max: number): number;
  /** True with a probability of `percent` %. */
  chance(percent: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** One of the keys, with a probability proportional to its weight. */
  weigh<T extends string>(weights: Partial<Record<T, number>>): T;
  shuffle<T>(items: readonly T[]): T[];
  /** Each key repeated by its count, shuffled. */
  deck<T extends string>(counts: Partial<Record<T, number>>): T[];
  /** A UUIDv7 of that instant, so that ids sort by creation time. */
  id(instant: string): string;
  /** An instant in office hours that many calendar days before today: at most `now` for 0, in the future below 0. */
  daysAgo(days: number): string;
  /** The instant `minutes` later, but never after `now`. */
  later(instant: string, minutes: number): string;
  /** Calendar days from the date of an instant to today. */
  ageDays(instant: string): number;
}

export function createRandom(seed: number, now: Date): Random {
  // This instance is shared, but generation is synchronous, so nothing else can draw from it in between.
  faker.seed(seed);
  faker.setDefaultRefDate(now);
  const whole = (min: number, max: number) => faker.number.int({ min, max });
  const midnightMs = Math.floor((now.getTime() + offsetMs) / dayMs) * dayMs - offsetMs;
  const officeHour = (days: number) =>
    midnightMs + days * dayMs + whole(9 * 60, 18 * 60) * 60_000 + whole(0, 59) * 1000;
  const upToNow = (ms: number) => new Date(Math.min(ms, now.getTime())).toISOString();
  const hex = (digits: number) =>
    whole(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0');
  const variant = () => whole(0x8000, 0xbfff).toString(16);

  const weigh = <T extends string>(weights: Partial<Record<T, number>>): T =>
    faker.helpers.weightedArrayElement(
      (Object.entries(weights) as [T, number][]).map(([value, weight]) => ({
        value,
        weight,
      })),
    );
  const deck = <T extends string>(counts: Partial<Record<T, number>>): T[] =>
    faker.helpers.shuffle(
      (Object.entries(counts) as [T, number][]).flatMap(([value, count]) => Array<T>(count).fill(value)),
    );

  return {
    now,
    faker,
    whole,
    chance: (percent) => whole(1, 100) <= percent,
    pick: (choices) => faker.helpers.arrayElement(choices),
    weigh,
    shuffle: (items) => faker.helpers.shuffle(items),
    deck,
    id: (instant) => {
      const time = Date.parse(instant).toString(16).padStart(12, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant()}-${hex(12)}`;
    },
    daysAgo: (days) => (days < 0 ? new Date(officeHour(-days)).toISOString() : upToNow(officeHour(-days))),
    later: (instant, minutes) => upToNow(Date.parse(instant) + minutes * 60_000),
    ageDays: (instant) => Math.ceil((midnightMs - Date.parse(instant)) / dayMs),
  };
}

/** The calendar date of an instant in Asia/Shanghai, YYYY-MM-DD. */
export const dateOf = (instant: string): string =>
  new Date(Date.parse(instant) + offsetMs).toISOString().slice(0, 10);

/**
 * The same wall-clock time in Asia/Shanghai, `months` calendar months earlier. A day that the earlier month does not
 * have becomes its last day, as in PostgreSQL: 31 August minus six months is 28 (or 29) February.
 */
export function monthsBefore(now: Date, months: number): string {
  const local = new Date(now.getTime() + offsetMs);
  const day = local.getUTCDate();
  local.setUTCDate(1);
  local.setUTCMonth(local.getUTCMonth() - months);
  const lastDay = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 0)).getUTCDate();
  local.setUTCDate(Math.min(day, lastDay));
  return new Date(local.getTime() - offsetMs).toISOString();
}

/** The last second of the day before that of `instant`, in Asia/Shanghai. */
export function lastSecondOfPreviousDay(instant: string): string {
  const localMs = Date.parse(instant) + offsetMs;
  return new Date(Math.floor(localMs / dayMs) * dayMs - offsetMs - 1000).toISOString();
}

/** An amount in yuan in the form that the database stores. */
export const yuan = (amount: number): string => amount.toFixed(2);
