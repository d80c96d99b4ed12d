import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { findRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { teamModel } from '../../domains/employee/employee.model.ts';
import { Team } from '../../domains/employee/employee.type.ts';
import {
  RemoveTeamRobotInput,
  RemoveTeamRobotPayload,
  SetTeamRobotInput,
  SetTeamRobotPayload,
  TestTeamRobotInput,
  TestTeamRobotPayload,
} from './team-robot.input.ts';
import { findRobots, type ShownRobot } from './team-robot.service.ts';
import { TeamRobot } from './team-robot.type.ts';
import { removeTeamRobot, setTeamRobot, testTeamRobot } from './team-robot.write.ts';

@Resolver(() => TeamRobot)
export class TeamRobotResolver {
  @Query(() => [TeamRobot], {
    description:
      'The robots of the teams’ groups, by the teams’ names; for managers and administrators. (群机器人列表)',
  })
  teamRobots(@Ctx() ctx: Context): Promise<ShownRobot[]> {
    return findRobots(ctx.db);
  }

  @FieldResolver(() => Team, { description: 'The team. (团队)' })
  @Extensions({ access: 'open' })
  team(
    @Root() { teamId }: ShownRobot,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return findRow(ctx, teamModel, teamId, nodeSelection(selectedField(info), teamModel));
  }

  @Mutation(() => SetTeamRobotPayload, {
    description:
      'Sets the robot of a team’s group, in place of the one there was; for administrators. NOT_FOUND, BAD_USER_INPUT naming every violation: ROBOT_ADDRESS, NO_SIGNATURES. (设置群机器人)',
  })
  async setTeamRobot(
    @Arg('input', () => SetTeamRobotInput, { description: 'The robot. (群机器人信息)' })
    input: SetTeamRobotInput,
    @Ctx() ctx: Context,
  ) {
    return { robot: await setTeamRobot(ctx.db, actorOf(ctx), input) };
  }

  @Mutation(() => RemoveTeamRobotPayload, {
    description:
      'Removes the robot of a team’s group: nothing is posted there any more; without one nothing happens. For administrators. BAD_USER_INPUT. (移除群机器人)',
  })
  async removeTeamRobot(
    @Arg('input', () => RemoveTeamRobotInput, { description: 'Which. (团队)' }) input: RemoveTeamRobotInput,
    @Ctx() ctx: Context,
  ) {
    return { wasSet: await removeTeamRobot(ctx.db, input) };
  }

  @Mutation(() => TestTeamRobotPayload, {
    description:
      'Has the robot say in the group that it works; what became of it shows in `teamRobots` within seconds. For administrators. NOT_FOUND if the team has none, BAD_USER_INPUT. (测试群机器人)',
  })
  async testTeamRobot(
    @Arg('input', () => TestTeamRobotInput, { description: 'Which. (团队)' }) input: TestTeamRobotInput,
    @Ctx() ctx: Context,
  ) {
    return { robot: await testTeamRobot(ctx.db, actorOf(ctx), input) };
  }
}
