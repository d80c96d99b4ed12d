import { type SQL, sql } from 'drizzle-orm';
import { noteUse } from '../access/access-log-port.ts';
import type { AccessClass } from '../access/policy.ts';
import type { FileColumns } from '../access/row-predicates.ts';
import { badInput, type Issue, withheldByRole } from '../errors.ts';
import { checkId } from '../graphql/schema/type-id.ts';
import { type Alias, currencyColumn } from './alias.ts';
import { attributeValue } from './attribute-value.ts';
import { type FilterCompilerState, noteHeavy, type Path, refuse, use } from './filter-compiler-state.ts';
import { compileHistory } from './history-condition.ts';
import type { Filter, Model, ReadContext } from './model.types.ts';
import { compileOperators } from './operator-compiler.ts';
import { type Aliases, aliases, all, any, negated, readableOn } from './read-context.ts';
import { relationTo, rootModel } from './registry.ts';
import { compileRelation } from './relation-condition.ts';
import { compileSavedFilter, type RunStatement, withSavedFilters } from './saved-filter.ts';

export type { Filter } from './model.types.ts';

/** Maximum nesting depth of conditions. */
const maxDepth = 12;
/** Maximum number of conditions in one filter, including those of segments it refers to. */
const maxConditions = 200;
/** Maximum number of branches of one `and` or `or`. */
const maxBranches = 50;

/**
 * Compiles a filter on rows `alias` of `model` to one condition in which every value is a parameter.
 *
 * Two-valued: `f` and `{ not: f }` partition the rows, because a negation is `is not true`. If the viewer's role can
 * never read a field, the filter is refused before any SQL runs. If they may read it on some files only, the other
 * files never match, even under negation.
 *
 * An absent or null condition is ignored; `{}` holds for every row, `or: []` and `in: []` for none.
 *
 * @throws FORBIDDEN naming every field that is withheld by role, BAD_USER_INPUT with every other violation.
 */
export function compileFilter(
  reading: ReadContext,
  model: Model,
  filter: Filter,
  alias: Alias,
  file: FileColumns | null,
  nextAlias: Aliases,
  expanding: readonly string[] = [],
): SQL {
  const { condition, rights } = compileAuthorizedFilter(
    reading,
    model,
    filter,
    alias,
    file,
    nextAlias,
    expanding,
  );
  return all([condition, ...rights]);
}

/**
 * A filter's condition, the classes of the fields it uses, and the row-level rights to them, without which it holds for
 * no row. Errors as {@link compileFilter}.
 */
export function compileAuthorizedFilter(
  reading: ReadContext,
  model: Model,
  filter: Filter,
  alias: Alias,
  file: FileColumns | null,
  nextAlias: Aliases,
  expanding: readonly string[] = [],
): { condition: SQL; classes: ReadonlySet<AccessClass>; rights: SQL[] } {
  const compilation: FilterCompilerState = {
    reading,
    nextAlias,
    used: new Set(),
    isRule: file === null,
    forbidden: new Set(),
    issues: [],
    conditions: 0,
    joined: { count: 0 },
    isAlternative: false,
    depth: 0,
    expanding,
    ids: new Map(),
    nested: (...nested) => compile(compilation, ...nested),
  };
  noteFilter(reading, model, filter);
  const condition = compile(compilation, model, filter, alias, ['filter']);
  if (compilation.forbidden.size > 0) throw withheldByRole(compilation.forbidden);
  if (compilation.issues.length > 0) throw badInput(compilation.issues);
  const rights = [...compilation.used]
    .map((access) => readableOn(reading, { access }, file))
    .filter((right): right is SQL => typeof right === 'object');
  if (reading.shape) {
    reading.shape.isFiltered ||= compilation.conditions > 0;
    reading.shape.isByRow ||= rights.length > 0;
  }
  return { condition, classes: compilation.used, rights };
}

/**
 * Refuses what {@link compileFilter} would refuse, without running the filter; reads only the segments it refers to.
 * `self` is the UUID of the segment that will store it.
 */
