import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aroundTheClock,
  type Interval,
  type WorkingCalendar,
  type WorkingDay,
} from '../../src/core/time/calendar.ts';
import { type Counting, dueAt, nextWorkingMoment, type Pause } from '../../src/core/time/due.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const runs = Number(process.env.RUNS ?? 150);

const hours = (from: number, to: number): Interval => ({ from: from * 60, to: to * 60 });
const office = [hours(9, 12), hours(13, 18)];

/** An office in Shanghai around 春节 of 2026: off from 15 to 23 February, Saturday the 14th and the 28th worked (调休). */
const shanghai: WorkingCalendar = {
  timeZone: 'Asia/Shanghai',
  week: [office, office, office, office, office, [], []],
  exceptions: new Map<string, WorkingDay>([
    ...Array.from({ length: 9 }, (_, index): [string, WorkingDay] => [
      `2026-02-${15 + index}`,
      { intervals: [], basis: 'OFFICIAL' },
    ]),
    ['2026-02-14', { intervals: office, basis: 'OFFICIAL' }],
    ['2026-02-28', { intervals: office, basis: 'OFFICIAL' }],
  ]),
  officialThrough: '2026-12-31',
};
const at = (local: string) => new Date(`${local}:00+08:00`);
const due = (
  start: string,
  durationHours: number,
  counting: Counting,
  pauses: Pause[] = [],
  calendar = shanghai,
) => dueAt({ start: at(start), durationMs: durationHours * hourMs, counting, calendar, pauses });

