import { type SQL, sql } from 'drizzle-orm';
import { asSql, isVisible, reachOf } from '../../core/access/row-predicates.ts';
import type { Context } from '../../core/context.ts';
import { badInputAt, withheld } from '../../core/errors.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { compileAuthorizedFilter } from '../../core/model/filter.ts';
import { readingOf, runStatement } from '../../core/model/read.ts';
import { aliases, all, readableOn } from '../../core/model/read-context.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { noFile } from './membership-event.write.ts';
import { keptDays } from './segment-size.write.ts';

/** The size of a segment on a day. */
export interface SizeSample {
  /** YYYY-MM-DD, in the organisation's time zone. */
  day: string;
  /** Null where the rule could not be evaluated. */
  size: number | null;
}

export interface SizeHistoryRequest {
  from: string;
  to: string;
  /** One sample per day, week (from Monday) or month. */
  interval: 'DAY' | 'WEEK' | 'MONTH';
}

const dayMs = 86_400_000;

/**
 * The samples of a segment (UUID) in a span of days: of all files for a viewer who sees all, otherwise of the files
 * that were their own. A viewer who can read the fields of the rule only by a grant is refused, since samples do not
 * take grants into account. One statement, and those of the rule.
 *
 * Errors: BAD_USER_INPUT for a span that ends before it begins or is longer than samples are kept, FORBIDDEN.
 */
export async function findSizeHistory(
  ctx: Context,
  segmentId: string,
  { from, to, interval }: SizeHistoryRequest,
): Promise<SizeSample[]> {
  const spanDays = (Date.parse(to) - Date.parse(from)) / dayMs;
  if (spanDays < 0 || spanDays > keptDays) {
    const message = `The span is 0 to ${keptDays} days. (时间跨度为 0 至 ${keptDays} 天。)`;
    throw badInputAt(['to'], 'OUT_OF_BOUNDS', message);
  }
  const { viewer } = readingOf(ctx);
  let isBarred = false;
  const answer = (await runStatement(ctx, (reading) => {
    const next = aliases();
    const rule = { inSegment: encodeId('seg', segmentId) };
    /** Whether the viewer may read the rule's fields on a file of this owner without a grant. */
    const readsOn = (ownerId: string): SQL => {
      const file = { id: sql`${noFile}::uuid`, ownerId: sql`${ownerId}::uuid` };
      // Compiled as the rule that it was sampled by: for nobody's rows, so it uses whatever counts in a computed value.
      const { classes } = compileAuthorizedFilter(reading, customerModel, rule, next(), null, next);
      isBarred = [...classes].some((access) => reachOf(viewer, { access }) === 'NONE');
      const rights = [...classes].map((access) => asSql(readableOn(reading, { access }, file)));
      return all([asSql(isVisible(viewer, file)), ...rights]);
    };
    const total = sql`(select coalesce(sum(n.value::int), 0) from jsonb_each_text(sizes) n)`;
    const own = sql`coalesce((sizes ->> ${viewer.id}::text)::int, 0)`;
    const step = sql.raw(`'${interval.toLowerCase()}'`);
    // Materialized, to evaluate the rights once: they do not depend on the sample.
    return sql`with may as materialized (select ${readsOn(noFile)} as read_all, ${readsOn(viewer.id)} as read_own)
      select json_build_object('may', (select read_all or read_own from may), 'samples', (
        select coalesce(json_agg(json_build_object('day', day, 'size', case when sizes is null then null
                                   when may.read_all then ${total} when may.read_own then ${own} end) order by day), '[]')
        from may, (
          select distinct on (date_trunc(${step}, day)) day, sizes from segment_size
          where segment_id = ${segmentId}::uuid and day between ${from}::date and ${to}::date
          order by date_trunc(${step}, day), day
        ) sample))`;
  })) as { may: boolean; samples: SizeSample[] };
  if (!answer.may) throw withheld('Segment.sizeHistory', isBarred ? 'ROLE' : 'APPROVAL_REQUIRED');
  return answer.samples;
}
