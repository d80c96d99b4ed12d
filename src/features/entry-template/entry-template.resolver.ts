import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import { CustomerKind } from '../../domains/customer/customer.table.ts';
import { templateFor } from './entry-fields.ts';
import { EntryTemplate } from './entry-template.type.ts';

@Resolver()
export class EntryTemplateResolver {
  @Query(() => EntryTemplate, {
    description:
      'The fields of a new file, its first contact and first need: order, what is required, values (of the stage and of why a file is lost as the settings have them), help in both languages. (录入模板)', // R65
  })
  entryTemplate(
    @Arg('kind', () => CustomerKind, { description: 'The kind of customer. (客户类别)' })
    kind: CustomerKind,
    @Ctx() { viewer, settings }: Context,
    @Info() { schema }: GraphQLResolveInfo,
  ): EntryTemplate {
    if (!viewer) throw unauthenticated();
    return templateFor(viewer.role, kind, { schema, settings });
  }
}
