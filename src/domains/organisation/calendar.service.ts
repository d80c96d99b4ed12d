import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import {
  type Interval,
  type WorkingCalendar,
  type WorkingDay,
  workingDay,
} from '../../core/time/calendar.ts';
import { clockText } from '../../core/validation/clock.ts';
import { type ClockInterval, maxDays } from './calendar.check.ts';
import type { DayBasis } from './calendar.table.ts';

const dayMs = 86_400_000;

export interface StoredDay {
  date: string;
  working: boolean;
  intervals: Interval[] | null;
  basis: DayBasis;
  name: string | null;
}

export interface StoredCalendar {
  id: string;
  teamId: string | null;
  week: Interval[][];
  followsHolidays: boolean;
  officialThrough: string | null;
  version: number;
  days: StoredDay[];
}

/** The calendars of the organisation and of all teams that have one, as stored. */
export interface Calendars {
  organisation: StoredCalendar;
  byTeam: ReadonlyMap<string, StoredCalendar>;
}

/** All calendars, in one statement: they are few and small. */
export async function readCalendars(db: Database): Promise<Calendars> {
  const rows = await queryJson<StoredCalendar[]>(
    db,
    sql`select coalesce(json_agg(json_build_object('id', c.id, 'teamId', c.team_id, 'week', c.week, 'version', c.version,
          'followsHolidays', c.follows_holidays, 'officialThrough', c.official_through,
          'days', (select coalesce(json_agg(json_build_object('date', d.date, 'working', d.working, 'intervals', d.intervals,
                     'basis', d.basis, 'name', d.name) order by d.date), '[]') from calendar_day d where d.calendar_id = c.id))), '[]')
        from working_calendar c`,
  );
  const organisation = rows.find(({ teamId }) => teamId === null);
  if (!organisation) throw new Error('The organisation has no calendar.');
  return {
    organisation,
    byTeam: new Map(rows.flatMap((row) => (row.teamId === null ? [] : [[row.teamId, row] as const]))),
  };
}

/**
 * When a team works: by its own calendar where it has one, or else by the organisation's. The organisation's holidays,
 * and the weekends worked in exchange, are those of a team that follows them.
 */
export function calendarOf(
  { organisation, byTeam }: Calendars,
  timeZone: string,
  teamId: string | null,
): WorkingCalendar {
  const own = teamId === null ? undefined : byTeam.get(teamId);
  const { week } = own ?? organisation;
  const ordinary = week.find((intervals) => intervals.length > 0) ?? [];
  const isFollowing = own?.followsHolidays ?? true;
  const days = [...(isFollowing ? organisation.days : []), ...(own?.days ?? [])];
  return {
    timeZone,
    week,
    exceptions: new Map(
      days.map(({ date, working, intervals, basis }): [string, WorkingDay] => [
        date,
        { intervals: working ? (intervals ?? ordinary) : [], basis },
      ]),
    ),
    // Before any year is announced, every day is provisional.
    officialThrough: isFollowing ? (organisation.officialThrough ?? '0001-01-01') : null,
  };
}

/** What days are called: 春节. The team's own names come first. */
function dayNames({ organisation, byTeam }: Calendars, teamId: string | null): Map<string, string> {
  const own = teamId === null ? undefined : byTeam.get(teamId);
  const days = [...(own?.followsHolidays === false ? [] : organisation.days), ...(own?.days ?? [])];
  return new Map(days.flatMap(({ date, name }) => (name === null ? [] : [[date, name] as const])));
}

const inClock = (intervals: readonly Interval[]): ClockInterval[] =>
  intervals.map(({ from, to }) => ({ from: clockText(from), to: clockText(to) }));

interface Span {
  from: string;
  to: string;
  teamId?: string | null | undefined;
}

/**
 * The days of a calendar from the first to the last.
 *
 * Errors: BAD_USER_INPUT for more than {@link maxDays} days, days in reverse and a malformed id.
 */
export async function findDays(db: Database, timeZone: string, { from, to, teamId }: Span) {
  const issues: Issue[] = [];
  const uuid = teamId == null ? null : requireId('team', teamId, ['teamId'], issues);
  const count = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (count < 1 || count > maxDays) {
    const message = `1 to ${maxDays} days. (须为 1 至 ${maxDays} 天。)`;
    issues.push({ path: ['to'], code: 'OUT_OF_BOUNDS', message });
  }
  if (issues.length > 0) throw badInput(issues);
  const calendars = await readCalendars(db);
  const calendar = calendarOf(calendars, timeZone, uuid);
  const names = dayNames(calendars, uuid);
  return Array.from({ length: count }, (_, i) => {
    const date = new Date(Date.parse(from) + i * dayMs).toISOString().slice(0, 10);
    const { intervals, basis } = workingDay(calendar, date);
    return {
      date,
      working: intervals.length > 0,
      intervals: inClock(intervals),
      basis,
      name: names.get(date) ?? null,
    };
  });
}

/** The ordinary week of a team, or of the organisation where the team has none. */
export async function findWeek(db: Database, teamId: string | null | undefined) {
  const uuid = teamId == null ? null : requireId('team', teamId, ['teamId']);
  const { organisation, byTeam } = await readCalendars(db);
  const row = (uuid !== null && byTeam.get(uuid)) || organisation;
  return { ...row, days: row.week.map(inClock) };
}
