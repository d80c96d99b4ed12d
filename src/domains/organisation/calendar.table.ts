import { sql } from 'drizzle-orm';
import { boolean, date, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant, oneOf, oneOfCheck, versioned } from '../../core/database/columns.ts';
import { team } from '../employee/employee.table.ts';

/** Whether a day is as announced, or as expected until it is. */
export const DayBasis = { OFFICIAL: 'OFFICIAL', PROVISIONAL: 'PROVISIONAL' } as const;
export type DayBasis = (typeof DayBasis)[keyof typeof DayBasis];

/** Hours of a day, in minutes since midnight. */
interface StoredInterval {
  from: number;
  to: number;
}

/** When the organisation works, or a team that has hours of its own. */
export const workingCalendar = pgTable(
  'working_calendar',
  {
    id: id(),
    /** Null for the organisation's, which holds for teams without one. */
    teamId: uuid('team_id').references(() => team.id, { onDelete: 'cascade' }),
    /** Seven lists, Monday first. */
    week: jsonb('week').$type<StoredInterval[][]>().notNull(),
    /** Of a team's: the organisation's holidays are its own too. */
    followsHolidays: boolean('follows_holidays').notNull().default(true),
    /** Of the organisation's: the end of the last year whose holidays are announced; later days are provisional. */
    officialThrough: date('official_through', { mode: 'string' }),
    /** Raises the version when days are set. */
    daysSetAt: instant('days_set_at'),
    ...versioned(),
  },
  (t) => [
    uniqueIndex('working_calendar_team_key').on(
      sql`coalesce(${t.teamId}, '00000000-0000-0000-0000-000000000000'::uuid)`,
    ),
  ],
);

/** A day on which a calendar differs from its week. */
export const calendarDay = pgTable(
  'calendar_day',
  {
    id: id(),
    calendarId: uuid('calendar_id')
      .notNull()
      .references(() => workingCalendar.id, { onDelete: 'cascade' }),
    date: date('date', { mode: 'string' }).notNull(),
    working: boolean('working').notNull(),
    /** Null on a working day: the hours of an ordinary one. */
    intervals: jsonb('intervals').$type<StoredInterval[]>(),
    basis: oneOf('basis', DayBasis).notNull(),
    /** Such as 春节. */
    name: text('name'),
    /** Entered with the public holidays of its year, and replaced with them; not set by a person. */
    imported: boolean('imported').notNull().default(false),
    ...versioned(),
  },
  (t) => [
    uniqueIndex('calendar_day_date_key').on(t.calendarId, t.date),
    oneOfCheck('calendar_day_basis_check', t.basis, DayBasis),
  ],
);
