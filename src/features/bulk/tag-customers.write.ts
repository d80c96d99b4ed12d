import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import type { Issue } from '../../core/errors.ts';
import type { CustomerRow } from '../../domains/customer/customer.table.ts';
import { checkTagLabels, MOST_TAGS_PER_FILE, type TagLabel } from '../../domains/tag/tag.check.ts';
import { customerTag, tag } from '../../domains/tag/tag.table.ts';
import { enterTags, labelled, tooManyTags } from '../../domains/tag/tag.write.ts';
import { among, type BulkInput, type BulkOutcome, changeFiles } from './bulk.write.ts';

export interface TagCustomers extends BulkInput {
  tags: string[];
}

const path = ['input', 'tags'];

/** How many tags a file has, and how many of those that are named. */
interface Held {
  all: number;
  named: number;
}

/** Puts tags on many files, by the rules of `tagCustomer`. Errors: those of {@link changeFiles}. */
export function tagCustomers(ctx: Context, input: TagCustomers): Promise<BulkOutcome> {
  const { values: labels, issues } = checkTagLabels(input.tags, path);
  let held = new Map<string, Held>();
  const missingOn = ({ id }: CustomerRow) => labels.length - (held.get(id)?.named ?? 0);
  return changeFiles(ctx, input, {
    operation: 'tagCustomers',
    fields: ['tags'],
    issues,

    async hindrances(tx, files) {
      held = await heldBy(tx, files, labels);
      const isFull = (file: CustomerRow) =>
        missingOn(file) > 0 && (held.get(file.id)?.all ?? 0) + missingOn(file) > MOST_TAGS_PER_FILE;
      return new Map(files.filter(isFull).map(({ id }): [string, Issue[]] => [id, [tooManyTags(path)]]));
    },

    changed: async (_tx, files) => new Set(files.filter((file) => missingOn(file) > 0).map(({ id }) => id)),

    async apply(tx, files) {
      await enterTags(tx, labels);
      await tx.execute(sql`
        insert into ${customerTag} (customer_id, tag_id)
        select file.id, ${tag.id} from unnest(${uuids(files.map(({ id }) => id))}) file (id) cross join ${tag}
        where ${labelled(labels)} order by file.id, ${tag.id}
        on conflict do nothing`);
    },
  });
}

/** Takes tags off many files, by the rules of `untagCustomer`. Errors: those of {@link changeFiles}. */
export function untagCustomers(ctx: Context, input: TagCustomers): Promise<BulkOutcome> {
  const { values: labels, issues } = checkTagLabels(input.tags, path);
  return changeFiles(ctx, input, {
    operation: 'untagCustomers',
    fields: ['tags'],
    issues,
    hindrances: async () => new Map(),

    async changed(tx, files) {
      const held = await heldBy(tx, files, labels);
      return new Set(files.filter(({ id }) => (held.get(id)?.named ?? 0) > 0).map(({ id }) => id));
    },

    async apply(tx, files) {
      const named = tx.select({ id: tag.id }).from(tag).where(labelled(labels));
      await tx
        .delete(customerTag)
        .where(and(sql`${customerTag.customerId} = ${among(files)}`, inArray(customerTag.tagId, named)));
    },
  });
}

/** What files have already. */
async function heldBy(
  tx: Database,
  files: readonly CustomerRow[],
  labels: readonly TagLabel[],
): Promise<Map<string, Held>> {
  const rows = await tx
    .select({
      id: customerTag.customerId,
      all: sql<number>`count(*)::int`,
      named: sql<number>`(count(*) filter (where ${labelled(labels)}))::int`,
    })
    .from(customerTag)
    .innerJoin(tag, eq(tag.id, customerTag.tagId))
    .where(sql`${customerTag.customerId} = ${among(files)}`)
    .groupBy(customerTag.customerId);
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}
