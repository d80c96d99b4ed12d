import DataLoader from 'dataloader';
import { sql } from 'drizzle-orm';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../core/context.ts';
import { uuids } from '../../core/database/rows.ts';
import type { IdPrefix } from '../../core/graphql/schema/type-id.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readRows } from '../../core/model/read.ts';
import { modelOfPrefix } from '../../core/model/registry.ts';
import { fieldNamed, nodeSelection, selectedField } from '../../core/model/selection.ts';
import type { TaskKind } from './task.table.ts';

/** What a task is about, by kind of id and UUID. */
interface Reference {
  prefix: IdPrefix;
  id: string;
  /** The kind of the task, and the rule that opened it. */
  kind: TaskKind;
  rule: string | null;
}

/**
 * Of tasks that disclose something of their subject by being there, or by when they are due: the fields one of which it takes to
 * see what the task is about. A leader who does not read birthdays sees that one is due, not whose.
 */
const shownBy = ({ kind, rule }: Reference): readonly string[] => {
  if (kind === 'BIRTHDAY') return ['birthday'];
  return rule === 'invalid-number' ? ['mobile', 'phone'] : [];
};

// A microtask runs before the statements of this tick are sent, so what is loaded shares their round trip.
const together = {
  cache: false,
  batchScheduleFn: (send: () => void) => queueMicrotask(send),
};

const references = new WeakMap<Context['statements'], DataLoader<string, Reference | null>>();

/** What tasks (UUIDs) that the viewer can see are about; one statement for all that are requested in one tick. */
export function subjectsByTask({ statements }: Context): DataLoader<string, Reference | null> {
  let loader = references.get(statements);
  if (!loader) {
    loader = new DataLoader(async (ids: readonly string[]) => {
      const found = (await statements.load(sql`
        select coalesce(json_object_agg(id, json_build_object('prefix', subject_prefix, 'id', subject_id, 'kind', kind, 'rule', rule)), '{}')
        from task where id = any(${uuids(ids)}) and subject_id is not null`)) as Record<string, Reference>;
      return ids.map((id) => found[id] ?? null);
    }, together);
    references.set(statements, loader);
  }
  return loader;
}

type Rows = DataLoader<Reference, Row | null>;
const rowLoaders = new WeakMap<Context['statements'], WeakMap<object, Rows>>();

/** The rows behind references, as one field selects them under the viewer's rights; one statement for each table. */
export function subjectRows(ctx: Context, info: GraphQLResolveInfo): Rows {
  const byField = rowLoaders.get(ctx.statements) ?? new WeakMap<object, Rows>();
  rowLoaders.set(ctx.statements, byField);
  const field = info.fieldNodes[0] as object;
  let loader = byField.get(field);
  if (!loader) {
    const selected = selectedField(info);
    loader = new DataLoader((wanted: readonly Reference[]) => readReferred(ctx, wanted, selected), together);
    byField.set(field, loader);
  }
  return loader;
}

/** What is read together: of one table, under the same condition. */
const groupOf = (one: Reference): string => `${one.prefix} ${shownBy(one)}`;

async function readReferred(
  ctx: Context,
  wanted: readonly Reference[],
  selected: ReturnType<typeof selectedField>,
): Promise<(Row | null)[]> {
  const found = new Map<string, Row>();
  const groups = new Map(wanted.map((one) => [groupOf(one), one]));
  await Promise.all(
    [...groups].map(async ([group, first]) => {
      const model = modelOfPrefix(first.prefix);
      if (!model) return;
      const ids = wanted.flatMap((one) => (groupOf(one) === group ? one.id : []));
      const { fields } = nodeSelection(selected, model);
      const keys = shownBy(first);
      const read = [
        ...fields.filter(({ name }) => !keys.includes(name)),
        ...keys.map((key) => fieldNamed(key)),
      ];
      const rows = await readRows(ctx, model, [...new Set(ids)], { fields: read });
      for (const row of rows)
        if (keys.length === 0 || keys.some((key) => row[key] != null))
          found.set(`${group} ${row.id}`, { ...row, $type: model.name });
    }),
  );
  return wanted.map((one) => found.get(`${groupOf(one)} ${one.id}`) ?? null);
}
