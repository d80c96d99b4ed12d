import { sql } from 'drizzle-orm';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { logReads, readsOfParts, unlogged } from '../../core/access/access-log-port.ts';
import { refusalOf } from '../../core/access/guard.ts';
import { withhold } from '../../core/access/redaction.ts';
import type { Context } from '../../core/context.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { columnOf } from '../../core/model/alias.ts';
import { ForwardPageArgs, type Page } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Filter } from '../../core/model/filter.ts';
import type { Row } from '../../core/model/model.types.ts';
import { pageField, rowField } from '../../core/model/row-field.ts';
import type { ListScope } from '../../core/model/select.ts';
import { selectedField } from '../../core/model/selection.ts';
import { contactModel } from '../../domains/contact/contact.model.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { Customer } from '../../domains/customer/customer.type.ts';
import { dealModel } from '../../domains/deal/deal.model.ts';
import { interactionModel } from '../../domains/interaction/interaction.model.ts';
import { needModel } from '../../domains/need/need.model.ts';
import { taskModel } from '../../domains/task/task.model.ts';
import { FileChangeConnection } from '../history/history.type.ts';
import { readHistory } from '../history/history-page.service.ts';
import { historySelection } from '../history/history-selection.ts';
import { findBrief } from './customer-brief.service.ts';
import { type BriefSource, CustomerBrief } from './customer-brief.type.ts';

/** Rows of the brief's file that also meet a filter, which is authorized by the reader's rights like a client's. */
const ofFile =
  (...filters: Filter[]) =>
  ({ id }: BriefSource): ListScope => ({
    where: (alias) => sql`${columnOf(alias, 'customer_id')} = ${id}::uuid`,
    filters,
    fileId: id,
  });

const open = { eq: 'OPEN' };
const file = rowField(customerModel, ({ id }: BriefSource) => id);
const contacts = pageField(contactModel, ofFile());
const tasks = pageField(taskModel, ofFile({ state: open }));
const interactions = pageField(interactionModel, ofFile());
const needs = pageField(needModel, ofFile({ status: open }));
const deals = pageField(dealModel, ofFile({ stage: open }));

/**
 * A list of class business: null, with FORBIDDEN, where the viewer does not read that, and logged as read, as in the file
 * itself.
 */
async function ofBusiness(
  list: typeof tasks,
  name: string,
  brief: BriefSource,
  ctx: Context,
  info: GraphQLResolveInfo,
): Promise<Page<Row> | null> {
  const field = `Customer.${name}`;
  if (!brief.readsBusiness)
    return withhold(ctx, info.path, field, () => refusalOf(ctx, field, { access: 'business' }));
  await logReads(ctx, [readsOfParts([{ access: 'business', fields: [field] }], [brief.id])], 'OWN');
  if (ctx.unlogged.has('business'))
    return withhold(ctx, info.path, field, () => unlogged(field, ctx.accessLog));
  return list.resolve(brief, {}, ctx, info);
}

@Resolver(() => CustomerBrief)
export class CustomerBriefResolver {
  @Query(() => CustomerBrief, {
    nullable: true,
    description:
      'The page before the visit, in one request; null for a file that is not there or not the viewer’s. (拜访前摘要)',
  })
  customerBrief(
    @Arg('id', () => ID, { description: 'Id of the file. (客户编号)' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<BriefSource | null> {
    return findBrief(ctx, requireId('cus', id, ['id']));
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'The file. (客户档案)' })
  @Extensions({ access: 'open' })
  customer(@Root() brief: BriefSource, @Ctx() ctx: Context, @Info() info: GraphQLResolveInfo) {
    return file.resolve(brief, {}, ctx, info);
  }

  @FieldResolver(() => contactModel.Connection, {
    nullable: true,
    description: 'Whom to address, and their tastes and taboos. (联系人)',
  })
  @Extensions({ access: 'open' })
  contacts(
    @Root() brief: BriefSource,
    @Args(() => ForwardPageArgs) _args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return contacts.resolve(brief, {}, ctx, info);
  }

  @FieldResolver(() => taskModel.Connection, {
    nullable: true,
    description: 'Open tasks on the file, first due first. (待办)',
  })
  @Extensions({ access: 'open' })
  tasks(
    @Root() brief: BriefSource,
    @Args(() => ForwardPageArgs) _args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row> | null> {
    return ofBusiness(tasks, 'tasks', brief, ctx, info);
  }

  @FieldResolver(() => FileChangeConnection, {
    description:
      'What changed since the viewer’s last interaction, newest first; all of it after none. (上次联系后的变更)',
  })
  @Extensions({ access: 'open', costPerRow: 3 })
  changes(
    @Root() { id, lastVisitAt }: BriefSource,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return readHistory(ctx, id, { ...args, from: lastVisitAt }, historySelection(selectedField(info)));
  }

  @FieldResolver(() => interactionModel.Connection, {
    nullable: true,
    description: 'Interactions with anybody, latest first. (互动记录)',
  })
  @Extensions({ access: 'open' })
  interactions(
    @Root() brief: BriefSource,
    @Args(() => ForwardPageArgs) _args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row> | null> {
    return ofBusiness(interactions, 'interactions', brief, ctx, info);
  }

  @FieldResolver(() => needModel.Connection, {
    nullable: true,
    description: 'Open needs, newest first. (需求)',
  })
  @Extensions({ access: 'open' })
  needs(
    @Root() brief: BriefSource,
    @Args(() => ForwardPageArgs) _args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row> | null> {
    return ofBusiness(needs, 'needs', brief, ctx, info);
  }

  @FieldResolver(() => dealModel.Connection, {
    nullable: true,
    description: 'Open deals, newest first. (商机)',
  })
  @Extensions({ access: 'open' })
  deals(
    @Root() brief: BriefSource,
    @Args(() => ForwardPageArgs) _args: ForwardPageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row> | null> {
    return ofBusiness(deals, 'deals', brief, ctx, info);
  }
}
