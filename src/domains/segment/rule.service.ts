import { type SQL, sql } from 'drizzle-orm';
import { type FieldUses, logReads, readsOfParts } from '../../core/access/access-log-port.ts';
import type { AccessClass } from '../../core/access/policy.ts';
import { asSql, type FileColumns, isVisible, visibleFiles } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { jsonArray } from '../../core/database/json-array.ts';
import { notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { encodeId, uuidOf } from '../../core/graphql/schema/type-id.ts';
import type { Alias } from '../../core/model/alias.ts';
import type { AttributeKind } from '../../core/model/attribute.ts';
import { attributeValue } from '../../core/model/attribute-value.ts';
import { compileAuthorizedFilter, compileFilter, type Filter } from '../../core/model/filter.ts';
import type { Locale } from '../../core/model/label.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { estimateCost, newShape } from '../../core/model/query-cost.ts';
import { readingOf, readRows, runStatement } from '../../core/model/read.ts';
import { type Aliases, aliases, all, fileColumnsOf, readableOn } from '../../core/model/read-context.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { fieldNamed } from '../../core/model/selection.ts';
import { instantText } from '../../core/validation/date.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { clausesOf, segmentIdsIn } from './rule-clause.ts';
import { ruleText } from './rule-text.ts';
import { segmentModel } from './segment.model.ts';

/** Writes a rule as a sentence. Reads only the names of the segments that it refers to. */
export async function describeRule(ctx: Context, rule: Filter, locale: Locale): Promise<string> {
  const ids = [...new Set(segmentIdsIn(rule))];
  const named = { fields: [fieldNamed('name')] };
  const rows = ids.length > 0 ? await readRows(ctx, segmentModel, ids.map(uuidOf), named) : [];
  const segmentNames = new Map(rows.map(({ id, name }) => [encodeId('seg', id), name as string]));
  const { timeZone, currency } = ctx.settings;
  return ruleText(customerModel, rule, { locale, timeZone, currency, segmentNames });
}

/** Compiles filters on the same row, each under the reader's rights. */
const compilerOf =
  (reading: ReadContext, alias: Alias, file: FileColumns, next: Aliases) => (filter: Filter) =>
    compileFilter(reading, customerModel, filter, alias, file, next);

/** The condition for active files that the reader can see. */
function visibleRows(reading: ReadContext, alias: Alias, file: FileColumns): SQL {
  return all([activeFiles(alias), asSql(visibleFiles(reading.viewer, file))]);
}

/** Whether one clause of a rule holds for one file. */
export interface ExplainedClause {
  rule: Filter;
  holds: boolean;
  /** The clause's field if it is one of the file's own, and in `value` its present value; null where withheld. */
  field: string | null;
  value: unknown;
  isWithheld: boolean;
}

/**
 * Explains why a rule selects a file or does not. Errors: NOT_FOUND for a file that the reader cannot see, FORBIDDEN if
 * the rule uses a field they may not read.
 */
export async function explainRule(
  ctx: Context,
  rule: Filter,
  customerId: string,
): Promise<{ matches: boolean; clauses: ExplainedClause[] }> {
  const uuid = requireId('cus', customerId, ['customerId']);
  const clauses = clausesOf(rule);
  const attributes = clauses.map((clause) => {
    const field = Object.keys(clause)[0] as string;
    return customerModel.attributes.get(field);
  });
  const uses: FieldUses['fields'][] = [];
  const answer = (await runStatement(ctx, (reading) => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    // Only one file is evaluated, so cost is not limited; the fields used are logged below.
    const { shape: _, ...alone } = reading;
    const compiled = compilerOf(alone, alias, file, next);
    const parts = clauses.map((clause, i) => {
      const shape = newShape();
      const { condition, rights } = compileAuthorizedFilter(
        { ...alone, shape },
        customerModel,
        clause,
        alias,
        file,
        next,
      );
      uses[i] = shape.uses.fields;
      const attribute = attributes[i];
      const mayRead = asSql(attribute ? readableOn(reading, attribute, file) : true);
      const column = attribute ? sql`${attributeValue(alone, attribute, alias)}::text` : sql`null`;
      return sql`json_build_array((${all([condition, ...rights])}) is true, case when ${mayRead} then ${column} end, ${mayRead}, ${all(rights)})`;
    });
    const list = jsonArray(parts);
    const whole = sql`(${compiled(rule)} and ${activeFiles(alias)}) is true`;
    const visible = asSql(isVisible(reading.viewer, file));
    return sql`select (select json_build_object('matches', ${whole}, 'clauses', ${list}) from customer ${sql.raw(alias)} where ${sql.raw(alias)}.id = ${uuid}::uuid and ${visible})`;
  })) as { matches: boolean; clauses: [boolean, string | null, boolean, boolean][] } | null;
  if (!answer) throw notFound();
  const parts = uses.flatMap((fields, i) =>
    answer.clauses[i]?.[3] ? [...fields].map(([field, access]) => ({ access, fields: [field] })) : [],
  );
  if (parts.length > 0) await logReads(ctx, [readsOfParts(parts, [uuid])], 'OWN');
  return {
    matches: answer.matches,
    clauses: answer.clauses.map(([holds, value, mayRead], i) => {
      const isWithheld = !mayRead || ctx.unlogged.has(attributes[i]?.access as AccessClass);
      const shownValue = isWithheld ? null : value;
      return {
        rule: clauses[i] as Filter,
        holds,
        field: attributes[i]?.field ?? null,
        value: shownValue === null ? null : shown(attributes[i]?.kind, shownValue),
        isWithheld,
      };
    }),
  };
}

