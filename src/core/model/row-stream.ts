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

/** A statement that yields every row by itself, as JSON, and how that is read. */
export interface EachRow {
  statement: SQL;
  /** What finds these rows without reading them: whether that is affordable can be asked of it. */
  count: SQL;
  /** Classes that the filters ask: a row is there only if they may be read on it. */
  classes: ReadonlySet<AccessClass>;
  read: (json: string) => Row;
}

/**
 * What asks for all rows there are, in the order in which they were made: for a cursor, since nothing bounds them. The
 * same rows and values as pages of a list have; see {@link pageStatement}.
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
