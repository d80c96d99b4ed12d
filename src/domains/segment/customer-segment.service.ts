import DataLoader from 'dataloader';
import { sql } from 'drizzle-orm';
import { logUses, newUses } from '../../core/access/access-log-port.ts';
import { isVisible } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { jsonArray } from '../../core/database/json-array.ts';
import { compileFilter, type Filter } from '../../core/model/filter.ts';
import type { Row } from '../../core/model/model.types.ts';
import { newShape } from '../../core/model/query-cost.ts';
import { runQuery, runStatement } from '../../core/model/read.ts';
import { aliases, all, fileColumnsOf } from '../../core/model/read-context.ts';
import { pageStatement } from '../../core/model/select.ts';
import type { NodeSelection } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { segmentModel } from './segment.model.ts';

/** Most segments evaluated per operation: the first by name. */
const maxSegments = 200;

/** The segments of a file, for the viewer of an operation. */
type SegmentsByCustomer = DataLoader<string, Row[]>;

/** One loader per operation and place in it. */
const loaders = new WeakMap<Context, Map<unknown, SegmentsByCustomer>>();

/**
 * The segments visible to the viewer that a file is in, by name. Takes one statement for the segments and one for all
 * files of a list. Segments whose rule uses a field that the viewer may not read are left out, since membership would
 * reveal its value.
 *
 * `place` identifies the selection in the operation; it is the same for all files of a list.
 */
export function segmentsOf(
  ctx: Context,
  customerId: string,
  place: unknown,
  selection: NodeSelection,
): Promise<Row[]> {
  const ofContext = loaders.get(ctx) ?? new Map<unknown, SegmentsByCustomer>();
  loaders.set(ctx, ofContext);
  const loader =
    ofContext.get(place) ?? new DataLoader((ids) => findSegments(ctx, ids, selection), { cache: false });
  ofContext.set(place, loader);
  return loader.load(customerId);
}

async function findSegments(
  ctx: Context,
  customerIds: readonly string[],
  selection: NodeSelection,
): Promise<Row[][]> {
  const page = { node: selection, wantsKey: false, wantsMore: false, wantsTotal: false, wantsHead: false };
  const { rows: found } = await runQuery(ctx, (reading) =>
    pageStatement(reading, segmentModel, page, { first: maxSegments }),
  );
  const segments = found ?? [];
  const uses = newUses();
  const holding = (await runStatement(ctx, (reading) => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    const conditions = segments.map(({ rule }) => {
      // Only one page of files is evaluated, so the cost of the rule's clauses is not limited.
      const shape = newShape();
      try {
        const holds = compileFilter({ ...reading, shape }, customerModel, rule as Filter, alias, file, next);
        for (const [field, access] of shape.uses.fields) uses.fields.set(field, access);
        return sql`(${holds}) is true`;
      } catch {
        // The rule is FORBIDDEN to this viewer or no longer valid in the present schema; the segment's size and members
        // report that.
        return sql`false`;
      }
    });
    const answers = jsonArray(conditions);
    const wanted = sql.join(
      customerIds.map((id) => sql`${id}`),
      sql`, `,
    );
    const rows = [sql`${file.id} = any(array[${wanted}]::uuid[])`, activeFiles(alias)];
    const visible = isVisible(reading.viewer, file);
    if (visible !== true) rows.push(visible === false ? sql`false` : visible);
    return sql`select (select json_object_agg(${file.id}, ${answers}) from customer ${sql.raw(alias)} where ${all(rows)})`;
  })) as Record<string, boolean[]> | null;
  await logUses(ctx, uses, { customerIds: Object.keys(holding ?? {}) });
  return customerIds.map((id) => segments.filter((_, i) => holding?.[id]?.[i]));
}