describe('a due time', () => {
  test('counts working hours around lunch, a worked Saturday and the holidays', () => {
    // Friday 13:00: 5 h that day, 8 h on the worked Saturday, the rest after the holidays.
    expect(due('2026-02-13T13:00', 5, 'WORKING')).toEqual({
      at: at('2026-02-13T18:00'),
      isProvisional: false,
    });
    expect(due('2026-02-13T13:00', 9, 'WORKING')?.at).toEqual(at('2026-02-14T14:00'));
    expect(due('2026-02-13T13:00', 14, 'WORKING')?.at).toEqual(at('2026-02-24T10:00'));
  });

  test('that falls when nobody works is moved to when work begins again', () => {
    expect(due('2026-02-14T17:00', 24, 'ELAPSED')?.at).toEqual(at('2026-02-15T17:00'));
    expect(due('2026-02-14T17:00', 24, 'ELAPSED_ROLLED')?.at).toEqual(at('2026-02-24T09:00'));
    expect(due('2026-02-10T17:00', 24, 'ELAPSED_ROLLED')?.at).toEqual(at('2026-02-11T17:00'));
    // The end of working hours is still within them; lunch is not.
    expect(due('2026-02-10T18:00', 24, 'ELAPSED_ROLLED')?.at).toEqual(at('2026-02-11T18:00'));
    expect(due('2026-02-10T12:30', 24, 'ELAPSED_ROLLED')?.at).toEqual(at('2026-02-11T13:00'));
  });

  test('moves by what was paused, and is unknown while a pause lasts', () => {
    const pause = { from: at('2026-02-10T10:00'), until: at('2026-02-11T11:00') };
    expect(due('2026-02-10T09:00', 2, 'WORKING', [pause])?.at).toEqual(at('2026-02-11T12:00'));
    expect(due('2026-02-10T09:00', 2, 'ELAPSED', [pause, pause])?.at).toEqual(at('2026-02-11T12:00'));
    for (const counting of ['ELAPSED', 'ELAPSED_ROLLED', 'WORKING'] as const)
      expect(due('2026-02-10T09:00', 2, counting, [{ ...pause, until: null }])).toBeNull();
  });

  test('says that it counts days whose holidays are not announced', () => {
    expect(due('2026-12-31T17:00', 2, 'WORKING')).toEqual({
      at: at('2027-01-01T10:00'),
      isProvisional: true,
    });
    expect(due('2026-12-31T17:00', 2, 'ELAPSED')?.isProvisional).toBe(false);
    expect(due('2026-12-31T17:00', 2, 'ELAPSED_ROLLED')?.isProvisional).toBe(true);
  });

  test('follows the clocks: an hour that they skip is not worked, one that they repeat is worked twice', () => {
    const nights = {
      ...aroundTheClock('America/New_York'),
      week: Array.from({ length: 7 }, () => [hours(0, 4)]),
    };
    const workedOn = (day: string) =>
      dueAt({
        start: new Date(`${day}T00:00:00-05:00`),
        durationMs: 3 * hourMs,
        counting: 'WORKING',
        calendar: nights,
      });
    expect(workedOn('2026-01-10')?.at).toEqual(new Date('2026-01-10T03:00:00-05:00'));
    // 8 March: from 02:00 to 03:00 at once.
    expect(workedOn('2026-03-08')?.at).toEqual(new Date('2026-03-08T04:00:00-04:00'));
    const start = new Date('2026-11-01T00:00:00-04:00');
    expect(dueAt({ start, durationMs: 3 * hourMs, counting: 'WORKING', calendar: nights })?.at).toEqual(
      new Date('2026-11-01T02:00:00-05:00'),
    );
  });

  test('is none where nobody ever works, found within a second', () => {
    const never = { ...shanghai, week: [], exceptions: new Map() };
    const startedMs = performance.now();
    expect(due('2026-02-10T09:00', 1, 'WORKING', [], never)).toBeNull();
    expect(nextWorkingMoment(never, at('2026-02-10T09:00'))).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});

/** Where clocks change: by half an hour, at midnight, a minute after it, and by a whole day; and where they do not. */
const anchors = [
  ['Asia/Shanghai', '2026-02-13T00:00Z'],
  ['Asia/Shanghai', '1988-04-16T18:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['Europe/London', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['America/Havana', '2026-03-08T05:00Z'],
  ['America/Havana', '2026-11-01T05:00Z'],
  ['America/St_Johns', '2010-11-07T02:31Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
] as const;

const quarter = (max: number) => fc.integer({ min: 0, max }).map((count) => count * 15);
const intervals = fc
  .uniqueArray(fc.oneof(quarter(96), fc.constantFrom(0, 1439, 1440, 1)), { maxLength: 6 })
  .map((marks) => {
    const ordered = [...marks].sort((a, b) => a - b);
    return Array.from({ length: Math.floor(ordered.length / 2) }, (_, index) => ({
      from: ordered[2 * index] as number,
      to: ordered[2 * index + 1] as number,
    }));
  });

const situation = fc.constantFrom(...anchors).chain(([timeZone, anchor]) => {
  const anchorMs = Date.parse(anchor);
  const moment = fc
    .integer({ min: -4 * 1440, max: 3 * 1440 })
    .map((minutes) => anchorMs + minutes * minuteMs);
  const date = moment.map((ms) => new Date(ms).toISOString().slice(0, 10));
  const day = fc.record({
    intervals: fc.oneof(fc.constant([]), intervals),
    basis: fc.constantFrom('OFFICIAL' as const, 'PROVISIONAL' as const),
  });
  return fc.record({
    start: moment,
    minutes: fc.oneof(fc.integer({ min: 0, max: 180 }), fc.integer({ min: 0, max: 3 * 1440 })),
    counting: fc.constantFrom<Counting>('ELAPSED', 'ELAPSED_ROLLED', 'WORKING'),
    pauses: fc.array(
      fc.record({ from: moment, minutes: fc.integer({ min: -60, max: 1440 }) }).map(({ from, minutes }) => ({
        from: new Date(from),
        until: new Date(from + minutes * minuteMs),
      })),
      { maxLength: 3 },
    ),
    calendar: fc.record({
      timeZone: fc.constant(timeZone),
      week: fc.array(intervals, { minLength: 7, maxLength: 7 }),
      exceptions: fc.array(fc.tuple(date, day), { maxLength: 4 }).map((days) => new Map(days)),
      officialThrough: fc.constant(null),
    }),
  });
});

/** What is looked at minute by minute: no span of days, no offset, only what a clock on the wall says. */
function simulation({ timeZone, week, exceptions }: WorkingCalendar) {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (ms: number): boolean => {
    const [date = '', time = ''] = clock.format(ms).split(' ');
    const [hour, minute] = time.split(':').map(Number);
    const weekday = (new Date(`${date}T12:00Z`).getUTCDay() + 6) % 7;
    const worked = exceptions.get(date)?.intervals ?? week[weekday] ?? [];
    const now = (hour as number) * 60 + (minute as number);
    return worked.some(({ from, to }) => from <= now && now < to);
  };
}

test('a due time is that of a simulation minute by minute, whatever the calendar, its pauses and its clocks', () => {
  const limitMinutes = 12 * 1440;
  let decided = 0;
  fc.assert(
    fc.property(situation, ({ start, minutes, counting, pauses, calendar }) => {
      const isWorked = simulation(calendar);
      const isPaused = (ms: number) =>
        pauses.some(({ from, until }) => from.getTime() <= ms && ms < until.getTime());
      const endMs = start + limitMinutes * minuteMs;
      let now = start;
      for (let remaining = minutes; remaining > 0 && now < endMs; now += minuteMs) {
        if (!isPaused(now) && (counting !== 'WORKING' || isWorked(now))) remaining -= 1;
      }
      if (counting === 'ELAPSED_ROLLED') {
        while (now < endMs && !isWorked(now) && !isWorked(now - minuteMs)) now += minuteMs;
      }
      const derived = dueAt({
        start: new Date(start),
        durationMs: minutes * minuteMs,
        counting,
        calendar,
        pauses,
      })?.at.getTime();
      if (now < endMs) {
        decided += 1;
        expect(derived).toBe(now);
      } else expect(derived ?? endMs).toBeGreaterThanOrEqual(endMs);
    }),
    { numRuns: runs },
  );
  expect(decided).toBeGreaterThan(runs / 2);
});
