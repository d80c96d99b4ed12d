import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { teamModel } from './employee.model.ts';
import { CreateTeamInput, CreateTeamPayload, UpdateTeamInput, UpdateTeamPayload } from './team.input.ts';
import { createTeam, updateTeam } from './team.write.ts';

@Resolver()
export class TeamMutations {
  @Mutation(() => CreateTeamPayload, {
    description:
      'Creates a team; for administrators. Members join it through `updateEmployee`. CONFLICT for a name in use, BAD_USER_INPUT naming every violation. (新建团队)',
  })
  async createTeam(
    @Arg('input', () => CreateTeamInput, { description: 'The team. (团队信息)' }) input: CreateTeamInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { team: await readTeam(ctx, await createTeam(ctx.db, actorOf(ctx), input), info) };
  }

  @Mutation(() => UpdateTeamPayload, {
    description:
      'Changes a team’s name or leader; for administrators. A new leader’s rights apply at once, on open subscriptions too. NOT_FOUND, CONFLICT for any change since the expected version unless it is the same one, and for a name in use, BAD_USER_INPUT naming every violation. (修改团队)',
  })
  async updateTeam(
    @Arg('input', () => UpdateTeamInput, { description: 'What changes. (修改内容)' }) input: UpdateTeamInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { team: await readTeam(ctx, await updateTeam(ctx.db, actorOf(ctx), input), info) };
  }
}

const readTeam = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, teamModel, id, selectionAt(info, 'team', teamModel));
