import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { IdempotencyKey } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { TeamRobot } from './team-robot.type.ts';

const team = 'The team. (团队编号)';

@InputType({ description: 'The robot of a team’s group, in place of the one there was. (设置群机器人)' })
export class SetTeamRobotInput {
  @Field(() => ID, { description: team })
  teamId!: string;

  @Field(() => String, {
    description:
      'The robot’s webhook address as WeCom, DingTalk or Feishu shows it, https, at most 500 characters. (Webhook 地址)',
  })
  url!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What DingTalk or Feishu shows for signatures (加签), 1 to 200 characters; null where none are checked. WeCom has none. (签名密钥)',
  })
  secret?: string | null;
}

@InputType({ description: 'The robot to be removed. (移除群机器人)' })
export class RemoveTeamRobotInput {
  @Field(() => ID, { description: team })
  teamId!: string;
}

@InputType({ description: 'The robot to be tried. (测试群机器人)' })
export class TestTeamRobotInput {
  @Field(() => ID, { description: team })
  teamId!: string;

  @IdempotencyKey('post')
  idempotencyKey?: string | null;
}

@ObjectType()
abstract class TeamRobotOutcome {
  @Field(() => TeamRobot, { description: 'The robot as it is now. (群机器人)' })
  robot!: TeamRobot;
}

@ObjectType({ description: 'The robot that was set. (设置结果)' })
@Extensions({ access: 'open' })
export class SetTeamRobotPayload extends TeamRobotOutcome {}

@ObjectType({ description: 'The robot that posts. (测试结果)' })
@Extensions({ access: 'open' })
export class TestTeamRobotPayload extends TeamRobotOutcome {}

@ObjectType({ description: 'What was removed. (移除结果)' })
@Extensions({ access: 'open' })
export class RemoveTeamRobotPayload {
  @Field(() => Boolean, { description: 'Whether there was one. (是否曾有)' })
  wasSet!: boolean;
}
