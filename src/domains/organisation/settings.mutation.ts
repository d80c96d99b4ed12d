import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { SettingsType, UpdateSettingsInput } from '../../core/settings/settings-schema.ts';
import { updateSettings } from './settings.write.ts';

@ObjectType({ description: 'The settings after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateSettingsPayload {
  @Field(() => SettingsType, { description: 'All settings as they are now. (系统设置)' })
  settings!: Settings;
}

@Resolver()
export class SettingsMutations {
  @Mutation(() => UpdateSettingsPayload, {
    description:
      'Changes settings; for administrators. They hold for every operation that begins afterwards, on every instance within seconds, and live segments follow. Warns of what reads otherwise from now on. CONFLICT for a setting that somebody else has changed since, BAD_USER_INPUT naming every violation. (修改系统设置)',
  })
  async updateSettings(
    @Arg('input', () => UpdateSettingsInput, { description: 'What changes. (修改内容)' })
    input: UpdateSettingsInput,
    @Ctx() ctx: Context,
  ): Promise<UpdateSettingsPayload> {
    await updateSettings(ctx.db, actorOf(ctx), input);
    ctx.settings = await ctx.renewSettings();
    return { settings: ctx.settings };
  }
}
