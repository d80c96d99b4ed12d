import type { FileReads } from '../../core/access/access-log-port.ts';
import type { AccessClass } from '../../core/access/policy.ts';
import type { Declared } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Context } from '../../core/context.ts';
import { queryBytes } from '../../core/database/database.ts';
import { accessSnapshotQuery } from '../../core/delivery/access-snapshot.ts';
import { foreignFile } from '../../core/model/access-trace.ts';
import type { Row } from '../../core/model/model.types.ts';
import { flagOf } from '../../core/model/read-context.ts';
import type { EachRow } from '../../core/model/row-stream.ts';
import type { ExportColumn } from './export-column.ts';

interface RunningExport {
  ctx: Context;
  viewer: Viewer;
  columns: readonly ExportColumn[];
  query: EachRow;
}

/**
 * Whether the viewer, by their rights in the database now and without grants, may still read these rows of customers:
 * they can see each file, and read on it the classes that were read and those that the filter uses. `reads` are the
 * reads of the rows. One statement.
 */
export async function mayStillRead(
  { ctx, viewer, columns, query }: RunningExport,
  rows: readonly Row[],
  reads: readonly FileReads[],
): Promise<boolean> {
  const requests = [{ viewer, fileIds: rows.map(({ id }) => id) }];
  const { statement, read } = accessSnapshotQuery(requests, new Date(), { byGrants: false });
  const [snapshot] = read(JSON.parse(String(await queryBytes(ctx.db, statement))));
  const readOf = new Map<string, Set<AccessClass>>();
  for (const { classes, customerIds } of reads) {
    for (const id of customerIds) readOf.set(id, new Set([...(readOf.get(id) ?? []), ...classes]));
  }
  const ofColumns = classesOf(columns.flatMap(({ through }) => through));
  const ofFile = classesOf(columns.filter(({ below }) => below === null).flatMap(({ through }) => through));
  return rows.every((row, i) => {
    const { rights, isOwn } = snapshot?.files[i] ?? {};
    if (snapshot?.viewer?.role !== viewer.role || !rights) return false;
    const wasOwn = row[foreignFile] === null && !isOwn;
    const needed = [
      ...query.classes,
      ...(readOf.get(row.id) ?? []),
      ...ofFile.filter((access) => row[flagOf(access)] !== false),
      ...(wasOwn ? ofColumns : []),
    ];
    return needed.every((access) => rights[access]);
  });
}

const classesOf = (through: readonly Declared[]): AccessClass[] => [
  ...new Set(through.map(({ access }) => access).filter((access) => access !== 'open')),
];
