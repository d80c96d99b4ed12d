import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import type { Page, PageArgs } from '../model/connection.ts';
import type { Row } from '../model/model.ts';
import { readPage } from '../model/read.ts';
import { contactModel } from './contact.model.ts';

@Resolver()
export class ContactResolver {
  @Query(() => contactModel.Connection as never, {
    description: 'Contacts of all files the viewer may see, newest first. (联系人列表)',
  })
  @Extensions({ readsOnly: true })
  contacts(
    @Args(() => contactModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return readPage(ctx, contactModel, info);
  }
}
