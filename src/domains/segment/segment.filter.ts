import { type SQL, sql } from 'drizzle-orm';
import { type Alias, columnOf } from '../../core/model/alias.ts';

/** Whether the customer `alias` is on the list of a segment (UUID). */
export const compileListed = (segmentId: string, alias: Alias): SQL =>
  sql`exists (select 1 from segment_member m where m.segment_id = ${segmentId}::uuid and m.customer_id = ${columnOf(alias, 'id')})`;
