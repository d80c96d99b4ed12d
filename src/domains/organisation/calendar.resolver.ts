import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import {
  ImportCalendarPayload,
  SetCalendarDaysInput,
  SetCalendarDaysPayload,
  SetWorkingWeekInput,
  SetWorkingWeekPayload,
} from './calendar.input.ts';
import { findDays, findWeek } from './calendar.service.ts';
import { CalendarDay, WorkingWeek } from './calendar.type.ts';
import { importCalendar, setCalendarDays, setWorkingWeek } from './calendar.write.ts';

const teamDescription =
  'The team; absent, or for a team without a calendar of its own: the organisation’s. (团队编号)';

@Resolver()
export class CalendarResolver {
  @Query(() => [CalendarDay], {
    description:
      'The days of a working calendar, at most 400 from the first to the last. BAD_USER_INPUT for more or for days in reverse. (工作日历)',
  })
  calendar(
    @Arg('from', () => DateScalar, { description: 'The first day. (起始日期)' }) from: string,
    @Arg('to', () => DateScalar, { description: 'The last day. (截止日期)' }) to: string,
    @Arg('teamId', () => ID, { nullable: true, description: teamDescription })
    teamId: string | undefined,
    @Ctx() ctx: Context,
  ): Promise<CalendarDay[]> {
    return findDays(ctx.db, ctx.settings.timeZone, { from, to, teamId });
  }

  @Query(() => WorkingWeek, {
    description: 'The ordinary week of the organisation or of a team, and its version. (工作时间安排)',
  })
  workingWeek(
    @Arg('teamId', () => ID, { nullable: true, description: teamDescription })
    teamId: string | undefined,
    @Ctx() ctx: Context,
  ): Promise<WorkingWeek> {
    return findWeek(ctx.db, teamId);
  }

  @Mutation(() => SetWorkingWeekPayload, {
    description:
      'Sets when the organisation, or a team, works in an ordinary week; for administrators. A team gets a calendar of its own by it. NOT_FOUND for a team, CONFLICT for any change since, BAD_USER_INPUT naming every violation. (设置工作时间)',
  })
  async setWorkingWeek(
    @Arg('input', () => SetWorkingWeekInput, { description: 'The week. (每周工作时段)' })
    input: SetWorkingWeekInput,
    @Ctx() ctx: Context,
  ): Promise<SetWorkingWeekPayload> {
    await setWorkingWeek(ctx.db, actorOf(ctx), input);
    return { workingWeek: await findWeek(ctx.db, input.teamId) };
  }

  @Mutation(() => SetCalendarDaysPayload, {
    description:
      'Sets days that differ from the ordinary week: holidays, half days, weekends worked in exchange; for administrators. NOT_FOUND for a team without a calendar of its own, CONFLICT for any change since, BAD_USER_INPUT naming every violation. (设置特殊日期)',
  })
  async setCalendarDays(
    @Arg('input', () => SetCalendarDaysInput, { description: 'The days. (日期)' })
    input: SetCalendarDaysInput,
    @Ctx() ctx: Context,
  ): Promise<SetCalendarDaysPayload> {
    await setCalendarDays(ctx.db, actorOf(ctx), input);
    return { workingWeek: await findWeek(ctx.db, input.teamId) };
  }

  @Mutation(() => ImportCalendarPayload, {
    description:
      'Enters the public holidays of mainland China, with the weekends worked in exchange (调休), into the organisation’s calendar; for administrators. Of a year that is not announced yet those that the law fixes, as PROVISIONAL: import it again in December. Days that somebody has set stay. BAD_USER_INPUT for a year outside 2004 to 2099. (导入节假日)',
  })
  async importCalendar(
    @Arg('year', () => Int, { description: 'The year, 2004 to 2099. (年份)' }) year: number,
    @Ctx() ctx: Context,
  ): Promise<ImportCalendarPayload> {
    const holidays = await importCalendar(ctx.db, actorOf(ctx), year);
    const days = await findDays(ctx.db, ctx.settings.timeZone, {
      from: `${year}-01-01`,
      to: `${year}-12-31`,
    });
    const dates = new Set(holidays.map(({ date }) => date));
    return {
      days: days.filter(({ date }) => dates.has(date)),
      basis: holidays[0]?.basis ?? 'PROVISIONAL',
      workingWeek: await findWeek(ctx.db, null),
    };
  }
}
