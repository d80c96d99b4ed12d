import { type SQL, sql } from 'drizzle-orm';
import { assigners } from '../access/policy.ts';
import { asSql, isVisible, readable } from '../access/reach.ts';
import type { Viewer } from '../context.ts';
import { type Database, queryJson } from '../database/database.ts';
import { encodeId } from '../graphql/type-id.ts';
import { fileColumnsOf } from '../model/reading.ts';
import { isReceivedBy, visibleHandovers } from './handover.scope.ts';
import type { HandoverReason } from './handover.table.ts';

/** Where the list of a handover (UUID) is served. */
export const handoverListPath = (id: string): string => `/handovers/${encodeId('ho', id)}`;

/** What stands above the list of one receiver, and below it for signing. */
export interface ListPart {
  receiverId: string;
  receiver: string;
  customers: number;
  custodianships: number;
  confirmedAt: string | null;
}

export interface HandoverHead {
  from: string;
  performedBy: string;
  reason: HandoverReason;
  createdAt: string;
  parts: ListPart[];
}

/** One file of the list; without its number where the viewer does not see it now. */
export interface ListRow {
  customerId: string;
  fileNumber: string | null;
  name: string | null;
  stage: string | null;
  openNeeds: number | null;
  openDeals: number | null;
  ownerBefore: string | null;
  ownerAfter: string | null;
  custodianBefore: string | null;
  custodianAfter: string | null;
}

/** Rows read in one statement: memory holds no more of a list, however long it is. */
const batchSize = 500;

/**
 * A handover (UUID) as the viewer may see its list: whole for who gave or saw to it and for those who may hand over,
 * their own part for a receiver. Null where it is none of theirs.
 */
export const findHandoverHead = (db: Database, viewer: Viewer, id: string): Promise<HandoverHead | null> => {
  const seesAll = assigners.includes(viewer.role)
    ? sql`true`
    : sql`(${viewer.id}::uuid in (h.from_employee_id, h.performed_by_id) or r.employee_id = ${viewer.id}::uuid)`;
  return queryJson(
    db,
    sql`select (select json_build_object('from', e.name, 'performedBy', p.name, 'reason', h.reason, 'createdAt', h.created_at,
        'parts', (select coalesce(json_agg(json_build_object('receiverId', re.id, 'receiver', re.name, 'customers', r.customers,
                    'custodianships', r.custodianships, 'confirmedAt', r.confirmed_at) order by re.name, re.id), '[]')
                  from handover_reception r join employee re on re.id = r.employee_id
                  where r.handover_id = h.id and ${seesAll}))
      from handover h join employee e on e.id = h.from_employee_id join employee p on p.id = h.performed_by_id
      where h.id = ${id}::uuid and ${visibleHandovers(viewer, 'h')})`,
  );
};

/** The files that came to one receiver, batch by batch, each under the viewer's rights of that moment. */
export async function* listFiles(
  db: Database,
  viewer: Viewer,
  id: string,
  receiverId: string,
): AsyncGenerator<ListRow[]> {
  let after: string | null = null;
  for (;;) {
    const rows: ListRow[] = await queryJson(db, filesStatement(viewer, id, receiverId, after));
    if (rows.length > 0) yield rows;
    if (rows.length < batchSize) return;
    after = rows.at(-1)?.customerId ?? null;
  }
}

function filesStatement(viewer: Viewer, id: string, receiverId: string, after: string | null): SQL {
  const file = fileColumnsOf('f');
  const seen = asSql(isVisible(viewer, file));
  const isTheirs = isReceivedBy('h', viewer.id, sql`hr.employee_id = l.receiver_id`);
  const mayList = assigners.includes(viewer.role)
    ? sql`true`
    : sql`(${viewer.id}::uuid in (h.from_employee_id, h.performed_by_id) or ${isTheirs})`;
  /** A value of a class, where the file is seen and the class readable. */
  const shown = (access: 'card' | 'basic' | 'business', value: SQL) =>
    sql`case when seen and ${asSql(readable(viewer, access, file))} then ${value} end`;
  const nameOf = (employeeId: SQL) =>
    shown('card', sql`(select name from employee where id = ${employeeId})`);
  return sql`
    select coalesce(json_agg(json_build_object(
      'customerId', l.customer_id, 'fileNumber', ${shown('basic', sql`f.file_number`)}, 'name', ${shown('card', sql`f.name`)},
      'stage', ${shown('basic', sql`f.stage`)},
      'openNeeds', ${shown('business', sql`(select count(*) from need n where n.customer_id = f.id and n.status = 'OPEN')`)},
      'openDeals', ${shown('business', sql`(select count(*) from deal d where d.customer_id = f.id and d.stage = 'OPEN')`)},
      'ownerBefore', ${nameOf(sql`l.owner_before_id`)},
      'ownerAfter', ${nameOf(sql`case when l.as_owner then l.receiver_id else l.owner_before_id end`)},
      'custodianBefore', ${nameOf(sql`l.custodian_before_id`)},
      'custodianAfter', ${nameOf(sql`case when l.as_custodian then l.receiver_id else l.custodian_before_id end`)}
    ) order by l.customer_id), '[]')
    from (select * from handover_file l where l.handover_id = ${id}::uuid and l.receiver_id = ${receiverId}::uuid
            and l.customer_id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000')
          order by l.customer_id limit ${batchSize}::int) l
    join handover h on h.id = l.handover_id join customer f on f.id = l.customer_id
    cross join lateral (select ${seen} as seen) seen
    where ${mayList}`;
}
