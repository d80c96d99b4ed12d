import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { labelOf } from '../../core/model/label.ts';
import { SettingsType } from '../../core/settings/settings-schema.ts';
import { findProgress } from './completeness.service.ts';
import { MissingField } from './completeness-details.type.ts';
import { completenessFields } from './completeness-field.ts';
import { RequirementsProgress } from './requirements-progress.type.ts';

@Resolver(() => MissingField)
export class MissingFieldResolver {
  @FieldResolver(() => String, { description: 'Its name in the language of the request. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label(@Root() { field }: MissingField, @Ctx() { locale }: Context): string {
    return labelOf(field, completenessFields[field].description)[locale];
  }
}

@Resolver(() => SettingsType)
export class RequirementsProgressResolver {
  @FieldResolver(() => RequirementsProgress, {
    description: 'How far the files have been measured by the present requirements. (重新计算进度)',
  })
  @Extensions({ access: 'open' })
  requirementsProgress(@Ctx() ctx: Context): Promise<RequirementsProgress> {
    return findProgress(ctx);
  }
}
