import { Ctx, Query, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { NotificationPreferences } from './notification.type.ts';
import { findPreferences, published } from './notification.write.ts';

@Resolver()
export class NotificationResolver {
  @Query(() => NotificationPreferences, {
    description: 'How the viewer hears of tasks by mail. (我的通知设置)',
  })
  async notificationPreferences(@Ctx() ctx: Context): Promise<NotificationPreferences> {
    return published(await findPreferences(ctx.db, actorOf(ctx).viewer.id), ctx.settings);
  }
}
