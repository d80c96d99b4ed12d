import { and, eq, sql } from 'drizzle-orm';
import { externalKey } from '../../core/database/database.table.ts';
import type { Database } from '../../core/database/database.ts';
import type { ExternalKeyValue } from '../../core/validation/labelled-list.ts';
import { ValueTaken } from './unique-value.write.ts';

/**
 * Makes the keys of a file those by which imports find it. Three statements, for any number of keys.
 *
 * @throws ValueTaken for a key that another file has.
 */
export async function keepExternalKeys(
  tx: Database,
  customerId: string,
  keys: readonly ExternalKeyValue[] | null,
): Promise<void> {
  const kept = sql`select source, key from jsonb_to_recordset(${JSON.stringify(keys ?? [])}::text::jsonb) as k (source text, key text)`;
  const ofFile = and(eq(externalKey.subject, 'customer'), eq(externalKey.subjectId, customerId));
  await tx
    .delete(externalKey)
    .where(and(ofFile, sql`(${externalKey.source}, ${externalKey.key}) not in (${kept})`));
  if (!keys) return;
  await tx.execute(sql`
    insert into ${externalKey} (source, subject, key, subject_id)
    select source, 'customer', key, ${customerId}::uuid from (${kept}) kept order by source, key
    on conflict do nothing`);
  const held = await tx.select({ key: externalKey.key }).from(externalKey).where(ofFile);
  if (held.length < keys.length) {
    throw new ValueTaken(
      'externalKeys',
      sql`select subject_id as id, source || ':' || key as value from external_key
        where subject = 'customer' and (source, key) in (${kept}) and subject_id <> ${customerId}::uuid`,
    );
  }
}
