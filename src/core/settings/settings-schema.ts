import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../graphql/schema/input-field.ts';
import { Extensions } from '../model/extensions.ts';
import { settingNames, settings } from './settings.ts';

// Made from the declarations in settings.ts.

@ObjectType('Settings', {
  description:
    'What the organisation decides for itself: one row, each change of which takes effect at once and everywhere. (系统设置)', // R12, R18
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class SettingsType {
  @Field(() => Int, { description: 'Grows by one with each change. (版本号)' })
  version!: number;
}

@InputType({
  description:
    'Changes of settings: an absent one is left alone, null brings its default back. (修改系统设置)',
})
export class UpdateSettingsInput {
  @ExpectedVersion('The settings’')
  expectedVersion!: number;
}

for (const name of settingNames) {
  const { type, description, text } = settings[name];
  Field(type as never, { description })(SettingsType.prototype, name);
  if (text) Extensions({ text })(SettingsType.prototype, name);
  Field(type as never, { nullable: true, description })(UpdateSettingsInput.prototype, name);
}
