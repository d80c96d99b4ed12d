import { and, count, eq, inArray, sql } from 'drizzle-orm';
import { type Actor, originOf, requireWritable } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { isOneOf } from '../../core/model/text-condition.ts';
import { requireActive } from '../../core/part/file-lock.ts';
import { tagStandard } from '../../core/validation/text-standard.ts';
import { lockFile } from '../customer/customer-file.write.ts';
import { checkTagLabels, MOST_TAGS_PER_FILE, type TagLabel } from './tag.check.ts';
import { customerTag, tag } from './tag.table.ts';

const path = ['input'];

export interface TagCustomer {
  id: string;
  tags: string[];
}

/**
 * Adds tags to a file and returns its id (R70, AC-6). Tags that nobody has used before are created; those that the file
 * already has leave no trace, so the call may be repeated freely and takes no expected version.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation, among them
 * more than 200 tags on one file.
 */
export const tagCustomer = (db: Database, actor: Actor, input: TagCustomer): Promise<string> =>
  changeTags(db, actor, input, async (tx, customerId, labels) => {
    await enterTags(tx, labels);
    const tags = tx.select({
      customerId: sql`${customerId}::uuid`.as('customer_id'),
      tagId: tag.id,
      createdAt: sql`business_now()`.as('created_at'),
    });
    await tx
      .insert(customerTag)
      .select(tags.from(tag).where(labelled(labels)))
      .onConflictDoNothing();
    const [held] = await tx
      .select({ count: count() })
      .from(customerTag)
      .where(eq(customerTag.customerId, customerId));
    if ((held?.count ?? 0) > MOST_TAGS_PER_FILE) throw badInput([tooManyTags([...path, 'tags'])]);
  });

/**
 * Removes tags from a file and returns its id. Tags that the file does not have leave no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN, CONFLICT for an archived file, BAD_USER_INPUT naming every violation.
 */
export const untagCustomer = (db: Database, actor: Actor, input: TagCustomer): Promise<string> =>
  changeTags(db, actor, input, async (tx, customerId, labels) => {
    const named = tx.select({ id: tag.id }).from(tag).where(labelled(labels));
    await tx
      .delete(customerTag)
      .where(and(eq(customerTag.customerId, customerId), inArray(customerTag.tagId, named)));
  });

function changeTags(
  db: Database,
  actor: Actor,
  input: TagCustomer,
  change: (tx: Database, customerId: string, labels: TagLabel[]) => Promise<void>,
): Promise<string> {
  const { values, issues } = checkTagLabels(input.tags, [...path, 'tags']);
  const id = requireId('cus', input.id, [...path, 'id'], issues);
  return writeAs(db, originOf(actor), async (tx) => {
    const file = await lockFile(tx, actor.viewer, id);
    requireWritable(actor.viewer, file, 'Customer', ['tags']);
    requireActive(file);
    if (issues.length > 0) throw badInput(issues);
    await change(tx, id, values);
    return id;
  });
}

/** Enters those of some tags that nobody has used before. */
export const enterTags = (tx: Database, labels: readonly TagLabel[]) =>
  tx
    .insert(tag)
    .values(labels.map(({ facet, value }) => ({ facet, value })))
    .onConflictDoNothing();

export const tooManyTags = (at: Issue['path']): Issue => ({
  path: at,
  code: 'TOO_MANY_TAGS',
  message: `A file has at most ${MOST_TAGS_PER_FILE} tags. (每个档案最多${MOST_TAGS_PER_FILE}个标签。)`,
});

/** The condition that a tag has one of these labels. */
export const labelled = (labels: readonly TagLabel[]) =>
  isOneOf(
    tagStandard,
    sql`${tag.label}`,
    labels.map(({ label }) => label),
  );
