import { type SQL, sql } from 'drizzle-orm';
import type { AccessClass } from '../access/policy.ts';
import { type Alias, columnOf } from './alias.ts';
import { authorizedSource } from './authorized-source.ts';
import { compileAuthorizedFilter } from './filter.ts';
import type { Model, ReadContext, Row } from './model.types.ts';
import { aliases, all } from './read-context.ts';
import { type EncodedRow, readRow } from './row-layout.ts';
import { rowOf } from './row-value.ts';
import { type ListScope, selectList } from './select.ts';
import type { NodeSelection } from './selection.ts';

/** A statement that returns each row as JSON, and how to read it. */
export interface EachRow {
  statement: SQL;
  /** Counts these rows without reading them; used to check that the statement is affordable. */
  count: SQL;
  /** Classes used by the filters: a row is returned only if they may be read on it. */
  classes: ReadonlySet<AccessClass>;
  read: (json: string) => Row;
}

/**
 * The statement for all rows in order of creation, to be read through a cursor because their number is unlimited. Rows
 * and values are the same as in pages of a list; see `pageStatement`.
 */
export function eachRowStatement(
  reading: ReadContext,
  model: Model,
  selection: NodeSelection,
  scope: ListScope,
): EachRow {
  const next = aliases();
  const alias: Alias = next();
  const rows = authorizedSource(reading, model, alias, next, false);
  const conditions = [...rows.conditions];
  if (scope.where) conditions.push(scope.where(alias));
  const usedClasses = new Set<AccessClass>();
  for (const filter of scope.filters ?? []) {
    const authorized = compileAuthorizedFilter(
      { ...reading, atOnce: true },
      model,
      filter,
      alias,
      rows.file,
      next,
    );
    conditions.push(authorized.condition, ...authorized.rights);
    for (const access of authorized.classes) usedClasses.add(access);
  }
  const { value, layout } = rowOf(selectList(reading, model, alias, rows, selection, next));
  const json = layout.relations.length > 0 ? value : sql`array_to_json(${value})`;
  const found = sql`from ${rows.from} where ${all(conditions)}`;
  return {
    statement: sql`select ${json} ${found} order by ${columnOf(alias, 'id')}`,
    count: sql`select count(*) ${found}`,
    classes: usedClasses,
    read: (text) => readRow(layout, JSON.parse(text) as EncodedRow),
  };
}
