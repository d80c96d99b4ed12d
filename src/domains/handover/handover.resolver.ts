import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import { logUses } from '../../core/access/access-log-port.ts';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import type { Page, PageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { pageField } from '../../core/model/row-field.ts';
import { HandoverState } from './handover.enums.ts';
import { HandOverFilesInput } from './handover.input.ts';
import { handoverModel } from './handover.model.ts';
import { findRecipients } from './handover.service.ts';
import { Handover, HandoverPreview, HandoverRecipient } from './handover.type.ts';
import { previewHandover } from './handover.write.ts';
import { handoverListPath } from './handover-list.service.ts';

const handovers = pageField(handoverModel);

@Resolver(() => Handover)
export class HandoverResolver {
  @Query(() => HandoverPreview, {
    description:
      'What handOverFiles would do with the same input now; changes nothing. An empty one is shown, not refused. NOT_FOUND, FORBIDDEN and BAD_USER_INPUT as there. (移交预览)',
  })
  async handoverPreview(
    @Arg('input', () => HandOverFilesInput, { description: 'From whom, and what to whom. (移交内容)' })
    input: HandOverFilesInput,
    @Ctx() ctx: Context,
  ): Promise<HandoverPreview> {
    return previewHandover(ctx.db, actorOf(ctx), input, (uses) => logUses(ctx, uses));
  }

  @Query(() => handoverModel.Connection, {
    description:
      'Records of handovers: those the viewer gave, received or saw to; all for managers, data stewards and administrators. Newest first. (移交记录列表)',
  })
  @Extensions({ serialize: handovers.serialize })
  handovers(
    @Args(() => handoverModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return handovers.resolve(undefined, {}, ctx, info);
  }

  @FieldResolver(() => [HandoverRecipient], { description: 'Who received how much, most first. (接收明细)' })
  @Extensions({ access: 'open' })
  recipients(@Root() { id }: Row, @Ctx() ctx: Context): Promise<HandoverRecipient[]> {
    return findRecipients(ctx, id);
  }

  @FieldResolver(() => HandoverState, {
    description: 'CONFIRMED when each receiver of files has; at once where no files moved. (移交状态)',
  })
  @Extensions({ access: 'open' })
  state(@Root() { confirmedAt }: Row): HandoverState {
    return confirmedAt === null ? 'PENDING' : 'CONFIRMED';
  }

  @FieldResolver(() => String, {
    description:
      'Where the list of the files handed over can be opened and printed (移交清单): a path of the server, valid for ten minutes and only during the viewer’s session. A receiver sees what they received; `&locale=zh` or `en` selects the language, otherwise Accept-Language does. Each file shows what the viewer may read of it when the list is opened. (移交清单地址)',
  })
  @Extensions({ access: 'open', text: 'CONTROLLED' })
  listUrl(@Root() { id }: Row, @Ctx() { authority, viewer }: Context): string {
    if (!viewer) throw unauthenticated();
    const bearer = { employeeId: viewer.id, sessionId: viewer.sessionId };
    return authority.links.sign(handoverListPath(id), bearer, new Date());
  }
}
