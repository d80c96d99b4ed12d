import { Field, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { Locale } from '../../core/model/label.ts';
import { TaskKind } from '../../domains/task/task.table.ts';

export const descriptions = {
  digest:
    'Whether a mail with the day’s tasks (今日待办) comes on working days; true by default. None comes where nothing is due. (每日待办邮件)',
  mailedKinds:
    'Kinds of tasks of each of which a mail comes at once when it is opened, assigned, due or escalated; none by default. (即时邮件的任务类型)',
  locale: 'The language of mails: the organisation’s by default (`Settings.language`). (邮件语言)',
  quietFrom:
    'No mails from then on, HH:MM in the organisation’s time zone; 21:00 by default. The same as `quietUntil`: at any time. (免打扰开始时刻)',
  quietUntil: 'Until then, when what came meanwhile is sent; 08:00 by default. (免打扰结束时刻)',
};

@ObjectType({
  description:
    'How an employee hears of tasks by mail; the app’s feed has all of them in any case. (通知设置)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class NotificationPreferences {
  @Field(() => Boolean, { description: descriptions.digest })
  digest!: boolean;

  @Field(() => [TaskKind], { description: descriptions.mailedKinds })
  mailedKinds!: TaskKind[];

  @Field(() => Locale, { description: descriptions.locale })
  locale!: Locale;

  @Field(() => String, { description: descriptions.quietFrom })
  @Extensions({ text: 'CONTROLLED' })
  quietFrom!: string;

  @Field(() => String, { description: descriptions.quietUntil })
  @Extensions({ text: 'CONTROLLED' })
  quietUntil!: string;
}
