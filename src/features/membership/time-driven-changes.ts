import { type SQL, sql } from 'drizzle-orm';
import { type Database, queryBytes, type RenderedStatement } from '../../core/database/database.ts';
import { columnOf } from '../../core/model/alias.ts';
import { type Clock, spanBounds, today } from '../../core/model/operator-compiler.ts';
import { all } from '../../core/model/read-context.ts';
import { fillStatement, keepStatement, markedInstant, newMark } from './kept-statement.ts';
import type { TimeCondition } from './rule-dependencies.ts';

/**
 * What the passing of time may have changed for one condition: files (UUIDs), or `true` where it may be any file.
 *
 * `v >= f(now)` with a growing `f` changes between two instants only where `v` lies between `f` of the one and `f` of
 * the other. So nothing is stored per member and nothing scanned: the few rows in between come out of an index, however
 * long nobody looked. Exact also where `f` jumps back, as on the night when summer time ends: what counts is how the
 * two instants differ.
 */
export type AffectedFiles = string[] | true;

/** Finds what the passing of time may have changed for conditions, each by its {@link conditionKey}. */
export interface TimeQuery {
  keys: readonly string[];
  statement: RenderedStatement;
}

const marks = { before: newMark(), after: newMark() };

/** Two conditions with the same key turn at the same instants. */
export const conditionKey = (condition: TimeCondition): string => JSON.stringify(condition);

/** The statement that answers it for all of these conditions, to be kept; null where there are none. */
export function prepareTimeQuery(conditions: readonly TimeCondition[], timeZone: string): TimeQuery | null {
  const byKey = new Map(conditions.map((condition) => [conditionKey(condition), condition]));
  if (byKey.size === 0) return null;
  const before = { now: markedInstant(marks.before), timeZone };
  const after = { now: markedInstant(marks.after), timeZone };
  const touched = [...byKey.values()].map((condition) => touchedBy(condition, before, after));
  const statement = keepStatement(sql`select json_build_array(${sql.join(touched, sql`, `)})`);
  return { keys: [...byKey.keys()], statement };
}

/** What each condition may have changed between two instants. One statement. */
export async function touchedBetween(
  tx: Database,
  { keys, statement }: TimeQuery,
  before: Date,
  after: Date,
): Promise<Map<string, AffectedFiles>> {
  const values = new Map<unknown, unknown>([
    [marks.before, before.toISOString()],
    [marks.after, after.toISOString()],
  ]);
  const found = JSON.parse(String(await queryBytes(tx, fillStatement(statement, values)))) as AffectedFiles[];
  return new Map(keys.map((key, i) => [key, found[i] as AffectedFiles]));
}

function touchedBy(condition: TimeCondition, before: Clock, after: Clock): SQL {
  const { operator, table, kind, duration, fileColumn } = condition;
  // Days of the year run in a circle, so no range of dates holds them; they change at midnight only.
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
