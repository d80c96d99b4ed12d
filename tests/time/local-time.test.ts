import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localDate, localInstant } from '../../src/core/time/local-time.ts';
import { offsetMs } from '../../src/core/time/zone.ts';

const shanghai = 'Asia/Shanghai';

test.each([
  ['2024/3/15 14:30', '2024-03-15T06:30:00.000Z'],
  ['2024-03-15 14:30:05', '2024-03-15T06:30:05.000Z'],
  ['2024-03-15 14:30:05.250', '2024-03-15T06:30:05.250Z'],
  ['2024-03-15T14:30', '2024-03-15T06:30:00.000Z'],
  ['2024.3.15 8:05', '2024-03-15T00:05:00.000Z'],
  ['2024年3月15日 14时30分', '2024-03-15T06:30:00.000Z'],
  ['2024年3月15日 14时', '2024-03-15T06:00:00.000Z'],
  ['2024年3月15日下午2点30分5秒', '2024-03-15T06:30:05.000Z'],
  ['2024/3/15 下午 2:30:00', '2024-03-15T06:30:00.000Z'],
  ['2024/3/15 上午 12:10', '2024-03-14T16:10:00.000Z'],
  ['2024/3/15 2:30 PM', '2024-03-15T06:30:00.000Z'],
  ['2024/3/15 12:30 AM', '2024-03-14T16:30:00.000Z'],
  ['2024/3/15 中午12:30', '2024-03-15T04:30:00.000Z'],
  ['2024/3/15 0:00', '2024-03-14T16:00:00.000Z'],
  ['2024/3/15 00:00:00', '2024-03-14T16:00:00.000Z'],
  ['2024/3/15 24:00', '2024-03-15T16:00:00.000Z'],
  ['2024-03-15', '2024-03-14T16:00:00.000Z'],
  ['2024年3月15日', '2024-03-14T16:00:00.000Z'],
  ['45366', '2024-03-14T16:00:00.000Z'],
  ['45366.604166666664', '2024-03-15T06:30:00.000Z'],
  ['2024-03-15 14:30:00+00', '2024-03-15T14:30:00.000Z'],
  ['2024-03-15 14:30:00 UTC', '2024-03-15T14:30:00.000Z'],
  ['2024-03-15 14:30:00 +0530', '2024-03-15T09:00:00.000Z'],
  ['2024-03-15T14:30:00.123456+08:00', '2024-03-15T14:30:00.123456+08:00'],
])('%s is the instant %s in Shanghai', (text, instant) => {
  expect(localInstant(text, shanghai)).toBe(instant);
});

test.each([
  ['2010-12-01 08:26:00', '2010-12-01'],
  ['2010-12-01 00:00:00.000', '2010-12-01'],
  ['2010/12/1 0:00', '2010-12-01'],
  ['2010-12-01T20:00:00Z', '2010-12-02'],
  ['40513', '2010-12-01'],
  ['40513.35', '2010-12-01'],
  ['20101201', '20101201'],
  ['2010年12月1日', '2010年12月1日'],
])('%s is the date %s, or is left to the standard of dates', (text, date) => {
  expect(localDate(text, shanghai)).toBe(date);
});

test.each([
  '2023-02-30 10:00',
  '2024-03-15 25:00',
  '2024-03-15 24:01',
  '2024-03-15 10:60',
  '2024-03-15 下午 25:00',
  '2024-03-15 soon',
  '15/03/2024 10:00',
  '2024-3/15 10:00',
  '1234',
  'next week',
])('%s is no time that a file writes, and is left for the standard to refuse', (text) => {
  expect(localInstant(text, shanghai)).toBe(text);
  expect(localDate(text, shanghai)).toBe(text);
});

test('a time that clocks show twice is the first, and one they never show is as much later', () => {
  expect(localInstant('2024-11-03 01:30', 'America/New_York')).toBe('2024-11-03T05:30:00.000Z');
  expect(localInstant('2024-03-10 02:30', 'America/New_York')).toBe('2024-03-10T07:30:00.000Z');
  expect(localInstant('2024-03-31 02:30', 'Europe/Berlin')).toBe('2024-03-31T01:30:00.000Z');
});

test('what a clock shows at an instant is read as that instant, in every zone and season', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(shanghai, 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'),
      fc.date({ min: new Date('1992-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
      (zone, at) => {
        const ms = Math.floor(at.getTime() / 1000) * 1000;
        const shown = new Date(ms + offsetMs(zone, ms)).toISOString().replace('T', ' ').slice(0, 19);
        const read = Date.parse(localInstant(shown, zone));
        // An hour that comes twice is read as the first.
        const again = new Date(read + offsetMs(zone, read)).toISOString().replace('T', ' ').slice(0, 19);
        expect(again).toBe(shown);
        expect(read).toBeLessThanOrEqual(ms);
        expect(ms - read).toBeLessThanOrEqual(3_600_000);
      },
    ),
    { numRuns: 2000 },
  );
});
