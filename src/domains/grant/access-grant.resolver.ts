import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import type { Page, PageArgs } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { pageField } from '../../core/model/row-field.ts';
import { dateIn } from '../../core/time/zone.ts';
import { type Card, findCard } from '../directory/directory.service.ts';
import { DirectoryCard } from '../directory/directory.type.ts';
import { accessGrantModel } from './access-grant.model.ts';
import type { GrantEndReason } from './access-grant.table.ts';
import { AccessGrant } from './access-grant.type.ts';
import { AccessGrantStatus, grantStatus } from './grant-status.enums.ts';

/** A grant's row; the columns that its status follows from are always read. */
type GrantRow = Row & {
  customerId: string;
  createdAt: string;
  expiresAt: string;
  endedAt: string | null;
  endReason: GrantEndReason | null;
};

const accessGrants = pageField(accessGrantModel);

@Resolver(() => AccessGrant)
export class AccessGrantResolver {
  @Query(() => accessGrantModel.Connection, {
    description:
      'Grants: those given to or by the viewer, on files they own or of the team they lead; all for managers, data stewards and administrators. `filter: { status: { eq: OVERDUE } }` is the register of files not returned in time. Newest first. (访问授权列表)', // R109
  })
  @Extensions({ serialize: accessGrants.serialize })
  accessGrants(
    @Args(() => accessGrantModel.ListArgs) _args: PageArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Row>> {
    return accessGrants.resolve(undefined, {}, ctx, info);
  }

  @FieldResolver(() => AccessGrantStatus, { description: 'Where the grant stands. (授权状态)' })
  @Extensions({ access: 'open' })
  status(@Root() grant: GrantRow, @Ctx() { now }: Context): AccessGrantStatus {
    return grantStatus(grant, now);
  }

  @FieldResolver(() => String, {
    description:
      'Number of the loan slip, by the day it was given, such as JY20261130-7K3F9QZ2; the same each time. (借阅单号)', // R108
  })
  @Extensions({ access: 'open', text: 'CONTROLLED' })
  slipNumber(@Root() { id, createdAt }: GrantRow, @Ctx() { settings }: Context): string {
    const day = dateIn(settings.timeZone, new Date(createdAt)).replaceAll('-', '');
    return `JY${day}-${encodeId('grant', id).slice(-8).toUpperCase()}`;
  }

  @FieldResolver(() => DirectoryCard, {
    nullable: true,
    description: 'What anybody may know of the file. (客户名片)',
  })
  @Extensions({ access: 'open' })
  card(@Root() grant: GrantRow, @Ctx() ctx: Context): Promise<Card | null> {
    return findCard(ctx, grant.customerId);
  }
}
