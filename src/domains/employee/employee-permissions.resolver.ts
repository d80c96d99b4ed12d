import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { type Permission, permissionsOf } from '../../core/access/permissions.ts';
import { withhold } from '../../core/access/redaction.ts';
import type { Context } from '../../core/context.ts';
import { withheld } from '../../core/errors.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { Employee } from './employee.type.ts';
import { FieldPermission } from './permission.type.ts';

@Resolver(() => Employee)
export class EmployeePermissionsResolver {
  @FieldResolver(() => [FieldPermission], {
    nullable: true,
    description:
      'What the viewer may do with every field that is not open to all, so that a client knows in advance; null with FORBIDDEN for anybody but the viewer. (权限列表)',
  })
  @Extensions({ access: 'open' })
  permissions(
    @Root() employee: Row,
    @Ctx() ctx: Context,
    @Info() { schema, path }: GraphQLResolveInfo,
  ): Permission[] | null {
    if (ctx.viewer && employee.id === ctx.viewer.id) return permissionsOf(schema, ctx.viewer);
    const field = 'Employee.permissions';
    return withhold(ctx, path, field, () => withheld(field, 'ROLE'));
  }
}
