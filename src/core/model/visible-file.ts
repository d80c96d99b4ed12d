import { type SQL, sql } from 'drizzle-orm';
import { isVisible } from '../access/row-predicates.ts';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { Model, ReadContext } from './model.types.ts';
import { type Aliases, all, fileColumnsOf, readableOn } from './read-context.ts';
import { rowAccessOf } from './registry.ts';

/** The id of the file of a row in one. */
export const fileIdOf = (model: Model, alias: Alias): SQL => columnOf(alias, model.fileColumn as string);

/**
 * Whether a row that need not be in a file is in one that opens it. Looked up only for rows that are not visible beside
 * their file: with a join, an inbox of 1,000 tasks read every file there is.
 */
export function inVisibleFile(reading: ReadContext, model: Model, alias: Alias, next: Aliases): SQL {
  const inner = next();
  const file = fileColumnsOf(inner);
  const rights = [isVisible(reading.viewer, file), readableOn(reading, { access: rowAccessOf(model) }, file)];
  if (rights.includes(false)) return sql`false`;
  const open = rights.filter((right): right is SQL => typeof right === 'object');
  // A foreign key: where there is an id, there is the file.
  if (open.length === 0) return sql`${fileIdOf(model, alias)} is not null`;
  return sql`exists (select from ${tableAs('customer', inner)} where ${columnOf(inner, 'id')} = ${fileIdOf(model, alias)} and ${all(open)})`;
}
