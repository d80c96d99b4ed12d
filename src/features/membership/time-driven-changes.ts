import { type SQL, sql } from 'drizzle-orm';
import {
  type Database,
  fillStatement,
  queryBytes,
  type RenderedStatement,
  renderStatement,
} from '../../core/database/database.ts';
import { jsonArray } from '../../core/database/json-array.ts';
import { columnOf } from '../../core/model/alias.ts';
import { type StatementClock, spanBounds, today } from '../../core/model/operator-compiler.ts';
import { all } from '../../core/model/read-context.ts';
import type { TimeCondition } from './rule-dependencies.ts';

/**
 * The files (UUIDs) for which the passing of time may have changed the result of one condition; `true` for any file.
 *
 * With an increasing `f`, `v >= f(now)` changes between two instants only for values `v` between `f` of the first and
 * `f` of the second. So nothing is stored per member and nothing is scanned: an index gives the few rows in between, no
 * matter how long ago the first instant was. This is exact even where `f` jumps back, as at the end of summer time,
 * because only its values at the two instants count.
 */
export type AffectedFiles = string[] | true;

/** A statement that finds the {@link AffectedFiles} of several conditions, and their {@link conditionKey}s in order. */
export interface TimeQuery {
  keys: readonly string[];
  statement: RenderedStatement;
}

/** Conditions with the same key change at the same instants. */
export const conditionKey = (condition: TimeCondition): string => JSON.stringify(condition);

/** Prepares the statement for all of these conditions; null where there are none. */
export function prepareTimeQuery(conditions: readonly TimeCondition[], timeZone: string): TimeQuery | null {
  const byKey = new Map(conditions.map((condition) => [conditionKey(condition), condition]));
  if (byKey.size === 0) return null;
  const before = { now: sql.placeholder('before'), timeZone };
  const after = { now: sql.placeholder('after'), timeZone };
  const touched = [...byKey.values()].map((condition) => touchedBy(condition, before, after));
  const statement = renderStatement(sql`select ${jsonArray(touched)}`);
  return { keys: [...byKey.keys()], statement };
}

/** The files for which each condition may have changed between two instants, by its key. One statement. */
export async function touchedBetween(
  tx: Database,
  { keys, statement }: TimeQuery,
  before: Date,
  after: Date,
): Promise<Map<string, AffectedFiles>> {
  const values = { before: before.toISOString(), after: after.toISOString() };
  const found = JSON.parse(String(await queryBytes(tx, fillStatement(statement, values)))) as AffectedFiles[];
  return new Map(keys.map((key, i) => [key, found[i] as AffectedFiles]));
}

function touchedBy(condition: TimeCondition, before: StatementClock, after: StatementClock): SQL {
  const { operator, table, kind, duration, fileColumn } = condition;
  // Days of the year are cyclic, so they form no range of dates; they change only at midnight.
  if (operator === 'anniversaryWithin') {
    return sql`case when ${today(before)} = ${today(after)} then '[]'::json else 'true'::json end`;
  }
  const side = operator === 'withinLast' ? 'last' : 'next';
  const earlier = spanBounds(before, kind, duration, side);
  const later = spanBounds(after, kind, duration, side);
  const file = fileColumn === null ? sql`true` : columnOf('t', fileColumn);
  const rowsBetween = (one: SQL, other: SQL): SQL => {
    const value = columnOf('t', condition.column);
    const range = [
      sql`${one} <> ${other}`,
      sql`${value} >= least(${one}, ${other})`,
      sql`${value} <= greatest(${one}, ${other})`,
      ...requestedLines(condition),
    ];
    return sql`select ${file} as file from ${sql.raw(`"${table}" t`)} where ${all(range)}`;
  };
  const rows = sql`${rowsBetween(earlier.from, later.from)} union ${rowsBetween(earlier.to, later.to)}`;
  return fileColumn === null
    ? sql`(select case when count(*) > 0 then 'true'::json else '[]'::json end from (${rows}) r)`
    : sql`(select coalesce(json_agg(r.file), '[]') from (${rows}) r)`;
}

const requestedLines = ({ linesOf }: TimeCondition): SQL[] =>
  linesOf === null
    ? []
    : [
        sql`${columnOf('t', 'subject')} = ${linesOf.subject}::text`,
        sql`${columnOf('t', 'field')} = ${linesOf.field}::text`,
      ];
