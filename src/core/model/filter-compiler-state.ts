import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../access/access-log-port.ts';
import type { AccessClass } from '../access/policy.ts';
import { type Declared, reachOf, rightTo } from '../access/row-predicates.ts';
import type { Issue } from '../errors.ts';
import type { Alias } from './alias.ts';
import type { Filter, Model, ReadContext } from './model.types.ts';
import { type Aliases, decided } from './read-context.ts';

export type Path = (string | number)[];

/** State shared by the parts of one filter during compilation. */
export interface FilterCompilerState {
  reading: ReadContext;
  nextAlias: Aliases;
  /** Classes of all fields the filter reads: conditions for row-level rights on them are added at the end. */
  used: Set<AccessClass>;
  /** Evaluated for no reader's rows: what it reads decides who may know of the result. */
  isRule: boolean;
  /** Fields it reads that the viewer's role can never read. */
  forbidden: Set<string>;
  issues: Issue[];
  conditions: number;
  /** Number of conditions on other tables' rows that PostgreSQL may join: see {@link maxJoined}. */
  joined: { count: number };
  /** Inside an `or`: conditions there cannot be joined to the rows. */
  isAlternative: boolean;
  /** Current nesting depth, including saved filters. */
  depth: number;
  /** Ids of the enclosing saved filters, outermost first. */
  expanding: readonly string[];
  /** Expressions for the id of rows that are not joined because only their id is used. */
  ids: Map<Alias, SQL>;
  /** Compiles a filter inside this one. */
  nested: (model: Model, filter: Filter, alias: Alias, path: Path) => SQL;
}

/** Records that the filter reads a field, with which condition, and whether it may. */
export function use(c: FilterCompilerState, declared: Declared, field: string, condition?: unknown): void {
  const { viewer } = c.reading;
  if (reachOf(viewer, declared) === 'NONE') c.forbidden.add(field);
  const right = rightTo(viewer, declared);
  if (right !== 'open' && right !== 'identity') c.used.add(right);
  const uses = c.reading.shape?.uses;
  noteUse(uses, declared.access, field);
  if (condition !== undefined && uses?.fields.has(field)) uses.conditions.set(condition, field);
}

/**
 * Maximum number of joined conditions. PostgreSQL searches for the best order of all joins, and planning time grows
 * much faster than their number: sixty of them, in 2 kB of filter, took half a minute to plan, before any cost limit
 * applied.
 */
const maxJoined = 6;

/**
 * Whether a row exists: `body` is `from … where …`.
 *
 * In an `or`, PostgreSQL would look up all such rows of the table before returning the first row of a page. As a scalar
 * subquery it is evaluated row by row; the same form is used if files are given by id and beyond {@link maxJoined}.
 */
export function existence(c: FilterCompilerState, body: SQL): SQL {
  const isValue = (c.isAlternative && !c.reading.atOnce) || c.reading.oneByOne || c.joined.count >= maxJoined;
  if (!isValue) c.joined.count += 1;
  return decided(
    isValue ? sql`coalesce((select true ${body} limit 1), false)` : sql`exists (select 1 ${body})`,
  );
}

/** Records a condition that is evaluated row by row. `model` is the model of the rows read. */
export function noteHeavy({ reading }: FilterCompilerState, model: Model, path: Path): void {
  reading.shape?.heavy.set(path.join('.'), { path, model });
}

/** Refuses unknown operators in a saved condition: ignoring them would change its meaning. */
export function refuseOthers(
  c: FilterCompilerState,
  condition: Filter,
  words: readonly string[],
  path: Path,
): void {
  for (const [word, value] of Object.entries(condition)) {
    if (value === undefined || value === null || words.includes(word)) continue;
    refuse(c, [...path, word], 'UNKNOWN_FIELD', 'There is no such condition. (条件不存在。)');
  }
}

/** Records a violation. The returned condition matches nothing and is never executed. */
export function refuse(c: FilterCompilerState, path: Path, code: string, message: string): SQL {
  c.issues.push({ path, code, message });
  return sql`false`;
}