/** A value of the file, which the database has written as text, as the API shows it. */
function shown(kind: AttributeKind | undefined, text: string): string {
  if (kind === 'id') return encodeId('cus', text);
  return kind === 'instant' ? instantText(text) : text;
}

export interface RulePreview {
  size: number;
  /** Per clause: the files that match it by itself, and those that only this clause excludes. */
  clauses: { rule: Filter; matches: number; removes: number }[];
}

/** What a rule would select, and the effect of each clause. One pass over the files. */
export async function previewRule(ctx: Context, rule: Filter): Promise<RulePreview> {
  const clauses = clausesOf(rule);
  const counted = (await runStatement(ctx, (reading) => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    const compiled = compilerOf({ ...reading, atOnce: true }, alias, file, next);
    const flags = clauses.map((clause, i) => sql`(${compiled(clause)}) is true as ${sql.raw(`c${i}`)}`);
    const names = clauses.map((_, i) => sql.raw(`c${i}`));
    const counts = names.map((name, i) => {
      const others = names.filter((_, other) => other !== i);
      return sql`json_build_array(count(*) filter (where ${name}), count(*) filter (where not ${name} and ${all(others)}))`;
    });
    const list = jsonArray(counts);
    const columns = flags.length > 0 ? sql.join(flags, sql`, `) : sql`1`;
    return sql`select json_build_object('size', count(*) filter (where ${all(names)}), 'clauses', ${list}) from (select ${columns} from customer ${sql.raw(alias)} where ${visibleRows(reading, alias, file)}) f`;
  })) as { size: number; clauses: [number, number][] };
  return {
    size: counted.size,
    clauses: counted.clauses.map(([matches, removes], i) => ({
      rule: clauses[i] as Filter,
      matches,
      removes,
    })),
  };
}

/**
 * PostgreSQL's estimate of what counting the rule's members costs, in planner units (1 is one sequential page read).
 *
 * Null where the reader's rights depend on the row: the planner's statistics cover all rows, so a series of estimates
 * would reveal the distribution of values that the reader may not read.
 */
export async function costOfRule(ctx: Context, rule: Filter): Promise<number | null> {
  let isShown = true;
  const statement = await withSavedFilters(
    (attributes) => ctx.statements.load(attributes),
    readingOf(ctx),
    (reading) => {
      const next = aliases();
      const alias = next();
      const file = fileColumnsOf(alias);
      const { condition, rights } = compileAuthorizedFilter(
        { ...reading, atOnce: true },
        customerModel,
        rule,
        alias,
        file,
        next,
      );
      isShown = rights.length === 0 && visibleFiles(reading.viewer, file) === true;
      return sql`select count(*) from customer ${sql.raw(alias)} where ${visibleRows(reading, alias, file)} and ${condition}`;
    },
  );
  if (!isShown) return null;
  return estimateCost(ctx, statement);
}

export interface RuleDifference {
  joining: number;
  leaving: number;
  staying: number;
  owners: { ownerId: string; joining: number; leaving: number }[];
}

/** How many files would join and leave if a rule were replaced, in all and by owner. */
export async function compareRules(ctx: Context, present: Filter, proposed: Filter): Promise<RuleDifference> {
  return (await runStatement(ctx, (reading) => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    const compiled = compilerOf({ ...reading, atOnce: true }, alias, file, next);
    return sql`with f as (select ${file.ownerId} as owner, (${compiled(present)}) is true as before, (${compiled(proposed)}) is true as after
        from customer ${sql.raw(alias)} where ${visibleRows(reading, alias, file)}),
      o as (select owner, count(*) filter (where after and not before) as joining, count(*) filter (where before and not after) as leaving
        from f where before <> after group by owner)
      select json_build_object(
        'joining', count(*) filter (where after and not before), 'leaving', count(*) filter (where before and not after),
        'staying', count(*) filter (where before and after),
        'owners', (select coalesce(json_agg(json_build_object('ownerId', owner, 'joining', joining, 'leaving', leaving) order by joining + leaving desc, owner), '[]') from o)) from f`;
  })) as RuleDifference;
}
