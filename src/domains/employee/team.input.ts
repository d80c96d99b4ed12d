import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion, IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { Team } from './employee.type.ts';

const leader =
  'Who leads it: decides requests for the files of its members and sees their grants. An active employee who sees customers by name, so no ANALYST. (负责人编号)';

@InputType({ description: 'A new team. (新建团队)' })
export class CreateTeamInput {
  @Field(() => String, {
    description: 'Its name, 1 to 80 characters; CONFLICT when it is in use. (团队名称)',
  })
  name!: string;

  @Field(() => ID, { nullable: true, description: leader })
  leaderId?: string | null;

  @IdempotencyKey('team')
  idempotencyKey?: string | null;
}

@InputType({ description: 'A change of a team: an absent field is left alone, null clears one. (修改团队)' })
export class UpdateTeamInput {
  @Field(() => ID, { description: 'The team. (团队编号)' })
  id!: string;

  @ExpectedVersion('The team’s')
  expectedVersion!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Its name, 1 to 80 characters; CONFLICT when it is in use. (团队名称)',
  })
  name?: string | null;

  @Field(() => ID, { nullable: true, description: leader })
  leaderId?: string | null;
}

@ObjectType()
abstract class TeamOutcome {
  @Field(() => Team, { description: 'The team as it is now. (团队)', simple: true })
  team!: Team;
}

@ObjectType({ description: 'The team that was created. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateTeamPayload extends TeamOutcome {}

@ObjectType({ description: 'The team after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateTeamPayload extends TeamOutcome {}
