import { checkDate, checkInstant } from '../validation/date.ts';
import { offsetMs } from './zone.ts';

const dayMs = 86_400_000;

const DAY = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})/;
const CHINESE_DAY = /^(\d{4})\s*年()\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]/;
const CLOCK =
  /^(?<half>[ap]m|上午|下午|中午|凌晨|晚上)?\s*(?<hour>\d{1,2})\s*[:时時点點]\s*(?<minute>\d{1,2})?\s*(?:[:分]\s*(?<second>\d{1,2})?)?秒?(?:[.,](?<fraction>\d{1,9}))?\s*(?<after>[ap]m)?\s*(?<offset>Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/i;
/** A day of a spreadsheet: days since 1899-12-30, of the years 1927 to 2173. */
const SERIAL = /^(?<days>\d{5})(?<part>\.\d+)?$/;

/** A time as a file writes it. */
interface LocalTime {
  /** Milliseconds since 1970 as the clock on the wall counts them. */
  wallMs: number;
  /** How far that clock is ahead of UTC, where the text says so. */
  aheadMs: number | null;
}

/**
 * Reads a time of the forms that databases and spreadsheets write: 2010-12-01 08:26:00, 2024/3/15 14:30, 2024年3月15日
 * 下午2:30, the end of a day as 24:00, a plain date as its midnight, 45366.604 as a spreadsheet counts days. Undefined
 * for any other text, and for a time that is not in the calendar.
 */
function readTime(text: string): LocalTime | undefined {
  const { days, part = '0' } = SERIAL.exec(text)?.groups ?? {};
  if (days !== undefined) {
    // A spreadsheet keeps binary fractions of a day, which are a second only when rounded.
    const seconds = Math.round(Number(part) * 86_400);
    return { wallMs: Date.UTC(1899, 11, 30) + Number(days) * dayMs + seconds * 1000, aheadMs: null };
  }
  const date = DAY.exec(text) ?? CHINESE_DAY.exec(text);
  if (!date) return undefined;
  const [written, year, , month = '', day = ''] = date;
  const midnight = new Date(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined;
  const rest = text.slice(written.length).replace(/^[Tt]|^[\s,]+/, '');
  if (rest.trim() === '') return { wallMs: midnight.getTime(), aheadMs: null };
  const clock = readClock(rest.trim());
  return clock && { wallMs: midnight.getTime() + clock.ms, aheadMs: clock.aheadMs };
}

function readClock(text: string): { ms: number; aheadMs: number | null } | undefined {
  const found = CLOCK.exec(text)?.groups;
  if (!found) return undefined;
  const { half, after, minute = '0', second = '0', fraction = '', offset } = found;
  const hour = hourOf(Number(found.hour), (half ?? after ?? '').toLowerCase());
  const [minutes, seconds] = [Number(minute), Number(second)];
  const isEnd = hour === 24 && minutes === 0 && seconds === 0;
  if (hour === undefined || (hour > 23 && !isEnd) || minutes > 59 || seconds > 59) return undefined;
  const ms =
    ((hour * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(Number(`0.${fraction || '0'}`) * 1000);
  return { ms, aheadMs: offset === undefined ? null : aheadOf(offset) };
}

/** The hour of the day of an hour of a half of it; undefined where there is none. */
function hourOf(hour: number, half: string): number | undefined {
  if (half === '') return hour;
  const isLate = ['pm', '下午', '晚上', '中午'].includes(half);
  if (hour > 12) return isLate ? hour : undefined;
  if (half === '中午') return hour < 11 ? hour + 12 : hour;
  return (hour % 12) + (isLate ? 12 : 0);
}

function aheadOf(offset: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  if (hours === undefined) return 0;
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
}

/**
 * The instant (RFC 3339, UTC) that a text stands for: by its own offset, or else by the clocks of a time zone. A time that
 * a change of clocks leaves out is as much later; one that comes twice is the first. Any other text is returned unchanged.
 */
export function localInstant(text: string, timeZone: string): string {
  if (!checkInstant(text).problem) return text;
  const time = readTime(text);
  if (!time) return text;
  const { wallMs, aheadMs } = time;
  return new Date(wallMs - (aheadMs ?? aheadAt(timeZone, wallMs))).toISOString();
}

/** The date (YYYY-MM-DD) that a text stands for: the day on the clocks of a time zone. Any other text is unchanged. */
export function localDate(text: string, timeZone: string): string {
  if (!checkDate(text).problem) return text;
  const time = readTime(text);
  if (!time) return text;
  const { wallMs, aheadMs } = time;
  const shownMs = aheadMs === null ? wallMs : wallMs - aheadMs + offsetMs(timeZone, wallMs - aheadMs);
  return new Date(shownMs).toISOString().slice(0, 10);
}

/** How far a zone is ahead of UTC when its clocks show a time. */
function aheadAt(timeZone: string, wallMs: number): number {
  const before = offsetMs(timeZone, wallMs - dayMs);
  // Before a change of clocks the former offset still holds; it decides about times that come twice or not at all.
  if (offsetMs(timeZone, wallMs - before) === before) return before;
  const after = offsetMs(timeZone, wallMs + dayMs);
  return offsetMs(timeZone, wallMs - after) === after ? after : before;
}
