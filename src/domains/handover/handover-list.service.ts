import { type SQL, sql } from 'drizzle-orm';
import { type AccessLog, type Occasion, readsOfParts, unlogged } from '../../core/access/access-log-port.ts';
import { assigners } from '../../core/access/policy.ts';
import { asSql, isVisible, readable } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { loggedParts } from '../../core/model/access-trace.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { customerModel } from '../customer/customer.model.ts';
import { isReceivedBy, readsNames, receptionOrder, visibleHandovers } from './handover.scope.ts';
import type { HandoverReason } from './handover.table.ts';

/** The URL path of a handover's list; takes a UUID. */
export const handoverListPath = (id: string): string => `/handovers/${encodeId('ho', id)}`;

/** An employee as the viewer may see them. */
export interface Person {
  /** UUID. */
  id: string;
  /** Null where the viewer's role sees only the ids of colleagues; their own name is never null. */
  name: string | null;
}

/** The header of one receiver's list, and the lines below it for signatures. */
export interface ListPart {
  receiver: Person;
  customers: number;
  custodianships: number;
  /** Number of files on the list; 0 where no list was recorded. */
  files: number;
  confirmedAt: string | null;
  /** Who confirmed it: the receiver, or whoever did so in their place. */
  confirmedBy: Person | null;
}

export interface HandoverHead {
  from: Person;
  performedBy: Person;
  reason: HandoverReason;
  createdAt: string;
  segments: number;
  segmentsTo: Person | null;
  parts: ListPart[];
}

/** One file of the list; without its number if the viewer cannot see it now. */
export interface ListRow {
  customerId: string;
  fileNumber: string | null;
  name: string | null;
  stage: string | null;
  openNeeds: number | null;
  openDeals: number | null;
  ownerBefore: Person | null;
  ownerAfter: Person | null;
  custodianBefore: Person | null;
  custodianAfter: Person | null;
}

/** Rows read per statement, and the most that memory holds of a list of any length. */
const batchSize = 500;

/** The parts of a file that the list shows and whose reads the access log records. */
const parts = loggedParts(customerModel, ['needs', 'deals']);

/** SQL that makes a {@link Person} of an employee row with `id` and `name`. */
function personFor(viewer: Viewer, alias: string): SQL {
  const row = sql.raw(alias);
  const name = readsNames(viewer)
    ? sql`${row}.name`
    : sql`case when ${row}.id = ${viewer.id}::uuid then ${row}.name end`;
  return sql`json_build_object('id', ${row}.id, 'name', ${name})`;
}

/**
 * The header of a handover's list (takes a UUID). Whoever gave or performed it, and every role that may hand files
 * over, sees all parts; a receiver sees their own. Null if the viewer cannot see the handover.
 */
export const findHandoverHead = (db: Database, viewer: Viewer, id: string): Promise<HandoverHead | null> => {
  const seesAll = assigners.includes(viewer.role)
    ? sql`true`
    : sql`(${viewer.id}::uuid in (h.from_employee_id, h.performed_by_id) or r.employee_id = ${viewer.id}::uuid)`;
  return queryJson(
    db,
    sql`select (select json_build_object('from', ${personFor(viewer, 'e')}, 'performedBy', ${personFor(viewer, 'p')},
        'reason', h.reason, 'createdAt', h.created_at, 'segments', h.segments,
        'segmentsTo', (select ${personFor(viewer, 's')} from employee s where s.id = h.segments_to_id),
        'parts', (select coalesce(json_agg(json_build_object('receiver', ${personFor(viewer, 're')}, 'customers', r.customers,
                    'custodianships', r.custodianships, 'confirmedAt', r.confirmed_at,
                    'confirmedBy', (select ${personFor(viewer, 'cb')} from employee cb where cb.id = r.confirmed_by_id),
                    'files', (select count(*) from handover_file l where l.handover_id = h.id and l.receiver_id = re.id))
                    order by ${receptionOrder(viewer, 're')}), '[]')
                  from handover_reception r join employee re on re.id = r.employee_id
                  where r.handover_id = h.id and ${seesAll}))
      from handover h join employee e on e.id = h.from_employee_id join employee p on p.id = h.performed_by_id
      where h.id = ${id}::uuid and ${visibleHandovers(viewer, 'h')})`,
  );
};

/** What the access log records about the opening of a list. */
export interface Opening extends Occasion {
  viewer: Viewer;
  db: Database;
  accessLog: AccessLog;
}

/**
 * The files that one receiver got, batch by batch, each under the viewer's rights at that moment. Reads of colleagues'
 * files are logged before the rows are yielded.
 */
export async function* listFiles(
  opening: Opening,
  id: string,
  receiverId: string,
): AsyncGenerator<ListRow[]> {
  const { db, viewer, accessLog } = opening;
  let after: string | null = null;
  for (;;) {
    const rows: ListRow[] = await queryJson(db, filesStatement(viewer, id, receiverId, after));
    const read = rows.filter(({ openNeeds, openDeals }) => openNeeds !== null || openDeals !== null);
    const reads = readsOfParts(
      parts,
      read.map(({ customerId }) => customerId),
    );
    const withheld = read.length > 0 ? await accessLog.noteReads(opening, [reads], 'OWN') : [];
    if (withheld.length > 0) throw unlogged('The list', accessLog);
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
  /** The value if the viewer can see the file and read the class, otherwise null. */
  const shown = (access: 'card' | 'basic' | 'business', value: SQL) =>
    sql`case when seen and ${asSql(readable(viewer, access, file))} then ${value} end`;
  const person = (employeeId: SQL) =>
    shown('basic', sql`(select ${personFor(viewer, 'e')} from employee e where e.id = ${employeeId})`);
  return sql`
    select coalesce(json_agg(json_build_object(
      'customerId', l.customer_id, 'fileNumber', ${shown('basic', sql`f.file_number`)}, 'name', ${shown('card', sql`coalesce(f.name, f.short_name)`)},
      'stage', ${shown('basic', sql`f.stage`)},
      'openNeeds', ${shown('business', sql`(select count(*) from need n where n.customer_id = f.id and n.status = 'OPEN')`)},
      'openDeals', ${shown('business', sql`(select count(*) from deal d where d.customer_id = f.id and d.stage = 'OPEN')`)},
      'ownerBefore', ${person(sql`l.owner_before_id`)},
      'ownerAfter', ${person(sql`case when l.as_owner then l.receiver_id else l.owner_before_id end`)},
      'custodianBefore', ${person(sql`l.custodian_before_id`)},
      'custodianAfter', ${person(sql`case when l.as_custodian then l.receiver_id else l.custodian_before_id end`)}
    ) order by l.customer_id), '[]')
    from (select * from handover_file l where l.handover_id = ${id}::uuid and l.receiver_id = ${receiverId}::uuid
            and l.customer_id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000')
          order by l.customer_id limit ${batchSize}::int) l
    join handover h on h.id = l.handover_id join customer f on f.id = l.customer_id
    cross join lateral (select ${seen} as seen) seen
    where ${mayList}`;
}
