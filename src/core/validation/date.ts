import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

const EARLIEST_BIRTHDAY = '1900-01-01';

// The same separator throughout: "2013-1/5" is a typing error, not a date.
const DATE = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const COMPACT_DATE = /^(\d{4})(\d{2})(\d{2})$/;
const CHINESE_DATE = /^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]$/;
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * A calendar date (R67), stored 'YYYY-MM-DD', years 0001 to 9999.
 *
 * Accepts the year-first formats found in Chinese exports: 1991-04-03, 1991/4/3, 1991.4.3, 19910403, 1991年4月3日.
 * Day-first and month-first formats are ambiguous (03/04/2012) and refused.
 *
 * Problems: DATE_FORMAT, DATE_NOT_IN_CALENDAR (February 30th).
 */
export function checkDate(text: string): Checked<string> {
  const input = plainText(text);
  const dashed = DATE.exec(input);
  const match = dashed ?? CHINESE_DATE.exec(input) ?? COMPACT_DATE.exec(input);
  if (!match) {
    return refuse('DATE_FORMAT', 'Must be a date such as 2024-03-15', '须为日期，例如2024-03-15');
  }
  const [year, month, day] = dashed ? [match[1], match[3], match[4]] : [match[1], match[2], match[3]];
  if (!isInCalendar(Number(year), Number(month), Number(day))) {
    return refuse('DATE_NOT_IN_CALENDAR', 'This day is not in the calendar', '日历中没有这一天');
  }
  return accept(`${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`);
}

/**
 * A person's birthday (R67): a date from 1900-01-01 to `today`, which the caller determines in the organisation's time
 * zone.
 *
 * Problems: those of checkDate, BIRTHDAY_IN_FUTURE, BIRTHDAY_TOO_EARLY.
 */
export function checkBirthday(text: string, { today }: { today: string }): Checked<string> {
  const date = checkDate(text);
  if (date.problem) return date;
  if (date.value > today) {
    return refuse('BIRTHDAY_IN_FUTURE', 'A birthday cannot be in the future', '生日不能晚于今天');
  }
  if (date.value < EARLIEST_BIRTHDAY) {
    return refuse('BIRTHDAY_TOO_EARLY', 'A birthday cannot be before 1900', '生日不能早于1900年');
  }
  return date;
}

/**
 * A date that is over or today, wherever that is: after it everyone's calendar shows a later one.
 *
 * Problems: those of checkDate, DATE_IN_FUTURE.
 */
export function checkPastDate(text: string, { now }: { now: Date }): Checked<string> {
  const date = checkDate(text);
  if (date.problem || date.value <= latestToday(now)) return date;
  return refuse('DATE_IN_FUTURE', 'This day has not come yet', '日期不能晚于今天');
}

/** Today in the earliest time zone (UTC+14). */
export const latestToday = (now: Date): string =>
  new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);

/** Clocks of phones and servers may differ by this much. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * An instant that is over.
 *
 * Problems: those of checkInstant, INSTANT_IN_FUTURE.
 */
export function checkPastInstant(text: string, { now }: { now: Date }): Checked<string> {
  const instant = checkInstant(text);
  if (instant.problem || Date.parse(instant.value) <= now.getTime() + CLOCK_TOLERANCE_MS) return instant;
  return refuse('INSTANT_IN_FUTURE', 'This time has not come yet', '时间不能晚于现在');
}

/**
 * An instant (R67) in RFC 3339 with a required offset, stored in UTC: '2024-03-15T06:30:00.000Z'.
 *
 * Stored with three fractional digits, or six if microseconds are given, which is PostgreSQL's precision; further
 * digits are cut off. Leap seconds and 24:00 are refused, and so is an instant whose UTC year is not 0001 to 9999.
 *
 * Problems: INSTANT_FORMAT, INSTANT_NOT_IN_CALENDAR.
 */
export function checkInstant(text: string): Checked<string> {
  const match = INSTANT.exec(plainText(text));
  if (!match) {
    return refuse(
      'INSTANT_FORMAT',
      'Must be a time with its offset such as 2024-03-15T14:30:00+08:00',
      '须为带时区的时间，例如2024-03-15T14:30:00+08:00',
    );
  }
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = '',
    sign,
    offsetHour = '0',
    offsetMinute = '0',
  ] = match;
  const inClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const inOffset = Number(offsetHour) < 24 && Number(offsetMinute) < 60;
  if (!isInCalendar(Number(year), Number(month), Number(day)) || !inClock || !inOffset)
    return notInCalendar();
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === '-' ? -1 : 1);
  const utc = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - offsetMs);
  const utcYear = utc.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return notInCalendar();
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  const digits = micros.endsWith('000') ? micros.slice(0, 3) : micros;
  return accept(`${utc.toISOString().slice(0, 19)}.${digits}Z`);
}

/**
 * An instant as clients see it, in RFC 3339 with three fractional digits: PostgreSQL writes UTC as +00:00 in JSON and as
 * +00 in text, with as many digits as it needs. The text is returned as it is where it is no such instant.
 */
export function instantText(text: string): string {
  const [, day, time, fraction = ''] = STORED_INSTANT.exec(text) ?? [];
  return day === undefined ? text : `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}

const STORED_INSTANT = /^(\d{4,}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:Z|\+00(?::00)?)$/;

function notInCalendar(): Checked<never> {
  return refuse('INSTANT_NOT_IN_CALENDAR', 'This time does not exist', '不存在的时间');
}

function isInCalendar(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (lengths[month - 1] ?? 0);
}
