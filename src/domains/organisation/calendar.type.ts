import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { DayBasis } from './calendar.table.ts';

publishEnum(DayBasis, 'DayBasis', 'How certain it is whether a day is worked. (日历依据)', {
  OFFICIAL: 'As announced, or as somebody set it. (正式)',
  PROVISIONAL: 'As expected; the year’s holidays are not announced yet. (暂定)',
});

@ObjectType({ description: 'A stretch of working hours in one day. (工作时段)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class WorkingInterval {
  @Field(() => String, { description: 'When work begins, HH:MM. (开始时刻)' })
  @Extensions({ text: 'CONTROLLED' })
  from!: string;

  @Field(() => String, {
    description: 'When it ends, HH:MM, later than `from`; 24:00 is the end of the day. (结束时刻)',
  })
  @Extensions({ text: 'CONTROLLED' })
  to!: string;
}

@ObjectType({
  description: 'A day of a working calendar, holidays and exchanged weekends (调休) applied. (工作日历)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class CalendarDay {
  @Field(() => DateScalar, { description: 'The date. (日期)' })
  date!: string;

  @Field(() => Boolean, { description: 'Whether anything is worked on it. (是否工作日)' })
  working!: boolean;

  @Field(() => [WorkingInterval], {
    description: 'Working hours in the organisation’s time zone, in order; none on a day off. (工作时段)',
  })
  intervals!: WorkingInterval[];

  @Field(() => DayBasis, { description: 'How certain it is. (依据)' })
  basis!: DayBasis;

  @Field(() => String, { nullable: true, description: 'What the day is called, such as 春节. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  name!: string | null;
}

@ObjectType({
  description: 'The ordinary week of the organisation, or of a team with hours of its own. (工作时间安排)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class WorkingWeek {
  @Field(() => ID, { nullable: true, description: 'The team; null for the organisation’s. (团队编号)' })
  @Extensions({ idPrefix: 'team' })
  teamId!: string | null;

  @Field(() => [[WorkingInterval]], {
    description:
      'Working hours of seven days, Monday first: 09:00–12:00 and 13:00–18:00, Monday to Friday, by default; 00:00–24:00 on seven days for a hotel. (每周工作时段)',
  })
  days!: WorkingInterval[][];

  @Field(() => Boolean, {
    description:
      'Whether the organisation’s holidays and exchanged weekends hold; true for the organisation. (是否遵循法定节假日)',
  })
  followsHolidays!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day whose holidays are announced; null while none are. (已公布至)',
  })
  officialThrough!: string | null;

  @Field(() => Int, { description: 'Grows by one with each change of it or of its days. (版本号)' })
  version!: number;
}
