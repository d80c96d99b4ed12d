import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../graphql/schema/input-field.ts';
import { Extensions } from '../model/extensions.ts';
import { ArchiveCategoryInput, ArchiveCategoryType } from './archive-category.type.ts';
import { FollowUpInput, FollowUpType } from './follow-up.type.ts';
import { RequirementInput, RequirementType } from './requirement.type.ts';
import { type DeclaredSetting, type SettingName, settingNames, settings } from './settings.ts';
import { StageTransitionInput, StageTransitionType } from './stage-transition.type.ts';
import { TierRulesInput, TierRulesType } from './tier-rules.type.ts';

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

/** The types of settings that have parts: as they are read, and as an update takes them. */
const structures: Partial<
  Record<SettingName, { type: () => object; input: () => object; isNullable?: boolean }>
> = {
  archiveCategories: { type: () => [ArchiveCategoryType], input: () => [ArchiveCategoryInput] },
  followUps: { type: () => [FollowUpType], input: () => [FollowUpInput] },
  requirements: { type: () => [RequirementType], input: () => [RequirementInput] },
  tiers: { type: () => TierRulesType, input: () => TierRulesInput, isNullable: true },
  stageTransitions: { type: () => [StageTransitionType], input: () => [StageTransitionInput] },
};

for (const name of settingNames) {
  const { type: plain, description, text }: DeclaredSetting = settings[name];
  const { type, input, isNullable = false } = structures[name] ?? { type: plain, input: plain };
  Field(type as never, { description, nullable: isNullable })(SettingsType.prototype, name);
  if (text) Extensions({ text })(SettingsType.prototype, name);
  Field(input as never, { nullable: true, description })(UpdateSettingsInput.prototype, name);
}
