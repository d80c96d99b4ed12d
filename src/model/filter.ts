import { type SQL, sql } from 'drizzle-orm';
import type { AccessClass } from '../access/policy.ts';
import { type FileColumns, requireReadable } from '../access/reach.ts';
import { badInput, type Issue } from '../errors.ts';
import type { Viewer } from '../context.ts';
import type { FieldAccess } from './attribute.ts';
import { compileOperators } from './condition.ts';
import { type Alias, columnOf, type Model, type Relation } from './model.ts';
import { type Aliases, all, any, type Reading, readableOn } from './reading.ts';

/** A value of a generated `<Name>Filter` input, as GraphQL delivers it or as a segment stores it. */
export type Filter = { readonly [field: string]: unknown };

/** Conditions nested deeper than this are refused. */
const maxDepth = 12;
/** Conditions in one filter at most. */
const maxConditions = 200;
/** Branches of one `and` or `or` at most. */
const maxBranches = 50;

interface Compilation {
  reading: Reading;
  alias: Aliases;
  /** Classes of every field the filter reads: row-level rights on them are woven in at the end. */
  used: Set<AccessClass>;
  issues: Issue[];
  conditions: number;
}

/**
 * Compiles a filter on rows `alias` of `model` to one condition, every value a parameter.
 *
 * Two-valued: `f` and `{ not: f }` split the rows, because a negation is `is not
 * true`. A field the viewer's role may not read refuses the filter before any
 * SQL runs; one they may read on some files only makes the others never match,
 * whichever way the filter is turned.
 *
 * @throws FORBIDDEN for a field that is withheld by role, BAD_USER_INPUT with every other violation.
 */
export function compileFilter(
  reading: Reading,
  model: Model,
  filter: Filter,
  alias: Alias,
  file: FileColumns | null,
  nextAlias: Aliases,
): SQL {
  const compilation: Compilation = { reading, alias: nextAlias, used: new Set(), issues: [], conditions: 0 };
  const condition = compile(compilation, model, filter, alias, ['filter']);
  if (compilation.issues.length > 0) throw badInput(compilation.issues);
  const rights = [...compilation.used].map((access) => readableOn(reading, access, file));
  return all([condition, ...rights.filter((right): right is SQL => typeof right === 'object')]);
}

/** Refuses what {@link compileFilter} would refuse, without running anything. */
export function checkFilter(reading: Reading, model: Model, filter: Filter): void {
  let count = 0;
  const next = () => `t${++count}`;
  compileFilter(reading, model, filter, next(), null, next);
}

function compile(c: Compilation, model: Model, filter: Filter, alias: Alias, path: (string | number)[]): SQL {
  if (path.length > maxDepth * 3) {
    c.issues.push(issue(path, 'TOO_DEEP', `A filter nests at most ${maxDepth} levels. (筛选条件嵌套过深。)`));
    return sql`false`;
  }
  const parts: SQL[] = [];
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined || value === null) continue;
    parts.push(compileField(c, model, field, value, alias, [...path, field]));
  }
  return all(parts);
}

function compileField(c: Compilation, model: Model, field: string, value: unknown, alias: Alias, path: (string | number)[]): SQL {
  if (field === 'and' || field === 'or') {
    const branches = value as Filter[];
    if (branches.length > maxBranches) {
      c.issues.push(issue(path, 'TOO_MANY', `At most ${maxBranches} branches. (最多 ${maxBranches} 个分支。)`));
    }
    const compiled = branches.slice(0, maxBranches).map((branch, i) => compile(c, model, branch, alias, [...path, i]));
    return field === 'and' ? all(compiled) : any(compiled);
  }
  // 3-valued below, 2-valued from here on: what is not true (false or unknown) is the negation.
  if (field === 'not') return sql`(${compile(c, model, value as Filter, alias, [...path])}) is not true`;

  c.conditions += 1;
  if (c.conditions > maxConditions) {
    if (c.conditions === maxConditions + 1) {
      c.issues.push(issue(path, 'TOO_MANY', `At most ${maxConditions} conditions. (最多 ${maxConditions} 个条件。)`));
    }
    return sql`false`;
  }
  const attribute = model.attributes.get(field);
  if (attribute) {
    use(c, c.reading.viewer, attribute.access, `${model.name}.${field}`);
    return compileOperators(c.reading, attribute, columnOf(alias, attribute.column.name), value as Filter, path, c.issues);
  }
  const special = model.specials.get(field);
  if (special) {
    use(c, c.reading.viewer, special.access, `${model.name}.${field}`);
    return special.compile(value as never, alias);
  }
  const relation = model.relations.get(field);
  if (relation) {
    use(c, c.reading.viewer, relation.access, `${model.name}.${field}`);
    return compileRelation(c, relation, value as Filter, alias, path);
  }
  c.issues.push(issue(path, 'UNKNOWN_FIELD', `There is no field ${model.name}.${field}. (字段不存在。)`));
  return sql`false`;
}

function compileRelation(c: Compilation, relation: Relation, value: Filter, alias: Alias, path: (string | number)[]): SQL {
  const target = relation.target();
  const matching = (filter: Filter, key?: string): SQL => {
    const inner = c.alias();
    const condition = compile(c, target, filter, inner, key ? [...path, key] : path);
    return sql`from ${sql.raw(`"${target.tableName}" ${inner}`)} where ${relation.on(alias, inner)} and ${condition}`;
  };
  if (relation.arity === 'one') return sql`exists (select 1 ${matching(value)})`;

  const parts: SQL[] = [];
  if (value.some) parts.push(sql`exists (select 1 ${matching(value.some as Filter, 'some')})`);
  if (value.none) parts.push(sql`not exists (select 1 ${matching(value.none as Filter, 'none')})`);
  if (value.count) {
    const { where, ...bounds } = value.count as Filter;
    const count = sql`(select count(*) ${matching((where as Filter) ?? {}, 'count')})`;
    for (const [operator, bound] of Object.entries(bounds)) {
      if (bound === undefined || bound === null) continue;
      parts.push(sql`${count} ${sql.raw(countOperators[operator] ?? '=')} ${bound as number}::bigint`);
    }
  }
  return all(parts);
}

const countOperators: Record<string, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

const use = (c: Compilation, viewer: Viewer, access: FieldAccess, field: string): void => {
  if (access === 'open') return;
  requireReadable(viewer, access, field);
  c.used.add(access);
};

const issue = (path: (string | number)[], code: string, message: string): Issue => ({ path, code, message });
