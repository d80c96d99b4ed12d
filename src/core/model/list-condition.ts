import { type SQL, sql } from 'drizzle-orm';
import { Field, InputType } from 'type-graphql';
import type { Issue } from '../errors.ts';
import { type Alias, columnOf } from './alias.ts';
import { all } from './read-context.ts';

/** Most entries in one condition. */
const maxEntries = 50;

/** What the type of a condition on several entries declares, so that clients can build rules with it. */
export interface EntriesCondition {
  readonly kind: 'TAGS' | 'LIST';
  readonly operators: readonly string[];
}

@InputType({
  description:
    'Conditions on a field that holds several entries, each named by its number, address, name or "source:key"; at most 50. (列表条件)',
})
export class ListCondition {
  static readonly kind = 'LIST';
  static readonly operators = ['hasAny', 'hasNone', 'isEmpty'];

  @Field(() => [String], {
    nullable: true,
    description: 'Has at least one of these; an empty list never holds. (含任一)',
  })
  hasAny?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Has none of these. (均不含)' })
  hasNone?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True: has no entry; false: has one. (为空)' })
  isEmpty?: boolean | null;
}

/**
 * Compiles conditions on a column that holds a list: `stored` gives the forms in which an entry may be stored, as JSON,
 * for one as people write it. With `caseless`, case does not count.
 */
export const compileList =
  (column: string, stored: (written: string) => unknown[], { caseless = false } = {}) =>
  (condition: ListCondition, alias: Alias, path: (string | number)[], issues: Issue[]): SQL => {
    const { hasAny, hasNone, isEmpty, ...others } = condition;
    for (const word of Object.keys(others)) {
      const message = 'There is no such condition. (条件不存在。)';
      issues.push({ path: [...path, word], code: 'UNKNOWN_FIELD', message });
    }
    for (const [word, entries] of Object.entries({ hasAny, hasNone })) {
      const message = `At most ${maxEntries} entries. (最多 ${maxEntries} 项。)`;
      if ((entries?.length ?? 0) > maxEntries)
        issues.push({ path: [...path, word], code: 'TOO_MANY', message });
    }
    const list = columnOf(alias, column);
    const holdsAny = (entries: string[]): SQL => {
      if (entries.length === 0) return sql`false`;
      const fold = (text: string) => (caseless ? text.toLowerCase() : text);
      const wanted = entries.flatMap(stored).map((entry) => fold(JSON.stringify([entry])));
      const held = caseless ? sql`lower(to_jsonb(${list})::text)::jsonb` : sql`to_jsonb(${list})`;
      return sql`coalesce(${held} @> any(array(select jsonb_array_elements_text(${JSON.stringify(wanted)}::text::jsonb)::jsonb)), false)`;
    };
    const parts: SQL[] = [];
    if (hasAny) parts.push(holdsAny(hasAny));
    if (hasNone) parts.push(sql`not ${holdsAny(hasNone)}`);
    if (typeof isEmpty === 'boolean') parts.push(isEmpty ? sql`${list} is null` : sql`${list} is not null`);
    return all(parts);
  };
