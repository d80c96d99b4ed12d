import { type SQL, sql } from 'drizzle-orm';
import { Field, InputType } from 'type-graphql';
import type { Issue } from '../../core/errors.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { all } from '../../core/model/read-context.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
import { tagStandard } from '../../core/validation/text-standard.ts';

/** Most tags in one condition. */
const maxTags = 50;

@InputType({
  description:
    'Conditions on a file’s tags, named by label, e.g. "行业-制造业" or "高预算", in any width and case; at most 50 each. (标签条件)',
})
export class TagCondition {
  static readonly kind = 'TAGS';
  static readonly operators = ['hasAny', 'hasAll', 'hasNone'];

  @Field(() => [String], {
    nullable: true,
    description: 'Has at least one of these; an empty list never holds. (含任一)',
  })
  hasAny?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Has every one of these. (全部含有)' })
  hasAll?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Has none of these. (均不含)' })
  hasNone?: string[] | null;
}

/** Compiles a condition on the tags of the customer `alias`. */
export function compileTagCondition(
  condition: TagCondition,
  alias: Alias,
  path: (string | number)[],
  issues: Issue[],
): SQL {
  const { hasAny, hasAll, hasNone, ...others } = condition;
  for (const word of Object.keys(others)) {
    const message = 'There is no such condition. (条件不存在。)';
    issues.push({ path: [...path, word], code: 'UNKNOWN_FIELD', message });
  }
  for (const [word, labels] of Object.entries({ hasAny, hasAll, hasNone })) {
    const message = `At most ${maxTags} tags. (最多 ${maxTags} 个标签。)`;
    if ((labels?.length ?? 0) > maxTags) issues.push({ path: [...path, word], code: 'TOO_MANY', message });
  }
  const parts: SQL[] = [];
  if (hasAny) parts.push(tagged(alias, hasAny));
  if (hasNone) parts.push(sql`not ${tagged(alias, hasNone)}`);
  for (const label of hasAll ?? []) parts.push(tagged(alias, [label]));
  return all(parts);
}

const tagged = (alias: Alias, labels: string[]): SQL =>
  labels.length === 0
    ? sql`false`
    : sql`exists (select 1 from customer_tag ct join tag on tag.id = ct.tag_id where ct.customer_id = ${columnOf(alias, 'id')} and ${isOneOf(tagStandard, sql`tag.label`, labels)})`;
