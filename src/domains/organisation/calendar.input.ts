import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { DayBasis } from './calendar.table.ts';
import { CalendarDay, WorkingWeek } from './calendar.type.ts';

const teamDescription = 'The team; absent for the organisation’s calendar. (团队编号)';
const version =
  'The calendar’s version as last read by the client: CONFLICT for any change since, of its days too; absent for a team that has none yet. (预期版本号)';

@InputType({ description: 'A stretch of working hours in one day. (工作时段)' })
export class WorkingIntervalInput {
  @Field(() => String, { description: 'When work begins, HH:MM. (开始时刻)' })
  from!: string;

  @Field(() => String, {
    description: 'When it ends, HH:MM, later than `from`; 24:00 is the end of the day. (结束时刻)',
  })
  to!: string;
}

@InputType({ description: 'The ordinary week of the organisation or of a team. (设置工作时间)' })
export class SetWorkingWeekInput {
  @Field(() => ID, { nullable: true, description: teamDescription })
  teamId?: string | null;

  @Field(() => Int, { nullable: true, description: version })
  expectedVersion?: number | null;

  @Field(() => [[WorkingIntervalInput]], {
    description:
      'Seven days, Monday first, with 0 to 10 stretches each that do not overlap; NO_HOURS without any. (每周工作时段)',
  })
  days!: WorkingIntervalInput[][];

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the organisation’s holidays hold for the team; true by default, false for who works through them. (是否遵循法定节假日)',
  })
  followsHolidays?: boolean | null;
}

@InputType({ description: 'A day that differs from the ordinary week. (特殊日期)' })
export class CalendarDayInput {
  @Field(() => DateScalar, { description: 'The date, once per request. (日期)' })
  date!: string;

  @Field(() => Boolean, { description: 'Whether it is worked. (是否工作日)' })
  working!: boolean;

  @Field(() => [WorkingIntervalInput], {
    nullable: true,
    description:
      'Its hours, 1 to 10 stretches; of a working day only. Those of the first working day of the week by default. (工作时段)',
  })
  intervals?: WorkingIntervalInput[] | null;

  @Field(() => DayBasis, { nullable: true, description: 'How certain it is; OFFICIAL by default. (依据)' })
  basis?: DayBasis | null;

  @Field(() => String, { nullable: true, description: 'What it is called, 1 to 40 characters. (名称)' })
  name?: string | null;
}

@InputType({
  description: 'Days that differ from the ordinary week, and days that no longer do. (设置特殊日期)',
})
export class SetCalendarDaysInput {
  @Field(() => ID, { nullable: true, description: teamDescription })
  teamId?: string | null;

  @Field(() => Int, {
    description:
      'The calendar’s version as last read by the client: CONFLICT for any change since. (预期版本号)',
  })
  expectedVersion!: number;

  @Field(() => [CalendarDayInput], {
    nullable: true,
    description: 'At most 400; a day that is there is replaced. (日期)',
  })
  days?: CalendarDayInput[] | null;

  @Field(() => [DateScalar], {
    nullable: true,
    description: 'Days that are ordinary again, at most 400. (恢复为普通日期)',
  })
  clear?: string[] | null;
}

@ObjectType({ description: 'The calendar after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class SetWorkingWeekPayload {
  @Field(() => WorkingWeek, { description: 'The week as it is now. (工作时间安排)' })
  workingWeek!: WorkingWeek;
}

@ObjectType({ description: 'The calendar after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class SetCalendarDaysPayload {
  @Field(() => WorkingWeek, { description: 'Its week, with the new version. (工作时间安排)' })
  workingWeek!: WorkingWeek;
}

@ObjectType({ description: 'The holidays that were entered. (导入结果)' })
@Extensions({ access: 'open' })
export class ImportCalendarPayload {
  @Field(() => [CalendarDay], {
    description: 'The days of the year that differ from an ordinary week. (特殊日期)',
  })
  days!: CalendarDay[];

  @Field(() => DayBasis, {
    description:
      'OFFICIAL where the year’s holidays are announced; PROVISIONAL for those that the law fixes. (依据)',
  })
  basis!: DayBasis;

  @Field(() => WorkingWeek, { description: 'The organisation’s week, with the new version. (工作时间安排)' })
  workingWeek!: WorkingWeek;
}
