import { getTableName, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { type Alias, columnOf, tableAs } from './alias.ts';
import type { EventWord } from './part-events.ts';

/** Rows that tie a file to rows outside of it, such as a tag put on it: a part of the file without a model of its own. */
export interface Link {
  tableName: string;
  /** Column that names the file. */
  fileColumn: string;
  /** Column that names what it is tied to: by that row's id history and events speak of the link. */
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

/** How a relation is reached through the rows of a link. */
export const through =
  ({ tableName, fileColumn, targetColumn }: Link) =>
  (source: Alias, target: Alias): SQL =>
    sql`exists (select 1 from ${tableAs(tableName, 'link')} where ${columnOf('link', fileColumn)} = ${columnOf(source, 'id')} and ${columnOf('link', targetColumn)} = ${columnOf(target, 'id')})`;
