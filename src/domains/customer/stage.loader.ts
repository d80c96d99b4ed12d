import DataLoader from 'dataloader';
import { sql } from 'drizzle-orm';
import { asSql, isOwn, isVisible } from '../../core/access/row-predicates.ts';
import { viewerReach } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { uuids } from '../../core/database/rows.ts';
import { messageIn } from '../../core/locale.ts';
import { runStatement } from '../../core/model/read.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { customerModel } from './customer.model.ts';
import type { CustomerStage } from './customer.table.ts';
import { hasContract, missingFor, missingIssue, type StageState, transitionsFrom } from './stage.service.ts';
import type { AvailableStage } from './stage.type.ts';

interface StagedFile extends StageState {
  isOwn: boolean;
  hasContract: boolean;
  /** Its columns. */
  row: Record<string, unknown>;
}

const loaders = new WeakMap<Context, DataLoader<string, AvailableStage[]>>();

/** The stages that files (UUIDs) can have next by the viewer's choice; one statement for all of a list. */
export function availableStages(ctx: Context): DataLoader<string, AvailableStage[]> {
  let loader = loaders.get(ctx);
  if (!loader) {
    loader = new DataLoader((ids: readonly string[]) => findStages(ctx, ids), {
      cache: false,
      // A microtask runs before the statements of this tick are sent, so what is loaded shares their round trip.
      batchScheduleFn: (send) => queueMicrotask(send),
    });
    loaders.set(ctx, loader);
  }
  return loader;
}

async function findStages(ctx: Context, ids: readonly string[]): Promise<AvailableStage[][]> {
  const { viewer, settings, locale } = ctx;
  const reach = viewer ? viewerReach(viewer, 'Customer', 'stage') : 'NONE';
  if (!viewer || reach === 'NONE') return ids.map(() => []);
  const table = settings.stageTransitions;
  const needsContract = table.some(({ requires }) => requires.includes('contract'));
  const found = (await runStatement(ctx, ({ viewer: reader }) => {
    const file = fileColumnsOf('f');
    return sql`
      select coalesce(json_object_agg(f.id, json_build_object(
        'kind', f.kind, 'stage', f.stage, 'isOwn', ${isOwn(reader, file)}, 'row', to_jsonb(f),
        'hasContract', ${needsContract ? hasContract(sql`f.id`) : sql`false`})), '{}')
      from customer f where f.id = any(${uuids(ids)}) and f.archived_at is null and ${asSql(isVisible(reader, file))}`;
  })) as Record<string, StagedFile>;
  return ids.map((id) => {
    const file = found[id];
    if (!file || (reach === 'OWN' && !file.isOwn)) return [];
    return transitionsFrom(table, file, viewer.role).map((row) => {
      const to = row.to as CustomerStage;
      const missing = missingFor(row, fieldsOf(file.row), file.hasContract).map((field) => ({
        field,
        message: messageIn(locale, missingIssue(field, to).message),
      }));
      return { stage: to, missing, opens: row.opens };
    });
  });
}

/** The values of a file's columns by the names of its fields. */
const fieldsOf = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    [...customerModel.attributes.values()].map(({ field, column }) => [field, row[column.name]]),
  );
