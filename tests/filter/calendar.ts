// Calendar arithmetic written a second time, over whole numbers, to hold the SQL against.

/** Microseconds since 1970 of an instant as PostgreSQL or ISO 8601 write it. */
export function microsOf(text: string): bigint {
  const match = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|\+00(?::00)?)$/.exec(
    text,
  );
  if (!match) throw new Error(`Not an instant in UTC: ${text}`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const seconds = BigInt(daysOf(year, month, day)) * 86_400n + BigInt(hour * 3600 + minute * 60 + second);
  return seconds * 1_000_000n + BigInt((match[7] ?? '').padEnd(6, '0').slice(0, 6));
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const lengthOf = (year: number, month: number) =>
  [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number;

/** Days since 1970-01-01, counted month by month. */
export function daysOf(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let m = 1; m < month; m += 1) days += lengthOf(year, m);
  for (let y = 1970; y < year; y += 1) days += isLeap(y) ? 366 : 365;
  for (let y = year; y < 1970; y += 1) days -= isLeap(y) ? 366 : 365;
  return days;
}

export const dayNumber = (date: string): number => {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return daysOf(year, month, day);
};

export function dateOf(dayCount: number): { year: number; month: number; day: number } {
  let year = 1970;
  let rest = dayCount;
  while (rest < 0) {
    year -= 1;
    rest += isLeap(year) ? 366 : 365;
  }
  while (rest >= (isLeap(year) ? 366 : 365)) {
    rest -= isLeap(year) ? 366 : 365;
    year += 1;
  }
  let month = 1;
  while (rest >= lengthOf(year, month)) {
    rest -= lengthOf(year, month);
    month += 1;
  }
  return { year, month, day: rest + 1 };
}

const dayMicros = 86_400_000_000n;
/** Asia/Shanghai, which has had no summer time since 1991. */
const offsetMicros = 8n * 3_600_000_000n;

export interface Span {
  months: number;
  days: number;
  micros: bigint;
}

export function spanOf(duration: string): Span {
  const [date = '', time = ''] = duration.slice(1).split('T');
  const part = (text: string, unit: string) => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
  return {
    months: part(date, 'Y') * 12 + part(date, 'M'),
    days: part(date, 'W') * 7 + part(date, 'D'),
    micros: BigInt(part(time, 'H') * 3600 + part(time, 'M') * 60 + part(time, 'S')) * 1_000_000n,
  };
}

/** Moves a wall-clock time by a span: months first, month ends clamped, then days, then the clock. */
export function moved(wallMicros: bigint, span: Span, sign: 1 | -1): bigint {
  const day = floorDiv(wallMicros, dayMicros);
  const clock = wallMicros - day * dayMicros;
  const { year, month, day: dayOfMonth } = dateOf(Number(day));
  const months = year * 12 + (month - 1) + sign * span.months;
  const [newYear, newMonth] = [Math.floor(months / 12), (months % 12) + 1];
  const clamped = Math.min(dayOfMonth, lengthOf(newYear, newMonth));
  const newDay = daysOf(newYear, newMonth, clamped) + sign * span.days;
  return BigInt(newDay) * dayMicros + clock + BigInt(sign) * span.micros;
}

export const wallOf = (micros: bigint): bigint => micros + offsetMicros;
export const instantOf = (wall: bigint): bigint => wall - offsetMicros;
export const startOfDay = (wall: bigint): bigint => floorDiv(wall, dayMicros) * dayMicros;
export const dayOfWall = (wall: bigint): number => Number(floorDiv(wall, dayMicros));
export const oneDay: Span = { months: 0, days: 1, micros: 0n };

/** The day of a date's anniversary in a year; 29 February is the 28th in other years. */
export function anniversaryIn(year: number, date: string): number {
  const [, month, day] = date.split('-').map(Number) as [number, number, number];
  return daysOf(year, month, Math.min(day, lengthOf(year, month)));
}

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n);
