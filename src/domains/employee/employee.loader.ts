import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../core/context.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readRows } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { employeeModel } from './employee.model.ts';

type Rows = DataLoader<string, Row | null>;
const loaders = new WeakMap<Context['statements'], WeakMap<object, Rows>>();

/** Employees (UUIDs) as one field selects them under the viewer's rights; one statement for all of a tick. */
export function employeesFor(ctx: Context, info: GraphQLResolveInfo): Rows {
  const byField = loaders.get(ctx.statements) ?? new WeakMap<object, Rows>();
  loaders.set(ctx.statements, byField);
  const field = info.fieldNodes[0] as object;
  let loader = byField.get(field);
  if (!loader) {
    const selection = nodeSelection(selectedField(info), employeeModel);
    loader = new DataLoader(
      async (ids: readonly string[]) => {
        const rows = await readRows(ctx, employeeModel, [...new Set(ids)], selection);
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.map((id) => byId.get(id) ?? null);
      },
      { cache: false, batchScheduleFn: (send) => queueMicrotask(send) },
    );
    byField.set(field, loader);
  }
  return loader;
}
