import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, badInputAt, type Issue, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireVersion } from '../../core/part/version-conflict.ts';
import { checkText } from '../../core/validation/text.ts';
import { team } from '../employee/employee.table.ts';
import { type ClockInterval, checkIntervals, checkWeek, maxDays } from './calendar.check.ts';
import { calendarDay, type DayBasis, workingCalendar } from './calendar.table.ts';
import { type Holiday, holidaysOf } from './holidays.ts';

const path = ['input'];

export interface SetWorkingWeek {
  teamId?: string | null;
  expectedVersion?: number | null;
  days: ClockInterval[][];
  followsHolidays?: boolean | null;
}

/**
 * Sets the ordinary week of the organisation or of a team, which thereby gets a calendar of its own; returns the team.
 *
 * Errors: NOT_FOUND for a team, CONFLICT for any change since the version the client has read, BAD_USER_INPUT naming
 * every violation.
 */
export function setWorkingWeek(db: Database, actor: Actor, input: SetWorkingWeek): Promise<string | null> {
  const issues: Issue[] = [];
  const week = checkWeek(input.days, [...path, 'days'], issues);
  const teamId = readTeam(input.teamId, issues);
  if (teamId === null && input.followsHolidays === false) {
    const message = 'Only a team can work through the organisation’s holidays. (仅团队可不遵循法定节假日。)';
    issues.push({ path: [...path, 'followsHolidays'], code: 'ONLY_FOR_TEAMS', message });
  }
  if (issues.length > 0) throw badInput(issues);
  return writeAs(db, originOf(actor), async (tx) => {
    if (teamId !== null) await lockTeam(tx, teamId);
    const row = await lockCalendar(tx, teamId);
    const followsHolidays = input.followsHolidays ?? row?.followsHolidays ?? true;
    if (row) {
      requireVersion(row, input.expectedVersion ?? 0);
      await tx.update(workingCalendar).set({ week, followsHolidays }).where(eq(workingCalendar.id, row.id));
    } else {
      if (input.expectedVersion != null) throw notFound();
      await tx.insert(workingCalendar).values({ teamId, week, followsHolidays });
    }
    return teamId;
  });
}

export interface SetCalendarDays {
  teamId?: string | null;
  expectedVersion: number;
  days?:
    | {
        date: string;
        working: boolean;
        intervals?: ClockInterval[] | null;
        basis?: DayBasis | null;
        name?: string | null;
      }[]
    | null;
  clear?: string[] | null;
}

/**
 * Sets days that differ from the ordinary week and clears others; returns the team. A team without a calendar of its own
 * has none to differ from.
 *
 * Errors: NOT_FOUND for a calendar, CONFLICT for any change since the version the client has read, BAD_USER_INPUT naming
 * every violation.
 */
export function setCalendarDays(db: Database, actor: Actor, input: SetCalendarDays): Promise<string | null> {
  const issues: Issue[] = [];
  const days = checkDays(input, issues);
  const teamId = readTeam(input.teamId, issues);
  if (issues.length > 0) throw badInput(issues);
  const dates = [...(input.clear ?? []), ...days.map(({ date }) => date)];
  return writeAs(db, originOf(actor), async (tx) => {
    const row = await lockCalendar(tx, teamId);
    if (!row) throw notFound();
    requireVersion(row, input.expectedVersion);
    await replaceDays(tx, row.id, dates, days);
    return teamId;
  });
}

/**
 * Enters the public holidays of a year into the organisation's calendar and returns them. Days that a person has set
 * stay; those of an earlier import are replaced.
 *
 * Errors: BAD_USER_INPUT for a year before 2004 or after 2099.
 */
