import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import type { Page } from '../../core/model/connection.ts';
import { pathsToNodes, selectedBelow, selectedField } from '../../core/model/selection.ts';
import { type Card, findCards } from './directory.service.ts';
import { cardPageSize, DirectoryArgs, DirectoryCardConnection } from './directory.type.ts';
import { countLookup } from './lookup-limit.ts';

@Resolver()
export class DirectoryResolver {
  @Query(() => DirectoryCardConnection, {
    description:
      'Finds out whether a customer has a file, and who keeps it: for staff whose role may read cards, unless the organisation has decided on fewer roles. RATE_LIMITED with `extensions.retryAfterSeconds` after as many look-ups as the organisation allows, by default 30 in a minute and 200 in a day, further pages, requests for access, and values written that a colleague’s file has included; BAD_USER_INPUT for a search of fewer than 2 characters. (客户名录)',
  })
  async customerDirectory(
    @Args(() => DirectoryArgs) args: DirectoryArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Card>> {
    if (!ctx.viewer) throw unauthenticated();
    await countLookup(ctx.db, ctx.viewer.id, ctx.now, ctx.settings);
    const cards = await findCards(ctx, args, cardPageSize);
    ctx.accessLog.noteLookup(ctx, {
      search: args.search,
      customerIds: cards.nodes.map(({ customerId }) => customerId),
      fields: cardFields(info),
    });
    return cards;
  }
}

/** Names of the selected card fields. */
function cardFields(info: GraphQLResolveInfo): string[] {
  const { nodes } = pathsToNodes(selectedField(info), 'DirectoryCard');
  const names = selectedBelow(nodes, 'DirectoryCard').map(({ name }) => name);
  return [...new Set(names)]
    .filter((name) => name !== '__typename')
    .map((name) => `DirectoryCard.${name}`)
    .sort();
}
