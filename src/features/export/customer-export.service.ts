import type { FieldUses } from '../../core/access/access-log-port.ts';
import { type Reader, reachOf, withoutGrants } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { badInput, withheldByRole } from '../../core/errors.ts';
import { emptySelection, type Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { newShape, requireAffordable } from '../../core/model/query-cost.ts';
import { readingOf } from '../../core/model/read.ts';
import { type EachRow, eachRowStatement } from '../../core/model/row-stream.ts';
import { withSavedFilters } from '../../core/model/saved-filter.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';
import { requireSegmentRule } from '../../domains/segment/segment.service.ts';
import { type ExportColumn, selectionOf } from './export-column.ts';

/** Which customers to export, and which columns. */
export interface ExportQuery {
  columns: readonly ExportColumn[];
  filter: Filter | null;
  /** TypeID. */
  segmentId: string | null;
}

/** The statement that reads the rows, and the fields of colleagues' files that its filter uses. */
export type ExportRows = EachRow & { uses: FieldUses };

/**
 * Builds the statement that reads the customers of an export: active files under the viewer's present rights, except
 * those by grant, since files read by grant must not be exported. Runs no statement except to read segments.
 *
 * Errors: FORBIDDEN naming every column and every field of the filter that the role may never read, NOT_FOUND for the
 * segment, BAD_USER_INPUT for the filter and the segment's id, QUERY_TOO_COMPLEX for one that would read too much.
 */
export async function eachRowOf(
  ctx: Context,
  { columns, filter, segmentId }: ExportQuery,
): Promise<ExportRows> {
  const shape = newShape();
  const asViewer = readingOf(ctx);
  const reading = { ...asViewer, viewer: withoutGrants(asViewer.viewer), shape };
  const refused = neverReadable(reading.viewer, columns);
  const filters = filter ? [filter] : [];
  if (segmentId) filters.push(await requireSegmentRule(ctx, segmentId, ['segmentId'], filter));
  const scope = { filters, where: activeFiles };
  const build = (attempt: ReadContext) => {
    const statement = eachRowStatement(attempt, customerModel, selectionOf(columns), scope);
    const empty = filters.flatMap(
      (one) => emptySelection(attempt, customerModel, one, [one === filter ? 'filter' : 'segmentId']) ?? [],
    );
    if (empty.length > 0) throw badInput(empty);
    return statement;
  };
  let query: EachRow | undefined;
  try {
    query = await withSavedFilters((statement) => ctx.statements.load(statement), reading, build);
  } catch (error) {
    const { code, fields } =
      (error as { extensions?: { code?: string; fields?: string[] } }).extensions ?? {};
    if (refused.length === 0 || code !== 'FORBIDDEN' || !fields) throw error;
    refused.push(...fields);
  }
  if (refused.length > 0 || !query) throw withheldByRole(refused);
  await requireAffordable(ctx, shape, query.count);
  return { ...query, uses: shape.uses };
}

/** Refuses, before anything runs, columns that the viewer's role may never read. */
export function requireColumns(viewer: Viewer, columns: readonly ExportColumn[]): void {
  const refused = neverReadable(withoutGrants(viewer), columns);
  if (refused.length > 0) throw withheldByRole(refused);
}

const neverReadable = (viewer: Reader, columns: readonly ExportColumn[]): string[] =>
  columns.filter((column) => !mayHave(viewer, column)).map(({ path }) => path);

const mayHave = (viewer: Reader, { through }: ExportColumn): boolean =>
  through.every((one) => reachOf(viewer, one) !== 'NONE');
