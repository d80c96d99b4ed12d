import { type SQL, sql } from 'drizzle-orm';
import { notFound } from '../errors.ts';
import { checkId } from '../graphql/schema/type-id.ts';
import { type Alias, columnOf } from './alias.ts';
import { type FilterCompilerState, type Path, refuse } from './filter-compiler-state.ts';
import type { Model, ReadContext, SavedFilter, SavedFilters, SpecialCondition } from './model.types.ts';
import { all } from './read-context.ts';

/** Maximum nesting of saved filters. */
const maxSavedDepth = 5;

const note = (ids: SavedFilters['wanted'], model: Model, id: string): void =>
  void ids.set(model, (ids.get(model) ?? new Set()).add(id));

/** No filters read yet. */
export const noSavedFilters = (): SavedFilters => ({ found: new Map(), wanted: new Map(), read: new Map() });

/** Compiles a stored filter in place, so that it is authorized by the rights of whoever uses it. */
export function compileSavedFilter(
  c: FilterCompilerState,
  model: Model,
  special: SpecialCondition,
  value: unknown,
  alias: Alias,
  path: Path,
): SQL {
  const savedModel = (special.saved as () => Model)();
  const { value: id, problem } = checkId(savedModel.prefix, String(value));
  if (problem) return refuse(c, path, problem.code, problem.message);
  if (c.expanding.at(-1) === id) return special.compile(id as never, alias, path, c.issues);
  if (c.expanding.includes(id)) {
    return refuse(c, path, 'CYCLE', 'This segment would contain itself. (客户分群不能循环引用。)');
  }
  if (c.expanding.length >= maxSavedDepth) {
    return refuse(c, path, 'TOO_DEEP', `Segments nest at most ${maxSavedDepth} levels. (客户分群嵌套过深。)`);
  }
  const saved = c.reading.saved?.found.get(id);
  if (saved === undefined) {
    if (!c.reading.saved) throw new Error('This reading cannot look up saved filters.');
    note(c.reading.saved.wanted, savedModel, id);
    return sql`false`;
  }
  // The same message for "does not exist" and "not visible".
  if (saved === null) return refuse(c, path, 'NOT_FOUND', 'There is no such segment. (未找到该客户分群。)');
  // Overseers may not see the segment, and it may be changed later.
  c.reading.shape?.uses.filters.add(saved.rule);
  const outer = c.expanding;
  c.expanding = [...outer, id];
  const condition = c.nested(model, saved.rule, alias, path);
  c.expanding = outer;
  return condition;
}

/** Errors: NOT_FOUND for a stored filter (UUID) that has been looked up and is not there, or not the reader's to see. */
export function requireSaved({ saved }: ReadContext, id: string): void {
  if (saved?.found.get(id) === null) throw notFound();
}

/** Runs a statement that returns one JSON value. */
export type RunStatement = (statement: SQL) => Promise<unknown>;

/**
 * Runs a `build` that needs stored filters: tries with those in `saved`, reads the missing ones, and tries again. Costs
 * no statement unless one is missing, then one per level.
 */
export async function withSavedFilters<T>(
  run: RunStatement,
  reading: ReadContext,
  build: (reading: ReadContext) => T,
  saved = noSavedFilters(),
): Promise<T> {
  const attempt = { ...reading, saved };
  for (;;) {
    // A violation found before all rules are read may not be the only one; it is reported as it is.
    const built = build(attempt);
    if (saved.wanted.size === 0) return built;
    await readSavedFilters(run, reading, saved.wanted, saved);
    saved.wanted.clear();
  }
}

/** Reads stored filters, with one statement per model. */
export async function readSavedFilters(
  run: RunStatement,
  reading: ReadContext,
  wanted: SavedFilters['wanted'],
  saved: SavedFilters,
): Promise<void> {
  for (const [model, ids] of wanted) {
    await readSavedIn(run, reading, model, ids, saved);
    for (const id of ids) note(saved.read, model, id);
  }
}

async function readSavedIn(
  run: RunStatement,
  reading: ReadContext,
  model: Model,
  ids: Set<string>,
  saved: SavedFilters,
): Promise<void> {
  const wanted = sql.join(
    [...ids].map((id) => sql`${id}`),
    sql`, `,
  );
  const conditions = [sql`${columnOf('t1', 'id')} = any(array[${wanted}]::uuid[])`];
  if (model.scope) conditions.push(model.scope(reading.viewer, 't1'));
  const rows = (await run(
    sql`select coalesce(json_agg(json_build_object('id', t1.id, 'version', t1.version, 'rule', t1.rule)), '[]') from ${sql.raw(`"${model.tableName}" t1`)} where ${all(conditions)}`,
  )) as ({ id: string } & SavedFilter)[];
  for (const id of ids) saved.found.set(id, null);
  for (const { id, ...kept } of rows) saved.found.set(id, kept);
}
