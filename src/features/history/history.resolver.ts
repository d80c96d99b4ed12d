import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import type { Page } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { selectedField } from '../../core/model/selection.ts';
import { Customer } from '../../domains/customer/customer.type.ts';
import { Employee } from '../../domains/employee/employee.type.ts';
import { HistoryArgs } from './history.input.ts';
import { FileChange, FileChangeConnection } from './history.type.ts';
import { type HistoryLine, readHistory, requireHistoryOf } from './history-page.service.ts';
import { historySelection } from './history-selection.ts';

@Resolver(() => Customer)
export class CustomerHistoryResolver {
  @FieldResolver(() => FileChangeConnection, {
    description:
      'What changed in the file and in everything in it, newest first: only fields the viewer may read on it now. (变更历史)',
  })
  @Extensions({
    access: 'open',
    // A line is resolved field by field, from a query for each file.
    costPerRow: 3,
    requireUses: (viewer: Viewer, { field }: HistoryArgs) => {
      if (field != null) requireHistoryOf(viewer, field);
    },
  })
  history(
    @Root() file: Row,
    @Args(() => HistoryArgs) args: HistoryArgs,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<HistoryLine>> {
    return readHistory(ctx, file.id, args, historySelection(selectedField(info)));
  }
}

@Resolver(() => FileChange)
export class FileChangeResolver {
  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who changed it; null for the system. (操作人)',
  })
  @Extensions({ access: 'open' })
  actor(@Root() line: HistoryLine): Row | null {
    return line.actor;
  }
}
