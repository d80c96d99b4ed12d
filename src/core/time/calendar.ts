import { offsetSpans } from './zone.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Hours that are worked, in minutes of local time since midnight: 540 to 720 is 09:00 to 12:00. The end is not included. */
export interface Interval {
  from: number;
  /** At most 1,440, midnight. A night shift is two intervals, of two days. */
  to: number;
}

/** OFFICIAL: as announced. PROVISIONAL: what is expected until the year's holidays are announced. */
export type DayBasis = 'OFFICIAL' | 'PROVISIONAL';

export interface WorkingDay {
  /** In order, without overlap; none on a day off. */
  intervals: readonly Interval[];
  basis: DayBasis;
}

/** When somebody works. */
export interface WorkingCalendar {
  /** An IANA name. */
  timeZone: string;
  /** What is worked in an ordinary week, Monday first. */
  week: readonly (readonly Interval[])[];
  /** The days that differ, by date (YYYY-MM-DD): holidays, and Saturdays worked in exchange (调休). */
  exceptions: ReadonlyMap<string, WorkingDay>;
  /** The last date, YYYY-MM-DD, whose holidays are announced; ordinary days after it are provisional. Null: none ever is. */
  officialThrough: string | null;
}

export interface Span {
  fromMs: number;
  untilMs: number;
}

/** Monday to Sunday, around the clock, and no holidays: what has no calendar. */
export const aroundTheClock = (timeZone: string): WorkingCalendar => ({
  timeZone,
  week: Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]),
  exceptions: new Map(),
  officialThrough: null,
});

/** What is worked on a date, YYYY-MM-DD. */
export const workingDay = (calendar: WorkingCalendar, date: string): WorkingDay =>
  dayAt(calendar, Date.parse(`${date}T00:00:00Z`) / dayMs);

/** The same for a day counted from 1970-01-01, which was a Thursday. */
function dayAt({ week, exceptions, officialThrough }: WorkingCalendar, day: number): WorkingDay {
  const date = new Date(day * dayMs).toISOString().slice(0, 10);
  const exception = exceptions.get(date);
  if (exception) return exception;
  const isProvisional = officialThrough !== null && date > officialThrough;
  return {
    intervals: week[(((day + 3) % 7) + 7) % 7] ?? [],
    basis: isProvisional ? 'PROVISIONAL' : 'OFFICIAL',
  };
}

/**
 * The stretches between two instants in which the calendar's local time is within working hours, in order. An hour that
 * the clocks repeat is worked twice, one that they skip is not worked.
 */
export function* workingSpans(calendar: WorkingCalendar, fromMs: number, untilMs: number): Generator<Span> {
  for (const { offsetMs, ...span } of offsetSpans(calendar.timeZone, fromMs, untilMs)) {
    const local = { fromMs: span.fromMs + offsetMs, untilMs: span.untilMs + offsetMs };
    for (let day = Math.floor(local.fromMs / dayMs); day * dayMs < local.untilMs; day += 1) {
      for (const { from, to } of dayAt(calendar, day).intervals) {
        const startMs = Math.max(day * dayMs + from * minuteMs, local.fromMs);
        const endMs = Math.min(day * dayMs + to * minuteMs, local.untilMs);
        if (startMs < endMs) yield { fromMs: startMs - offsetMs, untilMs: endMs - offsetMs };
      }
    }
  }
}

/** Whether any day that two instants touch may still be announced otherwise. */
export function isProvisional(calendar: WorkingCalendar, fromMs: number, toMs: number): boolean {
  for (const { offsetMs, ...span } of offsetSpans(calendar.timeZone, fromMs, toMs + 1)) {
    const last = Math.floor((span.untilMs - 1 + offsetMs) / dayMs);
    for (let day = Math.floor((span.fromMs + offsetMs) / dayMs); day <= last; day += 1) {
      if (dayAt(calendar, day).basis === 'PROVISIONAL') return true;
    }
  }
  return false;
}
