import { sql } from 'drizzle-orm';
import { visibleFiles } from '../access/reach.ts';
import type { Context } from '../context.ts';
import { customerModel } from '../customer/customer.model.ts';
import { activeFiles } from '../customer/customer.service.ts';
import { compileFilter, type Filter } from '../model/filter.ts';
import type { Row } from '../model/model.ts';
import { runStatement } from '../model/read.ts';
import { aliases, fileColumnsOf } from '../model/reading.ts';
import { pageStatement } from '../model/select.ts';
import type { NodeSelection } from '../model/selection.ts';
import { segmentModel } from './segment.model.ts';

/** Segments asked at most: those that come first by name. */
export const maxSegments = 200;

/**
 * The segments the viewer sees that a file is in, by name: one statement for the
 * segments, one for the file, however many there are. A rule that asks what the
 * viewer may not read is left out: whether the file is in it would tell.
 */
export async function segmentsOf(ctx: Context, customerId: string, selection: NodeSelection): Promise<Row[]> {
  const { rows } = (await runStatement(ctx, (reading) =>
    pageStatement(
      reading,
      segmentModel,
      { node: selection, wantsKey: false, wantsTotal: false, wantsHead: false },
      { first: maxSegments },
    ),
  )) as { rows: Row[] };
  const holding = (await runStatement(ctx, (reading) => {
    const next = aliases();
    const alias = next();
    const file = fileColumnsOf(alias);
    const conditions = rows.map((row) => {
      try {
        return sql`(${compileFilter(reading, customerModel, row.rule as Filter, alias, file, next)}) is true`;
      } catch {
        // FORBIDDEN for this viewer, or a rule that a later schema no longer understands: size and members report it.
        return sql`false`;
      }
    });
    const visible = visibleFiles(reading.viewer, file);
    const answers =
      conditions.length > 0
        ? sql`json_build_array(${sql.join(conditions, sql`, `)})`
        : sql`json_build_array()`;
    return sql`select (select ${answers} from customer ${sql.raw(alias)} where ${sql.raw(alias)}.id = ${customerId}::uuid and ${activeFiles(alias)} and ${visible === true ? sql`true` : visible === false ? sql`false` : visible})`;
  })) as boolean[] | null;
  return rows.slice(0, maxSegments).filter((_, i) => holding?.[i]);
}
