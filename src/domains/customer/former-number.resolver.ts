import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import type { FormerNumber as StoredNumber } from '../../core/database/columns.ts';
import { uuidOf } from '../../core/graphql/schema/type-id.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { employeesFor } from '../employee/employee.loader.ts';
import { Employee } from '../employee/employee.type.ts';
import { FormerNumber } from './former-number-details.type.ts';

@Resolver(() => FormerNumber)
export class FormerNumberResolver {
  @FieldResolver(() => Employee, { nullable: true, description: 'Who cancelled it. (作废人)' })
  @Extensions({ access: 'open' })
  cancelledBy(
    @Root() { cancelledBy }: StoredNumber,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return employeesFor(ctx, info).load(uuidOf(cancelledBy));
  }
}
