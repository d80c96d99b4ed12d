import { type SQL, sql } from 'drizzle-orm';
import { disjointVisibility, type FileColumns, isVisible, visibleFiles } from '../access/row-predicates.ts';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { Filter } from './filter.ts';
import type { Model, ReadContext } from './model.types.ts';
import { type Aliases, all, fileColumnsOf, fileOfRow, openedBy, readableOn } from './read-context.ts';
import { rowAccessOf } from './registry.ts';
import { fileIdOf, inVisibleFile } from './visible-file.ts';

/** Rows of a model, with the conditions a statement must apply to them. */
export interface AuthorizedSource {
  from: SQL;
  /** The part of `from` that joins the file of a part; what reads other rows of the model needs it too. */
  fileJoin?: SQL;
  file: FileColumns | null;
  /** They belong to a file of their own, not to that of the parent row. */
  entersFile: boolean;
  conditions: SQL[];
  /** The one of the conditions that decides visibility of the files, if it depends on the row. */
  visible?: SQL;
  /** Further conditions, authorized by the reader's rights. */
  filters?: Filter[];
  isOne?: boolean;
}

/**
 * The rows of a model that are visible to the reader: the only place where a statement enters a table from outside.
 * `areNamed` if the statement has their ids and need not search for them.
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
  let fileJoin: SQL | undefined;
  let file = authorizedBy;
  if (file && model.beside) {
    conditions.push(
      sql`(${model.beside(reading.viewer, alias)} or ${inVisibleFile(reading, model, alias, next)})`,
    );
    file = looseFile(model, alias, next);
  } else if (file) {
    if (model.fileColumn !== 'id') {
      const fileAlias = next();
      file = fileColumnsOf(fileAlias);
      fileJoin = sql`join customer ${sql.raw(fileAlias)} on ${columnOf(fileAlias, 'id')} = ${fileIdOf(model, alias)}`;
      from = sql`${from} ${fileJoin}`;
    }
    const access = rowAccessOf(model);
    const exists = (areNamed ? isVisible : visibleFiles)(reading.viewer, file);
    if (model.fileColumn === 'id' && typeof exists === 'object') visible = exists;
    for (const right of [exists, readableOn(reading, { access }, file)]) {
      if (right !== true) conditions.push(right === false ? sql`false` : right);
    }
    file = openedBy(file, access);
  }
  if (model.scope) conditions.push(model.scope(reading.viewer, alias));
  return { from, ...(fileJoin && { fileJoin }), file, entersFile: true, conditions, visible };
}

/**
 * The file of a row that may be there without it: nothing of it is open yet, and its owner is looked up where needed. A row of no
 * file is its holder's own.
 */
function looseFile(model: Model, alias: Alias, next: Aliases): FileColumns {
  const inner = next();
  const id = fileIdOf(model, alias);
  const ofFile = sql`(select ${columnOf(inner, 'owner_id')} from ${tableAs('customer', inner)} where ${columnOf(inner, 'id')} = ${id})`;
  const ownerId = model.holder
    ? sql`(case when ${id} is null then ${columnOf(alias, model.holder)} else ${ofFile} end)`
    : ofFile;
  return { id, ownerId };
}

/**
 * The rows of a page, read once per disjoint visibility condition and merged under the same alias. `cut` (order and
 * limit) is applied to each part, so that each uses its own index, and must be applied to the merged rows again.
 * Without such conditions, the plain source.
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