export async function checkFilter(
  run: RunStatement,
  reading: ReadContext,
  model: Model,
  filter: Filter,
  self?: string,
): Promise<void> {
  await withSavedFilters(run, reading, (prepared) => {
    const next = aliases();
    // The empty id prevents the rule from referring to itself. Segments that do are lists, which clients cannot write.
    return compileFilter(prepared, model, filter, next(), null, next, self ? [self, ''] : []);
  });
}

/** Operators that hold for every row if their list is empty. */
const emptyHoldsForAll = ['notIn', 'hasAll', 'hasNone'];
/** Keys that define an aggregate; all others compare it. */
const madeOf = ['where', 'field', 'currency'];

/**
 * The violation for a filter without any condition, where it selects files to be changed or exported: it was meant to
 * select some rows but would take all. Null if it has a condition. An `or` has none as soon as one of its branches has
 * none.
 */
export function emptySelection(reading: ReadContext, model: Model, filter: Filter, path: Path): Issue | null {
  if (hasCondition(reading, model, filter, [])) return null;
  const message =
    'This filter has no condition and would take every file; leave it out for all of them. (筛选条件为空，将涉及全部档案；如需全部，请不要填写筛选条件。)';
  return { path, code: 'NO_CONDITION', message };
}

function hasCondition(
  reading: ReadContext,
  model: Model,
  filter: Filter,
  expanding: readonly string[],
): boolean {
  const narrows = (inner: unknown, of = model, within = expanding) =>
    hasCondition(reading, of, inner as Filter, within);
  return Object.entries(filter).some(([field, value]) => {
    if (value === undefined || value === null) return false;
    if (field === 'and') return (value as Filter[]).some((branch) => narrows(branch));
    if (field === 'or')
      return (value as Filter[]).length > 0 && (value as Filter[]).every((branch) => narrows(branch));
    if (field === 'not') return narrows(value);
    const savedModel = model.customFilters.get(field)?.saved?.();
    if (savedModel) {
      const { value: id = '' } = checkId(savedModel.prefix, String(value));
      const saved = reading.saved?.found.get(id);
      // A list refers to itself.
      return !saved || expanding.includes(id) || narrows(saved.rule, model, [...expanding, id]);
    }
    if (field === 'history') return Object.values(value).some(hasPastCondition);
    const relation = model.relations.get(field);
    if (relation?.arity === 'one') return narrows(value, relation.target());
    if (model.customFilters.get(field)?.parts) return Object.values(value).some(hasPartCondition);
    return Object.entries(value).some(([word, operand]) => {
      if (operand === null || operand === undefined || word === 'currency') return false;
      if (Array.isArray(operand)) return isNarrowing(word, operand);
      if (!relation || word === 'some' || word === 'none') return true;
      return Object.entries(operand).some(([bound, number]) => number != null && !madeOf.includes(bound));
    });
  });
}

const isNarrowing = (word: string, operand: unknown): boolean =>
  operand != null &&
  word !== 'currency' &&
  (!Array.isArray(operand) || operand.length > 0 || !emptyHoldsForAll.includes(word));

/** Whether a condition on a part of an object, or on there being one, excludes anything. */
const hasPartCondition = (part: unknown): boolean =>
  typeof part === 'object' && part !== null
    ? Object.entries(part).some(([word, operand]) => isNarrowing(word, operand))
    : part !== null;

/** Whether a condition on a field's history excludes anything: `changed: {}` requires that it changed at all. */
function hasPastCondition(past: { was?: Filter | null; changed?: Filter | null } | null): boolean {
  if (past === null) return false;
  return (
    past.changed != null ||
    Object.entries(past.was ?? {}).some(([word, operand]) => isNarrowing(word, operand))
  );
}

/**
 * Records the filter for the access log. That some rows of a file meet it reveals that it has such rows, unless they
 * are given by their own ids.
 */
