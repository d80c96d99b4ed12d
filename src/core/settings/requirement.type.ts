import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Extensions } from '../model/extensions.ts';
import { enumNamed } from '../model/published-enums.ts';

const fields = [
  ['field', () => enumNamed('CompletenessField'), 'What has to be filled. (项目)', true],
  ['weight', () => Int, 'How much it counts, 1 to 9. (权重)', true],
  ['kind', () => enumNamed('CustomerKind'), 'Of which kind of customers; null for any. (客户类别)', false],
  ['customerType', () => enumNamed('CustomerType'), 'Of which type; null for any. (客户类型)', false],
  ['nature', () => enumNamed('CustomerNature'), 'Of which nature; null for any. (客户性质)', false],
  ['tier', () => enumNamed('CustomerTier'), 'Of which tier; null for any. (客户等级)', false],
  [
    'importance',
    () => enumNamed('CustomerImportance'),
    'Of which importance; null for any. (重要程度)',
    false,
  ],
] as const;

@ObjectType('CompletenessRequirement', {
  description: 'Something that is required of files that meet every condition named. (完整度要求)', // R21
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class RequirementType {}

@InputType('CompletenessRequirementInput', { description: 'Something to be required of files. (完整度要求)' })
export class RequirementInput {}

for (const [name, type, description, isRequired] of fields)
  for (const { prototype } of [RequirementType, RequirementInput])
    Field(type as never, { nullable: !isRequired, description })(prototype, name);
