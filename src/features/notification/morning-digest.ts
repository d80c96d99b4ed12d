import { type SQL, sql } from 'drizzle-orm';
import { taskHolders } from '../../core/access/policy.ts';
import { queryJson } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import type { OutgoingKind } from '../../core/outgoing/outgoing.types.ts';
import { planMails } from '../../core/outgoing/outgoing.write.ts';
import { type IdRange, isIn, rangesOf } from '../../core/run/id-range.ts';
import { dayOf, declareRun, type RunClock } from '../../core/run/run.types.ts';
import { workingDay } from '../../core/time/calendar.ts';
import { localInstant } from '../../core/time/local-time.ts';
import { offsetMs } from '../../core/time/zone.ts';
import { minutesOf } from '../../core/validation/clock.ts';
import { calendarOf, readCalendars } from '../../domains/organisation/calendar.service.ts';
import { endOfQuiet, findRecipient } from './recipient.service.ts';
import { findTaskLines, writeTaskMail } from './task-mail.service.ts';

const kind = 'morning-digest';
const dayMs = 86_400_000;
/** A digest that could not be sent by then is of the past. */
export const lastsMs = 12 * 3_600_000;
const chunkSize = 200;

/** The end of a day, YYYY-MM-DD, on the wall. */
export const endOf = (date: string, timeZone: string): string => {
  const next = new Date(Date.parse(`${date}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
  return localInstant(`${next} 00:00:00`, timeZone);
};

/** Tasks `t` that an employee `e` is to do by then, or their team while nobody in it has taken them. */
export const isDueFor = (employeeId: SQL, teamId: SQL, end: string, now: Date): SQL =>
  sql`t.state = 'OPEN' and t.due_at < ${end}::timestamptz
      and (t.assignee_id = ${employeeId} or t.assignee_id is null and t.team_id = ${teamId})
      and (t.snoozed_until is null or t.snoozed_until <= ${now.toISOString()}::timestamptz)`;

/** The day from the hour on at which the day's tasks are announced; null before. */
export function digestDay(clock: RunClock): string | null {
  const { now, settings } = clock;
  const wallMs = now.getTime() + offsetMs(settings.timeZone, now.getTime());
  const minutes = (wallMs % dayMs) / 60_000;
  return minutes >= (minutesOf(settings.digestAt) ?? 0) ? dayOf(clock) : null;
}

/** Plans a mail with the day's tasks (今日待办) for everybody who works on the day, has any and wants it. */
export const digestRun = declareRun<IdRange>({
  name: kind,
  period: digestDay,
  cut: (tx) =>
    rangesOf(
      tx,
      sql`select id from employee where disabled_at is null and role = any(${texts(taskHolders)})`,
      chunkSize,
    ),
  work: async (tx, range, { period, openedAt, settings }) => {
    const { timeZone } = settings;
    const due = isDueFor(sql`e.id`, sql`e.team_id`, endOf(period, timeZone), openedAt);
    const people = await queryJson<{ id: string; teamId: string | null }[]>(
      tx,
      sql`select coalesce(json_agg(json_build_object('id', e.id, 'teamId', e.team_id)), '[]') from employee e
          left join notification_preference p on p.employee_id = e.id
          where ${isIn(range, sql`e.id`)} and e.disabled_at is null and coalesce(p.digest, true)
            and e.role = any(${texts(taskHolders)})
            and exists (select from task t where ${due})`,
    );
    const calendars = await readCalendars(tx);
    const working = people.filter(
      ({ teamId }) => workingDay(calendarOf(calendars, timeZone, teamId), period).intervals.length > 0,
    );
    return planMails(
      tx,
      working.map(({ id }) => ({
        kind,
        recipientId: id,
        occasion: period,
        content: { date: period },
        dueAt: openedAt,
        expiresAt: new Date(openedAt.getTime() + lastsMs),
      })),
    );
  },
});

/** The latest day of the rows that one digest is made of: those of an evening may wait until the next morning. */
export const lastDayOf = (contents: readonly unknown[]): string =>
  (contents as readonly { date: string }[])
    .map(({ date }) => date)
    .sort()
    .at(-1) as string;

const words = {
  ZH: {
    subject: (count: number, overdue: number) =>
      `今日待办：${count} 项${overdue > 0 ? `，其中 ${overdue} 项已逾期` : ''}`,
    lead: (name: string) => `${name}，早上好。以下是今天到期和已逾期的待办：`,
  },
  EN: {
    subject: (count: number, overdue: number) =>
      `Today’s tasks: ${count}${overdue > 0 ? `, ${overdue} of them overdue` : ''}`,
    lead: (name: string) => `Good morning, ${name}. These are due today or overdue:`,
  },
};

export const digestMail: OutgoingKind = {
  name: kind,
  channel: 'mail',
  compose: async ({ recipientId, contents }, { db, now, settings, publicUrl }) => {
    const recipient = await findRecipient(db, recipientId, settings);
    if (!recipient?.preferences.digest) return null;
    const quietUntil = endOfQuiet(recipient.preferences, settings.timeZone, now);
    if (quietUntil) return { notBefore: quietUntil };
    const date = lastDayOf(contents);
    const { timeZone } = settings;
    const due = isDueFor(
      sql`${recipientId}::uuid`,
      sql`${recipient.teamId}::uuid`,
      endOf(date, timeZone),
      now,
    );
    const found = await findTaskLines(db, recipient, due, now);
    if (found.count === 0) return null;
    const word = words[recipient.locale];
    const mail = await writeTaskMail(db, {
      recipient,
      subject: word.subject(found.count, found.overdue),
      lead: word.lead(recipient.name),
      found,
      topics: ['DIGEST'],
      timeZone,
      publicUrl,
    });
    return { mail };
  },
};
