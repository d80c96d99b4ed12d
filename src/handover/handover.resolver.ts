import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Extensions, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { handoverModel } from './handover.model.ts';
import { findRecipients, previewHandover } from './handover.service.ts';
import { Handover, HandoverPreview, HandoverRecipient } from './handover.type.ts';

@Resolver(() => Handover)
export class HandoverResolver {
  @Query(() => HandoverPreview, {
    description:
      'What a handover from an employee would move. NOT_FOUND when there is no such employee. (移交预览)',
  })
  handoverPreview(
    @Arg('fromEmployeeId', () => ID, { description: 'Whose files they are. (移交人编号)' })
    fromEmployeeId: string,
    @Ctx() ctx: Context,
  ): Promise<HandoverPreview> {
    return previewHandover(ctx, fromEmployeeId);
  }

  @Query(() => handoverModel.Connection as never, {
    description: 'Records of handovers, newest first. (移交记录列表)',
  })
  handovers(
    @Args(() => handoverModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, handoverModel, info);
  }

  @FieldResolver(() => [HandoverRecipient], { description: 'Who received how many files. (接收明细)' })
  @Extensions({ access: 'open' })
  recipients(@Root() { id }: Row, @Ctx() ctx: Context): Promise<HandoverRecipient[]> {
    return findRecipients(ctx, id);
  }
}
