import { sql } from 'drizzle-orm';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';

/** Enters a correction of a file's customer, who wrote the address that the file has already, in place of any other; returns its id. */
export async function enterCorrection(db: Database, fileId: string, requesterId: string): Promise<string> {
  await db.execute(sql`delete from confirmation_request where customer_id = ${fileId}`);
  const [made] = await db.execute<{ id: string }>(sql`
    with request as (
      insert into confirmation_request (customer_id, channel, requested_by_id, requested_at, ended_at, outcome)
      values (${fileId}, 'LINK', ${requesterId}, now(), now(), 'ANSWERED') returning id)
    insert into proposed_change (customer_id, request_id, subject, subject_id, column_name, row_version, shown_text, proposed_text, proposed_at)
    select f.id, r.id, 'customer', f.id, 'address', f.version, f.address, f.address, now() from customer f, request r where f.id = ${fileId}
    returning id`);
  return encodeId('prop', made?.id as string);
}
