import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import type { ComposeContext, OutgoingKind } from '../../core/outgoing/outgoing.types.ts';
import { planMails } from '../../core/outgoing/outgoing.write.ts';
import { type IdRange, isIn, rangesOf } from '../../core/run/id-range.ts';
import { declareRun } from '../../core/run/run.types.ts';
import { workingDay } from '../../core/time/calendar.ts';
import { calendarOf, readCalendars } from '../../domains/organisation/calendar.service.ts';
import { digestDay, endOf, isDueFor, lastDayOf, lastsMs } from '../notification/morning-digest.ts';
import { findRobot, postKinds } from './team-robot.service.ts';

const kind = postKinds.digest;
const chunkSize = 50;
/** Members that a post counts one by one; the apps take some two thousand bytes. */
const maxNamed = 20;

/** Plans a post with the day's number of tasks to the group of each team that has a robot and works on the day. */
export const teamDigestRun = declareRun<IdRange>({
  name: kind,
  period: digestDay,
  cut: (tx) => rangesOf(tx, sql`select team_id as id from team_robot`, chunkSize),
  work: async (tx, range, { period, openedAt, settings }) => {
    const teamIds = await queryJson<string[]>(
      tx,
      sql`select coalesce(json_agg(team_id), '[]') from team_robot where ${isIn(range, sql`team_id`)}`,
    );
    const calendars = await readCalendars(tx);
    const isWorking = (teamId: string): boolean =>
      workingDay(calendarOf(calendars, settings.timeZone, teamId), period).intervals.length > 0;
    return planMails(
      tx,
      teamIds.filter(isWorking).map((recipientId) => ({
        kind,
        recipientId,
        occasion: period,
        content: { date: period },
        dueAt: openedAt,
        expiresAt: new Date(openedAt.getTime() + lastsMs),
      })),
    );
  },
});

interface Counted {
  /** A member, the team itself (null), or how many further members. */
  who: string | number | null;
  count: number;
  overdue: number;
}

const words = {
  ZH: {
    title: (team: string, date: string) => `今日待办 · ${team}（${date}）`,
    tasks: (count: number, overdue: number) =>
      `${count} 项${overdue > 0 ? `，其中 ${overdue} 项已逾期` : ''}`,
    line: (who: Counted['who'], tasks: string) =>
      `${who === null ? '团队待领取' : typeof who === 'number' ? `另有 ${who} 人` : who}：${tasks}`,
    total: (tasks: string) => `共 ${tasks}`,
    link: (url: string) => `请登录查看：${url}`,
    trial: (team: string) => `客户档案：${team}的群机器人已接通。`,
  },
  EN: {
    title: (team: string, date: string) => `Today’s tasks · ${team} (${date})`,
    tasks: (count: number, overdue: number) => `${count}${overdue > 0 ? `, ${overdue} of them overdue` : ''}`,
    line: (who: Counted['who'], tasks: string) =>
      `${who === null ? 'Not taken yet' : typeof who === 'number' ? `${who} more` : who}: ${tasks}`,
    total: (tasks: string) => `Total: ${tasks}`,
    link: (url: string) => `Sign in to see them: ${url}`,
    trial: (team: string) => `Customer file: the robot of ${team} is connected.`,
  },
};

/** How many tasks are due by the day's end: those nobody has taken first, then of each member, the most first. */
function countTasks(
  db: Database,
  teamId: string,
  date: string,
  { now, settings }: ComposeContext,
): Promise<Counted[]> {
  const end = endOf(date, settings.timeZone);
  const moment = sql`${now.toISOString()}::timestamptz`;
  const counts = sql`count(*)::int as count, (count(*) filter (where t.due_at < ${moment}))::int as overdue`;
  return queryJson(
    db,
    sql`with counted as (
          select e.name as who, d.count, d.overdue
          from employee e cross join lateral (
            select ${counts} from task t where t.assignee_id is not null and ${isDueFor(sql`e.id`, sql`null::uuid`, end, now)}) d
          where e.team_id = ${teamId}::uuid and e.disabled_at is null and d.count > 0
          union all
          select null, ${counts} from task t
          where t.assignee_id is null and t.team_id = ${teamId}::uuid and ${isDueFor(sql`null::uuid`, sql`t.team_id`, end, now)}
          having count(*) > 0)
        select coalesce(json_agg(counted order by who is not null, count desc, who), '[]') from counted`,
  );
}

const sum = (counted: readonly Counted[], who: Counted['who']): Counted => ({
  who,
  count: counted.reduce((total, { count }) => total + count, 0),
  overdue: counted.reduce((total, { overdue }) => total + overdue, 0),
});

/** The day's number of tasks of a team and its members (今日待办); no title and no customer, which the group may not read. */
export const teamDigestPost: OutgoingKind = {
  name: kind,
  channel: 'robot',
  compose: async ({ recipientId, contents }, context) => {
    const { db, settings, publicUrl } = context;
    const robot = await findRobot(db, recipientId);
    if (!robot) return null;
    const date = lastDayOf(contents);
    const counted = await countTasks(db, recipientId, date, context);
    if (counted.length === 0) return null;
    const word = words[settings.language];
    const named = counted.slice(0, maxNamed);
    const others = counted.slice(maxNamed);
    const lines = others.length > 0 ? [...named, sum(others, others.length)] : named;
    const { count, overdue } = sum(counted, null);
    const text = [
      word.title(robot.team, date),
      word.total(word.tasks(count, overdue)),
      ...lines.map((line) => word.line(line.who, word.tasks(line.count, line.overdue))),
      word.link(publicUrl),
    ].join('\n');
    return { post: { ...robot, text } };
  },
};

/** Says in the group that its robot works, when somebody tries it. */
export const robotTrialPost: OutgoingKind = {
  name: postKinds.trial,
  channel: 'robot',
  compose: async ({ recipientId }, { db, settings }) => {
    const robot = await findRobot(db, recipientId);
    return robot && { post: { ...robot, text: words[settings.language].trial(robot.team) } };
  },
};
