import { sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { demoEmail } from './demo-accounts.ts';
import { phoneChange } from './fixtures.ts';

interface SeededPeople {
  contacts: readonly { id: string; name: string; phone?: string | null }[];
  staff: readonly { id?: string | undefined; email: string }[];
}

/**
 * Makes the seeded files two years old. The triggers have just recorded their changes, table by table and all within
 * this minute. This rewrites them by the dates in the rows, so that a file's history, its state at an earlier time and
 * the order of recent changes look as in a real company. Versions stay dense, one per line.
 */
export async function ageFiles(tx: Database, company: SeededPeople): Promise<void> {
  await rewriteHistory(tx, company);
  await ageCustomers(tx);
}

/**
 * A deal is dated when it closed, since only then was it what the row says. Events keep today's date, since subscribers
 * would receive them today; only their versions follow the history. They carry no values, because the history is
 * written here.
 *
 * The change of AC-7 is only written into the history: the contact was seeded with its present number, because
 * `touch_row` would date an UPDATE today.
 */
function rewriteHistory(tx: Database, { contacts, staff }: SeededPeople) {
  const { contactName, before, after, by, occurredAt } = phoneChange;
  const contactId = contacts.find(({ name, phone }) => name === contactName && phone === after)?.id;
  const actorId = staff.find(({ email }) => email === demoEmail(by))?.id;
  return tx.execute(sql`
    with seeded as (
      delete from outbox where source = 'SEED' returning *, new_values[1] as row
    ), line as (
      select id, customer_id, subject, subject_id, row_version, 'INSERT' as operation, null as field, null::jsonb as old_value,
             case when subject_id = ${contactId} then jsonb_set(row, '{phone}', to_jsonb(${before}::text)) else row end as new_value,
             actor_id, source, request_id, coalesce(row ->> 'closed_at', row ->> 'created_at')::timestamptz as happened_at
      from seeded
      union all
      select id, customer_id, subject, subject_id, row_version, 'UPDATE', 'phone', to_jsonb(${before}::text),
             to_jsonb(${after}::text), ${actorId}::uuid, 'API', null, ${occurredAt}::timestamptz
      from seeded
      where subject_id = ${contactId}
    ), rewritten as (
      select *, row_number() over (partition by customer_id order by happened_at, id) as version from line
    ), history as (
      insert into file_change (customer_id, version, subject, subject_id, row_version, operation, field, old_value,
                               new_value, actor_id, source, request_id, occurred_at)
      select customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id, source,
             request_id, happened_at
      from rewritten
      order by happened_at, id
    )
    insert into outbox (customer_id, version, type, subject, subject_id, row_version, fields, actor_id, owner_before,
                        owner_after, grantee_id, source, request_id, occurred_at, transaction_id)
    select seeded.customer_id, rewritten.version, seeded.type, seeded.subject, seeded.subject_id, seeded.row_version, seeded.fields, seeded.actor_id,
           seeded.owner_before, seeded.owner_after, seeded.grantee_id, seeded.source, seeded.request_id, seeded.occurred_at,
           seeded.transaction_id
    from seeded join rewritten on rewritten.id = seeded.id and rewritten.operation = 'INSERT'
    order by rewritten.happened_at, rewritten.version`);
}

/** Sets app.capturing, so that neither `touch_row` nor the capture triggers treat this as a change. */
async function ageCustomers(tx: Database): Promise<void> {
  await tx.execute(sql`select set_config('app.capturing', 'on', true)`);
  await tx.execute(sql`
    update customer set version = last.version, updated_at = last.occurred_at
    from (select customer_id, max(version) as version, max(occurred_at) as occurred_at from file_change group by customer_id) last
    where customer.id = last.customer_id`);
  await tx.execute(sql`select set_config('app.capturing', '', true)`);
}
