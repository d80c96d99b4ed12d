import { type SQL, sql } from 'drizzle-orm';
import { logUses } from '../../core/access/access-log-port.ts';
import type { Context } from '../../core/context.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { badInput, badInputAt, filterAt, type Issue, issuesOf } from '../../core/errors.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { columnOf } from '../../core/model/alias.ts';
import { authorizedSource } from '../../core/model/authorized-source.ts';
import { compileFilter, emptySelection, type Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { newShape, requireAffordable } from '../../core/model/query-cost.ts';
import { readingOf } from '../../core/model/read.ts';
import { aliases, all } from '../../core/model/read-context.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';

/** Most files of one call. */
export const maxFiles = 10_000;
/** Most files that are named by id: more would not fit into a request. */
export const maxIds = 1_000;

/** Which files a call is about: those that a filter finds, or those named. */
export interface FileSelection {
  filter?: object | null;
  ids?: readonly string[] | null;
}

/** The files of a selection, looked up when it is needed. */
export interface SelectedFiles {
  /** Ids (UUIDs) that are named, in their order; null for a filter. */
  named: readonly string[] | null;
  /** The ids of the files that the filter finds; with `among`, of those of them that it still finds. */
  find: (tx: Database, among?: readonly string[]) => Promise<string[]>;
}

/**
 * Reads a selection; with a filter, that its fields are used is logged, for every outcome depends on what it finds.
 *
 * Errors: BAD_USER_INPUT naming every violation, `issues` included: ONE_OF unless one of both is given, NO_CONDITION for
 * no ids and for a filter without a condition, TOO_MANY_FILES, and for the filter itself; FORBIDDEN, QUERY_TOO_COMPLEX.
 */
export async function readSelection(
  ctx: Context,
  { filter, ids }: FileSelection,
  issues: Issue[],
): Promise<SelectedFiles> {
  if ((filter == null) === (ids == null)) {
    if (ids != null) readIds(ids, issues);
    const message =
      ids == null
        ? 'Give a filter or ids. (请提供筛选条件或客户编号。)'
        : 'Give a filter or ids, not both. (筛选条件与客户编号只能二选一。)';
    throw badInput([{ path: ['input', 'filter'], code: 'ONE_OF', message }, ...issues]);
  }
  if (ids != null) {
    const named = readIds(ids, issues);
    if (issues.length > 0) throw badInput(issues);
    return { named, find: async () => [...named] };
  }
  return byFilter(ctx, filter as Filter, issues);
}

function readIds(ids: readonly string[], issues: Issue[]): string[] {
  const path = ['input', 'ids'];
  const read = ids.slice(0, maxIds).map((text, i) => {
    const { value = '', problem } = checkId('cus', text);
    if (problem) issues.push({ path: [...path, i], ...problem });
    return value;
  });
  if (ids.length === 0) {
    const message = 'Name at least one file. (请至少指定一个客户。)';
    issues.push({ path, code: 'NO_CONDITION', message });
  }
  if (ids.length > maxIds) issues.push({ path, ...tooMany(maxIds) });
  return [...new Set(read)];
}

const tooMany = (maximum: number) => ({
  code: 'TOO_MANY_FILES',
  message: `At most ${maximum} files. (最多 ${maximum} 个客户。)`,
});

const everyFile =
  'This filter has no condition: say which files are meant. (筛选条件为空，请指明涉及哪些客户。)';

async function byFilter(ctx: Context, filter: Filter, issues: Issue[]): Promise<SelectedFiles> {
  const shape = newShape();
  const path = ['input', 'filter'];
  const build = (reading: ReadContext) => {
    const next = aliases();
    const alias = next();
    const rows = authorizedSource(reading, customerModel, alias, next, false);
    const found = compileFilter({ ...reading, atOnce: true }, customerModel, filter, alias, rows.file, next);
    const empty = emptySelection(reading, customerModel, filter, path);
    if (empty) throw badInput([{ ...empty, message: everyFile }]);
    const id = columnOf(alias, 'id');
    return (among?: SQL): SQL =>
      sql`select ${id} from ${rows.from}
          where ${all([...rows.conditions, activeFiles(alias), found, ...(among ? [sql`${id} = any(${among})`] : [])])}
          order by ${id} limit ${maxFiles + 1}`;
  };
  const reading = { ...readingOf(ctx), shape };
  let statement: ReturnType<typeof build>;
  try {
    statement = await withSavedFilters((one) => ctx.statements.load(one), reading, build);
  } catch (error) {
    const found = issuesOf(error);
    throw found ? badInput([...filterAt(path, found), ...issues]) : error;
  }
  if (issues.length > 0) throw badInput(issues);
  await requireAffordable(ctx, shape, statement());
  await logUses(ctx, shape.uses);
  return {
    named: null,
    async find(tx, among) {
      const query = statement(among && uuids(among));
      const ids = await queryJson<string[]>(tx, sql`select to_json(array(${query}))`);
      if (ids.length <= maxFiles) return ids;
      const { code, message } = tooMany(maxFiles);
      throw badInputAt(path, code, message);
    },
  };
}
