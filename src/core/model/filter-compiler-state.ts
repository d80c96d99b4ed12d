import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../access/access-log-port.ts';
import type { AccessClass } from '../access/policy.ts';
import { type Declared, reachOf, rightTo } from '../access/row-predicates.ts';
import type { Issue } from '../errors.ts';
import type { Alias } from './alias.ts';
import type { Filter, Model, ReadContext } from './model.types.ts';
import { type Aliases, decided } from './read-context.ts';

export type Path = (string | number)[];

/** What the parts of one filter share while they are compiled. */
export interface FilterCompilerState {
  reading: ReadContext;
  nextAlias: Aliases;
  /** Classes of every field the filter reads: row-level rights on them are woven in at the end. */
  used: Set<AccessClass>;
  /** Fields it reads that the viewer's role may never read. */
  forbidden: Set<string>;
  issues: Issue[];
  conditions: number;
  /** Conditions on rows elsewhere that PostgreSQL may join to the rows asked for: see {@link maxJoined}. */
  joined: { count: number };
  /** Lies in an `or`: whatever is asked there cannot be joined to the rows. */
  isAlternative: boolean;
  /** Levels of nesting at this place, saved filters included. */
  depth: number;
  /** Ids of the saved filters this place lies in, outermost first. */
  expanding: readonly string[];
  /** What stands for the id of rows that are not joined, because nothing else is asked of them. */
  ids: Map<Alias, SQL>;
  /** Compiles a filter inside this one. */
  nested: (model: Model, filter: Filter, alias: Alias, path: Path) => SQL;
}

/** Notes that the filter reads a field, and whether it may. */
export function use(c: FilterCompilerState, declared: Declared, field: string): void {
  const { viewer } = c.reading;
  if (reachOf(viewer, declared) === 'NONE') c.forbidden.add(field);
  const right = rightTo(viewer, declared);
  if (right !== 'open' && right !== 'identity') c.used.add(right);
  noteUse(c.reading.shape?.uses, declared.access, field);
}

/**
 * Conditions that are joined at most. PostgreSQL looks for the best order of all joins, and the time that takes grows
 * much faster than their number: sixty of them in 2 kB of filter were planned for half a minute, before any limit of cost.
 */
const maxJoined = 6;

/**
 * Whether there is a row: `body` is `from … where …`.
 *
 * In an `or`, PostgreSQL would look up all such rows of the table before the first row of a page; as a value it is
 * asked row by row, as it is where files are named and beyond {@link maxJoined}.
 */
export function existence(c: FilterCompilerState, body: SQL): SQL {
  const isValue = (c.isAlternative && !c.reading.atOnce) || c.reading.oneByOne || c.joined.count >= maxJoined;
  if (!isValue) c.joined.count += 1;
  return decided(
    isValue ? sql`coalesce((select true ${body} limit 1), false)` : sql`exists (select 1 ${body})`,
  );
}

/** Notes a condition that is read row by row. `model` is whose rows. */
export function noteHeavy({ reading }: FilterCompilerState, model: Model, path: Path): void {
  reading.shape?.heavy.set(path.join('.'), { path, model });
}

/** Refuses what a saved condition names besides the words that exist: it is not passed over, which would change it. */
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

/** Notes a violation; what it stands for matches nothing, and never runs. */
export function refuse(c: FilterCompilerState, path: Path, code: string, message: string): SQL {
  c.issues.push({ path, code, message });
  return sql`false`;
}
