import { getTableName, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { EventWord } from './part-events.ts';

/**
 * Rows that connect a file to rows outside it, such as a tag put on it: a part of the file without a model of its own.
 */
export interface Link {
  tableName: string;
  /** Column with the file's id. */
  fileColumn: string;
  /** Column with the id of the connected row, by which history and events refer to the link. */
  targetColumn: string;
  events: Record<'added' | 'removed', EventWord>;
}

export interface LinkOptions {
  file: AnyPgColumn;
  target: AnyPgColumn;
  events: Link['events'];
}

export const linkOf = ({ file, target, events }: LinkOptions): Link => ({
  tableName: getTableName(file.table),
  fileColumn: file.name,
  targetColumn: target.name,
  events,
});

/** Join of a relation through the rows of a link. */
export const through =
  ({ tableName, fileColumn, targetColumn }: Link) =>
  (source: Alias, target: Alias): SQL =>
    sql`exists (select 1 from ${tableAs(tableName, 'link')} where ${columnOf('link', fileColumn)} = ${columnOf(source, 'id')} and ${columnOf('link', targetColumn)} = ${columnOf(target, 'id')})`;
