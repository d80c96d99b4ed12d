import { sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import type { PastChange } from './past.generator.ts';

/**
 * Makes the seeded files two years old. The triggers have just recorded their rows, table by table and all within this
 * minute. This rewrites them by the dates in the rows, and adds what changed since, so that a file's history, its state
 * at an earlier time and the order of recent changes look as in a real company. Versions stay dense, one per change.
 */
export async function ageFiles(tx: Database, past: readonly PastChange[]): Promise<void> {
  // No notices are sent today of tasks that were opened long ago.
  await tx.execute(sql`delete from outbox where source = 'SEED' and subject = 'task_notice'`);
  await rewriteHistory(tx, past);
  // The company has had its files for as long, so this month's audit is not its first.
  await tx.execute(sql`update settings set created_at = now() - interval '2 years'`);
  await ageCustomers(tx);
}

/**
 * A row is entered with the values it had before its first change, and each change is a line of its own: rows were
 * seeded as they are now, because `touch_row` would date an UPDATE today. Events keep today's date, since subscribers
 * would receive them today; only their versions follow the history. They carry no values, because the history is
 * written here.
 */
function rewriteHistory(tx: Database, past: readonly PastChange[]) {
  return tx.execute(sql`
    with seeded as (
      -- A file is seeded as a draft, and its steps make it what it is.
      delete from outbox where source = 'SEED' returning *, new_values[1] || coalesce(
        (select jsonb_build_object('verification_state', c.verification_state) from customer c where c.id = subject_id), '{}') as row
    ), change as (
      select given.*, entry.key as field, entry.value as value
      from jsonb_to_recordset(${JSON.stringify(past)}::jsonb)
             as given ("subjectId" uuid, "occurredAt" timestamptz, "actorId" uuid, before jsonb),
           jsonb_each(given.before) entry
    ), origin as (
      select "subjectId", jsonb_object_agg(field, value) as columns
      from (select distinct on ("subjectId", field) * from change order by "subjectId", field, "occurredAt") first
      group by "subjectId"
    ), line as (
      select id, customer_id, subject, subject_id, row_version, 'INSERT' as operation, null as field, null::jsonb as old_value,
             row || coalesce(origin.columns, '{}') as new_value,
             actor_id, source, request_id, (row ->> 'created_at')::timestamptz as happened_at
      from seeded left join origin on origin."subjectId" = seeded.subject_id
      union all
      select id, customer_id, subject, subject_id, row_version, 'UPDATE', field, nullif(value, 'null'),
             nullif(coalesce(lead(value) over (partition by subject_id, field order by "occurredAt"), row -> field), 'null'),
             "actorId", 'API', null, "occurredAt"
      from seeded join change on change."subjectId" = seeded.subject_id
    ), rewritten as (
      select *, dense_rank() over (partition by customer_id order by happened_at, id, operation) as version from line
    ), history as (
      insert into file_change (customer_id, version, subject, subject_id, row_version, operation, field, old_value,
                               new_value, actor_id, source, request_id, occurred_at)
      select customer_id, version, subject, subject_id, row_version, operation, field, old_value, new_value, actor_id, source,
             request_id, happened_at
      from rewritten
      order by happened_at, id, field
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
