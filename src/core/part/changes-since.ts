import { type SQL, sql } from 'drizzle-orm';
import { accessClasses } from '../access/policy.ts';
import { asSql, readable } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import { type Database, queryJson } from '../database/database.ts';
import { byColumn, type RowTable, type Values } from '../database/rows.ts';
import type { FileRights } from '../model/file-rights.ts';
import type { Model } from '../model/model.types.ts';
import { fileColumnsOf } from '../model/read-context.ts';
import { fileTables, partModels } from '../model/registry.ts';

/** The rows a write is about. */
export interface Versioned {
  model: Model;
  table: RowTable;
}

/** A row that is about to be written by who has read an earlier version of it. */
export interface StaleRow {
  id: string;
  customerId: string;
  expectedVersion: number;
  /** What is to be written, by Drizzle's column names; empty for what is no change of fields. */
  values: Values;
}

/** The last change of a field, or of a row that came or left (`column` null), after the version that was read. */
export interface LaterChange {
  /** Table of the row. */
  subject: string;
  subjectId: string;
  column: string | null;
  operation: 'INSERT' | 'UPDATE' | 'DELETE';
  /** The value the field has now, as text. */
  value: string | null;
  actorId: string | null;
  actorName: string | null;
  occurredAt: string;
}

/** What has happened to a row since a version of it. */
export interface ChangesSince {
  /** What the viewer may read on its file. */
  rights: FileRights;
  /** The log accounts for every version since. */
  isComplete: boolean;
  /** Columns that hold already what is to be written. */
  same: string[];
  /** Newest first. */
  changes: LaterChange[];
}

/** Most changes that are reported: every field of a row, or a screen of a file. */
const maxChanges = 100;

/**
 * What has happened to rows since the versions their writers have read, in the order of the rows: of a file with
 * `scope` FILE also to everything it says. Rights on a file that come and go are no change in it, nor are its tasks.
 *
 * Read from the history as it is at this moment, changes that still wait in the outbox included; the caller has locked
 * the files, so nothing is missing. One statement.
 */
export async function findChangesSince(
  tx: Database,
  viewer: Viewer,
  { model, table }: Versioned,
  rows: readonly StaleRow[],
  scope: 'ROW' | 'FILE',
): Promise<ChangesSince[]> {
  const given = rows.map(({ id, customerId, expectedVersion, values }, ordinal) => ({
    ordinal,
    id,
    customer_id: customerId,
    expected: expectedVersion,
    value: byColumn(table, values),
  }));
  const file = fileColumnsOf('file');
  const rights = accessClasses.map(
    (access) => sql`${access}::text, ${asSql(readable(viewer, access, file))}`,
  );
  return queryJson(
    tx,
    sql`select coalesce(json_agg(answer order by ordinal), '[]') from (
      select given.ordinal, json_build_object(
        'rights', json_build_object(${sql.join(rights, sql`, `)}),
        'isComplete', since.versions = held.version - given.expected and not since.moved,
        'same', (select coalesce(json_agg(new.key), '[]') from jsonb_each(to_jsonb(wanted)) new
                 where jsonb_exists(given.value, new.key) and new.value = to_jsonb(held) -> new.key),
        'changes', since.changes) as answer
      from jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb)
             given (ordinal int, id uuid, customer_id uuid, expected int, value jsonb)
      join customer file on file.id = given.customer_id
      join ${table} held on held.id = given.id
      cross join lateral jsonb_populate_record(held, given.value) wanted
      cross join lateral (${changesSince(model, scope)}) since) answers`,
  );
}

/**
 * Tables with what a file says: not those of parts that may be there without it, such as tasks. What is to be done about a file
 * changes by itself, even because of the decision before, and no decision about its content rests on that.
 */
function contentTables(): string[] {
  const beside = new Set(partModels().flatMap((model) => (model.beside ? model.tableName : [])));
  return fileTables().filter((name) => !beside.has(name));
}

/** Of one row `held`, as `given` names it: how many versions the lines of history make up, and what they say. */
function changesSince({ kind, tableName }: Model, scope: 'ROW' | 'FILE'): SQL {
  const isFile = kind === 'file';
  // A file's version counts everything in it; a part's version its own changes.
  const later = isFile
    ? sql`h.version > given.expected`
    : sql`h.subject = ${tableName}::text and h.subject_id = given.id and h.row_version > given.expected`;
  const isOwn = sql`(subject = ${tableName}::text and subject_id = given.id)`;
  const subjects = scope === 'FILE' ? `{${contentTables().join()}}` : `{${tableName}}`;
  return sql`
    with line as (select h.* from file_history h where h.customer_id = given.customer_id and ${later})
    select (select count(distinct ${isFile ? sql`version` : sql`row_version`}) from line) as versions,
           -- What came in later was something else before.
           exists (select from line where ${isOwn} and field is null) as moved,
           (select coalesce(json_agg(json_build_object(
              'subject', last.subject, 'subjectId', last.subject_id, 'column', last.field, 'operation', last.operation,
              'value', case when last.field is null then null when ${isOwn} then to_jsonb(held) ->> last.field
                            else last.new_value #>> '{}' end,
              'actorId', last.actor_id, 'actorName', actor.name, 'occurredAt', last.occurred_at)
              order by last.version desc, last.id desc, last.field), '[]')
            from (select * from (
                    select distinct on (subject, subject_id, field) * from line where subject = any(${subjects}::text[])
                    order by subject, subject_id, field, version desc, id desc) latest
                  order by version desc, id desc limit ${maxChanges}) last
            left join employee actor on actor.id = last.actor_id) as changes`;
}