function noteFilter({ shape }: ReadContext, model: Model, filter: Filter): void {
  if (!shape) return;
  shape.uses.filters.add(filter);
  const isByIds = Object.keys(filter).every((field) => field === 'id');
  const relation = model.kind === 'part' && !isByIds ? relationTo(model) : undefined;
  if (relation) noteUse(shape.uses, relation.access, `${rootModel().name}.${relation.field}`);
}

const holdsContains = (condition: Filter): boolean =>
  Object.values(condition).some((part) => part !== null && typeof part === 'object' && 'contains' in part);

/** Records the files that a condition on ids names. */
function noteNamed({ shape }: ReadContext, { eq, in: several = [] }: { eq?: unknown; in?: unknown }): void {
  for (const id of [eq, several].flat()) {
    const { value, problem } = checkId('cus', String(id));
    if (!problem) shape?.uses.customerIds.add(value);
  }
}

function compile(c: FilterCompilerState, model: Model, filter: Filter, alias: Alias, path: Path): SQL {
  if (c.depth >= maxDepth) {
    return refuse(c, path, 'TOO_DEEP', `A filter nests at most ${maxDepth} levels. (筛选条件嵌套过深。)`);
  }
  c.depth += 1;
  const parts: SQL[] = [];
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined || value === null) continue;
    parts.push(compileField(c, model, field, value, alias, [...path, field]));
  }
  c.depth -= 1;
  return all(parts);
}

function compileField(
  c: FilterCompilerState,
  model: Model,
  field: string,
  value: unknown,
  alias: Alias,
  path: Path,
): SQL {
  if (field === 'and' || field === 'or') {
    const branches = value as Filter[];
    if (branches.length > maxBranches) {
      return refuse(c, path, 'TOO_MANY', `At most ${maxBranches} branches. (最多 ${maxBranches} 个分支。)`);
    }
    const wasAlternative = c.isAlternative;
    c.isAlternative ||= field === 'or' && branches.length > 1;
    const compiled = branches.map((branch, i) => compile(c, model, branch, alias, [...path, i]));
    c.isAlternative = wasAlternative;
    return field === 'and' ? all(compiled) : any(compiled);
  }
  // Three-valued below, two-valued from here on: whatever is not true (false or unknown) satisfies the negation.
  if (field === 'not') return negated(compile(c, model, value as Filter, alias, path));

  c.conditions += 1;
  if (c.conditions > maxConditions) {
    if (c.conditions > maxConditions + 1) return sql`false`;
    return refuse(
      c,
      path,
      'TOO_MANY',
      `At most ${maxConditions} conditions. (最多 ${maxConditions} 个条件。)`,
    );
  }
  const attribute = model.attributes.get(field);
  if (attribute?.filterable) {
    use(c, attribute, `${model.name}.${field}`, value);
    if (field === 'id' && model.kind === 'file') noteNamed(c.reading, value as Filter);
    const standIn = field === 'id' ? c.ids.get(alias) : undefined;
    const column = standIn ?? attributeValue(c.reading, attribute, alias);
    if (c.isRule) for (const access of attribute.computed?.counts ?? []) c.used.add(access);
    if ('contains' in (value as Filter)) noteHeavy(c, model, path);
    return compileOperators(
      c.reading,
      attribute,
      column,
      value as Filter,
      path,
      c.issues,
      currencyColumn(attribute, alias),
    );
  }
  const special = model.customFilters.get(field);
  if (special) {
    use(c, special, `${model.name}.${field}`, value);
    if (special.saved) return compileSavedFilter(c, model, special, value, alias, path);
    if (special.isHeavy || (special.parts && holdsContains(value as Filter))) noteHeavy(c, model, path);
    return special.compile(value as never, alias, path, c.issues, c.reading);
  }
  const relation = model.relations.get(field);
  if (relation?.filterable) {
    use(c, relation, `${model.name}.${field}`);
    return compileRelation(c, model, relation, value as Filter, alias, path);
  }
  if (field === 'history' && model.fileColumn !== null) {
    return compileHistory(c, model, value as Filter, alias, path);
  }
  return refuse(c, path, 'UNKNOWN_FIELD', `There is no field ${model.name}.${field}. (字段不存在。)`);
}