export function importCalendar(db: Database, actor: Actor, year: number): Promise<Holiday[]> {
  if (year < 2004 || year > 2099)
    throw badInputAt(['year'], 'OUT_OF_BOUNDS', 'Must be 2004 to 2099. (须在 2004 至 2099 之间。)');
  const holidays = holidaysOf(year);
  return writeAs(db, originOf(actor), async (tx) => {
    const row = await lockCalendar(tx, null);
    if (!row) throw notFound();
    const inYear = and(
      eq(calendarDay.calendarId, row.id),
      sql`extract(year from ${calendarDay.date}) = ${year}::int`,
    );
    const held = await tx.select().from(calendarDay).where(inYear);
    const set = new Set(held.filter(({ imported }) => !imported).map(({ date }) => date));
    const isSame = (one: Holiday) =>
      held.some(
        ({ date, working, basis }) => date === one.date && working === one.working && basis === one.basis,
      );
    const wanted = holidays.filter(({ date }) => !set.has(date));
    const isDone = wanted.every(isSame) && held.length === wanted.length + set.size;
    const end = `${year}-12-31`;
    const isAnnounced = holidays.some(({ basis }) => basis === 'OFFICIAL');
    if (!isDone) {
      const gone = held.filter(({ imported }) => imported).map(({ date }) => date);
      await replaceDays(
        tx,
        row.id,
        gone,
        wanted.map((day) => ({ ...day, intervals: null, imported: true })),
      );
    }
    if (isAnnounced && (row.officialThrough ?? '') < end)
      await tx.update(workingCalendar).set({ officialThrough: end }).where(eq(workingCalendar.id, row.id));
    return holidays;
  });
}

type NewDay = Omit<typeof calendarDay.$inferInsert, 'calendarId'>;

async function replaceDays(
  tx: Database,
  calendarId: string,
  gone: readonly string[],
  days: readonly NewDay[],
): Promise<void> {
  if (gone.length > 0) {
    const named = inArray(calendarDay.date, [...gone]);
    await tx.delete(calendarDay).where(and(eq(calendarDay.calendarId, calendarId), named));
  }
  if (days.length > 0) await tx.insert(calendarDay).values(days.map((day) => ({ ...day, calendarId })));
  await tx
    .update(workingCalendar)
    .set({ daysSetAt: sql`business_clock()` })
    .where(eq(workingCalendar.id, calendarId));
}

function checkDays({ days, clear }: SetCalendarDays, issues: Issue[]): NewDay[] {
  const refuse = (at: (string | number)[], code: string, message: string) =>
    issues.push({ path: [...path, ...at], code, message });
  for (const [field, given] of Object.entries({ days, clear })) {
    if ((given?.length ?? 0) > maxDays)
      refuse([field], 'TOO_MANY', `At most ${maxDays} days. (最多 ${maxDays} 天。)`);
  }
  const seen = new Set(clear);
  if (issues.length > 0) return [];
  return (days ?? []).map(({ date, working, intervals, basis, name }, i) => {
    const at = ['days', i];
    if (seen.has(date)) refuse([...at, 'date'], 'REPEATED', 'Each day once. (日期不能重复。)');
    seen.add(date);
    if (intervals && (!working || intervals.length === 0))
      refuse([...at, 'intervals'], 'UNUSED', 'Only a working day has hours. (仅工作日可设工作时段。)');
    const hours = intervals ? checkIntervals(intervals, [...path, ...at, 'intervals'], issues) : null;
    const named = name == null ? null : checkText(name, { min: 1, max: 40 });
    if (named?.problem) issues.push({ path: [...path, ...at, 'name'], ...named.problem });
    return { date, working, intervals: hours, basis: basis ?? 'OFFICIAL', name: named?.value ?? null };
  });
}

const readTeam = (teamId: string | null | undefined, issues: Issue[]): string | null =>
  teamId == null ? null : requireId('team', teamId, [...path, 'teamId'], issues);

/** Errors: NOT_FOUND for a team that does not exist. */
async function lockTeam(tx: Database, id: string): Promise<void> {
  const [found] = await tx.select({ id: team.id }).from(team).where(eq(team.id, id)).for('key share');
  if (!found) throw notFound();
}

async function lockCalendar(tx: Database, teamId: string | null) {
  const isIt = teamId === null ? isNull(workingCalendar.teamId) : eq(workingCalendar.teamId, teamId);
  const [row] = await tx.select().from(workingCalendar).where(isIt).for('update');
  return row;
}
