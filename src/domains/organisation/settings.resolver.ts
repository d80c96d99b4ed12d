import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { listResolverOf } from '../../core/model/list-resolver.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { SettingsType } from '../../core/settings/settings-schema.ts';
import { dateIn } from '../../core/time/zone.ts';
import { Organisation } from './organisation.type.ts';
import { settingsChangeModel } from './settings-change.model.ts';

@Resolver()
export class SettingsResolver {
  @Query(() => Organisation, {
    description: 'Whose days and whose currency are meant, for all staff. (本单位)',
  })
  organisation(@Ctx() { settings, now }: Context): Organisation {
    const { timeZone, currency } = settings;
    return { timeZone, currency, today: dateIn(timeZone, now) };
  }

  // Those that the rest of the answer is made with.
  @Query(() => SettingsType, {
    description: 'The organisation’s settings; for managers and administrators. (系统设置)',
  })
  settings(@Ctx() { settings }: Context): Settings {
    return settings;
  }
}

export const SettingsHistoryResolver = listResolverOf(settingsChangeModel, {
  name: 'settingsHistory',
  description: 'Who changed which setting, newest first; for managers and administrators. (设置变更历史)',
});
