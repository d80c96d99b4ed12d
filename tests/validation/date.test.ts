import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBirthday, checkDate, checkInstant } from '../../src/core/validation/date.ts';

describe('a date', () => {
  it.each([
    ['1991/4/3', '1991-04-03'],
    ['2013-1-5', '2013-01-05'],
    ['2013.1.5', '2013-01-05'],
    ['20130105', '2013-01-05'],
    ['1991年4月3日', '1991-04-03'],
    ['1991 年 4 月 3 号', '1991-04-03'],
    [' ２０１３－０１－０５ ', '2013-01-05'],
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
  ])('%s is stored as %s', (text, value) => {
    expect(checkDate(text)).toEqual({ value });
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2024-04-31',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '0000-01-01',
    '20241301',
  ])('%s is not in the calendar', (text) => {
    expect(checkDate(text).problem?.code).toBe('DATE_NOT_IN_CALENDAR');
  });

  it.each([
    '',
    '03/04/2012',
    '2013-1/5',
    '2013-1',
    '13-1-5',
    '2013-01-05T00:00:00Z',
    'yesterday',
    '1991年4月',
    '2013--1-5',
  ])('%j is refused rather than guessed at', (text) => {
    expect(checkDate(text).problem?.code).toBe('DATE_FORMAT');
  });

  it('exists in the calendar exactly when JavaScript finds the same day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(14), fc.nat(33), (year, month, day) => {
        const text = [
          String(year).padStart(4, '0'),
          String(month).padStart(2, '0'),
          String(day).padStart(2, '0'),
        ].join('-');
        const parsed = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
        expect(checkDate(text).value).toBe(exists ? text : undefined);
      }),
    );
  });
});

describe('a birthday', () => {
  const today = '2024-03-15';

  it('may be today, and not tomorrow', () => {
    expect(checkBirthday('2024/3/15', { today })).toEqual({ value: '2024-03-15' });
    expect(checkBirthday('2024-03-16', { today }).problem?.code).toBe('BIRTHDAY_IN_FUTURE');
  });

  it('may be the first day of 1900, and not the day before', () => {
    expect(checkBirthday('1900-01-01', { today })).toEqual({ value: '1900-01-01' });
    expect(checkBirthday('1899-12-31', { today }).problem?.code).toBe('BIRTHDAY_TOO_EARLY');
  });

  it('must be a date', () => {
    expect(checkBirthday('1990-02-30', { today }).problem?.code).toBe('DATE_NOT_IN_CALENDAR');
  });
});

describe('an instant', () => {
  it.each([
    ['2024-03-15T14:30:00+08:00', '2024-03-15T06:30:00.000Z'],
    ['2024-03-15T06:30:00Z', '2024-03-15T06:30:00.000Z'],
    ['2024-03-15 06:30:00.5z', '2024-03-15T06:30:00.500Z'],
    ['2024-01-01T00:00:00.123456+08:00', '2023-12-31T16:00:00.123456Z'],
    ['2024-03-15T06:30:00.123000Z', '2024-03-15T06:30:00.123Z'],
    ['2024-03-15T06:30:00.123456789Z', '2024-03-15T06:30:00.123456Z'],
    ['2024-03-15T06:30:00-03:30', '2024-03-15T10:00:00.000Z'],
  ])('%s is stored as %s', (text, value) => {
    expect(checkInstant(text)).toEqual({ value });
  });

  it.each(['2024-03-15T14:30:00', '2024-03-15', '2024-03-15T14:30Z', '1710484200', '', 'now'])(
    '%j is refused: its offset or a part is missing',
    (text) => {
      expect(checkInstant(text).problem?.code).toBe('INSTANT_FORMAT');
    },
  );

  it.each([
    '2023-02-29T00:00:00Z',
    '2024-03-15T24:00:00Z',
    '2024-03-15T23:59:60Z',
    '2024-03-15T06:30:00+24:00',
    '0001-01-01T00:00:00+08:00',
    '9999-12-31T23:59:59-01:00',
  ])('%s does not exist', (text) => {
    expect(checkInstant(text).problem?.code).toBe('INSTANT_NOT_IN_CALENDAR');
  });

  it('comes back unchanged when read again', () => {
    const bounds = {
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(fc.date(bounds), (date) => {
        expect(checkInstant(date.toISOString())).toEqual({ value: date.toISOString() });
      }),
    );
  });
});
