import { type SQL, sql } from 'drizzle-orm';
import { disjointVisibility, type FileColumns, isVisible, visibleFiles } from '../access/row-predicates.ts';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { Filter } from './filter.ts';
import type { Model, ReadContext } from './model.types.ts';
import { type Aliases, all, fileColumnsOf, fileOfRow, openedBy, readableOn } from './read-context.ts';
import { rowAccessOf } from './registry.ts';

/** Rows of a model on the way into a statement. */
export interface AuthorizedSource {
  from: SQL;
  file: FileColumns | null;
  /** They stand in a file of their own, not in that of the row above. */
  entersFile: boolean;
  conditions: SQL[];
  /** Of the conditions, the one by which these files exist for the reader, where that is by row. */
  visible?: SQL;
  /** Further conditions, judged by the reader's rights. */
  filters?: Filter[];
  isOne?: boolean;
}

/**
 * The rows of a model that exist for the reader: the one place a statement enters a table from outside. `areNamed`
 * where the statement says which they are, and need not look for them.
 */
export function authorizedSource(
  reading: ReadContext,
  model: Model,
  alias: Alias,
  next: Aliases,
  areNamed: boolean,
  authorizedBy: FileColumns | null = fileOfRow(model, alias, null),
): AuthorizedSource {
  let from = tableAs(model.tableName, alias);
  const conditions: SQL[] = [];
  let visible: SQL | undefined;
  let file = authorizedBy;
  if (file && model.fileColumn !== 'id') {
    const fileAlias = next();
    file = fileColumnsOf(fileAlias);
    from = sql`${from} join customer ${sql.raw(fileAlias)} on ${columnOf(fileAlias, 'id')} = ${columnOf(alias, model.fileColumn as string)}`;
  }
  if (file) {
    const access = rowAccessOf(model);
    const exists = (areNamed ? isVisible : visibleFiles)(reading.viewer, file);
    if (model.fileColumn === 'id' && typeof exists === 'object') visible = exists;
    for (const right of [exists, readableOn(reading, { access }, file)]) {
      if (right !== true) conditions.push(right === false ? sql`false` : right);
    }
    file = openedBy(file, access);
  }
  if (model.scope) conditions.push(model.scope(reading.viewer, alias));
  return { from, file, entersFile: true, conditions, visible };
}

/**
 * A page's rows by each way that leads to them, merged under the same alias: `cut` (order and limit) is made in each
 * way, by its own index, and has to be made again of what comes. Elsewhere as they are.
 */
export function mergedRows(
  reading: ReadContext,
  rows: AuthorizedSource,
  alias: Alias,
  wanted: SQL[],
  cut: SQL,
): SQL {
  const { from, file, visible } = rows;
  if (!visible || !file) return sql`${from} where ${all(wanted)}`;
  const others = wanted.filter((condition) => condition !== visible);
  const found = disjointVisibility(reading.viewer, file).map(
    (way) => sql`(select ${sql.raw(alias)}.* from ${from} where ${all([way, ...others])} ${cut})`,
  );
  return sql`(${sql.join(found, sql` union all `)}) ${sql.raw(alias)}`;
}
