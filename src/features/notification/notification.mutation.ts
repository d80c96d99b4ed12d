import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import {
  UpdateNotificationPreferencesInput,
  UpdateNotificationPreferencesPayload,
} from './notification.input.ts';
import { findPreferences, published, updatePreferences } from './notification.write.ts';

@Resolver()
export class NotificationMutations {
  @Mutation(() => UpdateNotificationPreferencesPayload, {
    description:
      'Changes how the viewer hears of tasks by mail, also of mails that wait to be sent. BAD_USER_INPUT naming every violation: CLOCK_FORMAT. (修改通知设置)',
  })
  async updateNotificationPreferences(
    @Arg('input', () => UpdateNotificationPreferencesInput, { description: 'What changes. (修改内容)' })
    input: UpdateNotificationPreferencesInput,
    @Ctx() ctx: Context,
  ): Promise<UpdateNotificationPreferencesPayload> {
    const { id } = actorOf(ctx).viewer;
    await updatePreferences(ctx.db, id, input);
    return { preferences: published(await findPreferences(ctx.db, id), ctx.settings) };
  }
}
