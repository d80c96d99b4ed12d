import { Field, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { Locale } from '../../core/model/label.ts';
import { TaskKind } from '../../domains/task/task.table.ts';
import { descriptions, NotificationPreferences } from './notification.type.ts';

@InputType({
  description:
    'Changes of one’s own: an absent one is left alone, null brings its default back. (修改通知设置)',
})
export class UpdateNotificationPreferencesInput {
  @Field(() => Boolean, { nullable: true, description: descriptions.digest })
  digest?: boolean | null;

  @Field(() => [TaskKind], { nullable: true, description: descriptions.mailedKinds })
  mailedKinds?: TaskKind[] | null;

  @Field(() => Locale, { nullable: true, description: descriptions.locale })
  locale?: Locale | null;

  @Field(() => String, { nullable: true, description: descriptions.quietFrom })
  quietFrom?: string | null;

  @Field(() => String, { nullable: true, description: descriptions.quietUntil })
  quietUntil?: string | null;
}

@ObjectType({ description: 'How one hears of tasks, after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateNotificationPreferencesPayload {
  @Field(() => NotificationPreferences, { description: 'As they are now. (通知设置)' })
  preferences!: NotificationPreferences;
}
