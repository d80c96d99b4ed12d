import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import type { Page } from '../model/connection.ts';
import { type Card, findCards } from './directory.service.ts';
import { cardPageSize, DirectoryArgs, DirectoryCardConnection } from './directory.type.ts';
import { countLookup } from './lookup-limit.ts';

@Resolver()
export class DirectoryResolver {
  @Query(() => DirectoryCardConnection, {
    description:
      'Finds out whether a customer has a file, and who keeps it: for any member of staff whose role may read cards. RATE_LIMITED with `extensions.retryAfterSeconds` after 30 look-ups in a minute or 200 in a day, further pages included; BAD_USER_INPUT for a search of fewer than 2 characters. (客户名录)',
  })
  async customerDirectory(
    @Args(() => DirectoryArgs) args: DirectoryArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Card>> {
    if (!ctx.viewer) throw unauthenticated();
    await countLookup(ctx.db, ctx.viewer.id, ctx.now);
    return findCards(ctx, args, cardPageSize);
  }
}
