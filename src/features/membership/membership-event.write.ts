import { sql } from 'drizzle-orm';
import { membershipSubject } from '../../core/changes/audience.ts';
import type { Database } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';

/** A file that entered or left a segment, and why. Written into the outbox, so that it is delivered like any event. */
export interface MembershipChange {
  segmentId: string;
  customerId: string;
  isMember: boolean;
  cause: Cause;
}

/** Why a file entered or left: a change of the file, with its version, or something else, named by `source`. */
export interface Cause {
  /** The file's version after the change; 0 where no change of the file was the cause. */
  version: number;
  fields: readonly string[];
  actorId: string | null;
  /** API, IMPORT, … for a change; otherwise TIME, REDEFINED, REFERENCE or UNKNOWN. */
  source: string;
  requestId: string | null;
  occurredAt: string;
}

/** The file id in events of a segment that concern no file. */
export const noFile = '00000000-0000-0000-0000-000000000000';

/** Applies changes to the members and writes their events, in one statement. The caller must lock `membership_head`. */
export async function writeMembershipChanges(
  tx: Database,
  changes: readonly MembershipChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ segmentId, customerId, isMember, cause }) => ({
    segment_id: segmentId,
    customer_id: customerId,
    is_member: isMember,
    version: cause.version,
    fields: cause.fields,
    actor_id: cause.actorId,
    source: cause.source,
    request_id: cause.requestId,
    occurred_at: cause.occurredAt,
  }));
  await tx.execute(sql`
    with change as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) c (segment_id uuid, customer_id uuid,
        is_member boolean, version integer, fields text[], actor_id uuid, source text, request_id text, occurred_at timestamptz)
    ), entered as (
      insert into live_member (segment_id, customer_id) select segment_id, customer_id from change where is_member
    ), gone as (
      delete from live_member m using change c
      where not c.is_member and m.segment_id = c.segment_id and m.customer_id = c.customer_id
    )
    insert into outbox (customer_id, version, type, subject, subject_id, fields, actor_id, source, request_id,
                        occurred_at, transaction_id)
    select customer_id, version, case when is_member then 'ENTERED' else 'LEFT' end, ${membershipSubject}::text,
           segment_id, fields, actor_id, source, request_id, occurred_at, pg_current_xact_id()::text::bigint
    from change order by occurred_at, customer_id`);
}

/** Notifies the followers of segments that members are kept from here on (STARTED), or no longer (ENDED). */
export async function writeMarkers(
  tx: Database,
  type: 'STARTED' | 'ENDED',
  segmentIds: readonly string[],
  at: Date,
): Promise<void> {
  if (segmentIds.length === 0) return;
  await tx.execute(sql`
    insert into outbox (customer_id, version, type, subject, subject_id, fields, source, occurred_at, transaction_id)
    select ${noFile}::uuid, 0, ${type}::text, ${membershipSubject}::text, id, '{}', 'JOB', ${at.toISOString()}::timestamptz,
           pg_current_xact_id()::text::bigint
    from unnest(${uuids(segmentIds)}) id`);
}
