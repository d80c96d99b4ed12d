import { sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';

/** How far the files have been measured by the present requirements. */
export interface RequirementsProgress {
  files: number;
  measured: number;
  since: string;
}

/** One statement. */
export const findProgress = async (ctx: Context): Promise<RequirementsProgress> =>
  (await ctx.statements.load(
    sql`select json_build_object('since', since, 'files', files, 'measured', files - stale) from (
          select started_at as since, (select count(*) from file_figure) as files,
                 (select count(*) from file_figure where completeness_epoch < epoch) as stale
          from completeness_epoch) progress`,
  )) as RequirementsProgress;
