import { afterAll, beforeAll, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { enumLabel } from '../../src/core/model/label.ts';
import { type ExportColumn, exportColumns } from '../../src/features/export/export-column.ts';
import { fieldText } from '../access/document.ts';
import { ask } from '../access/expected-answer.ts';
import {
  type FileWorld,
  isOwnBy,
  isRefused,
  modelOf,
  roleOf,
  startFileWorld,
  viewers,
} from '../access/file-world.ts';
import { codesIn } from '../access/sentinel.ts';
import type { StaffName } from '../support/server.ts';
import { askExport, csvRows, openDownload, requestExport } from './download.ts';
import { sheetRows } from './workbook.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

const all = [...exportColumns.values()];
const isNeverRead = (viewer: StaffName, { through }: ExportColumn): boolean => isRefused(viewer, through);

type Listed = { id: string } & Record<string, unknown>;

const ownFields = all.filter(({ below }) => below === null).map((column) => fieldText('Customer', column));
const contactFields = all.filter(({ field }) => field === 'contacts').map(({ below }) => below);

/** What the list shows of each file, and of its primary contact. */
async function listed(viewer: StaffName): Promise<Listed[]> {
  const { data } = await ask(
    world,
    viewer,
    `{ customers(first: 200) { nodes { id ${ownFields.join(' ')} owner { name } custodian { name } tags { label }
       contacts(first: 1, filter: { isPrimary: { eq: true } }) { nodes { ${contactFields.join(' ')} } } } } }`,
  );
  return data.customers.nodes;
}

/** A file that is there for the viewer by a grant alone. */
const isLent = (viewer: StaffName, { id }: Listed): boolean => {
  const relation = world.fileOf.get(id)?.relation;
  return policy[roleOf(viewer)].files === 'OWN' && !(relation && isOwnBy(relation));
};

/** What a cell is to hold where the list shows this. */
function cellOf({ field, below }: ExportColumn, row: Listed): string {
  if (field === 'tags') return (row.tags as { label: string }[]).map(({ label }) => label).join('; ');
  const shown =
    field === 'contacts'
      ? (row.contacts as { nodes: Listed[] }).nodes[0]?.[below as string]
      : below
        ? (row[field] as Listed | null)?.[below]
        : row[field];
  if (shown == null) return '';
  const type = below === null ? 'Customer' : field === 'contacts' ? 'Contact' : undefined;
  const attribute = type && modelOf(type).attributes.get(below ?? field);
  if (attribute?.enumeration) return enumLabel(attribute.enumeration, String(shown)).ZH;
  const entryText = attribute?.item?.toText as ((entry: unknown) => string) | undefined;
  if (Array.isArray(shown)) return shown.map((entry) => entryText?.(entry) ?? entry).join('; ');
  if (attribute?.toText) return attribute.toText(shown as never);
  if (attribute?.kind !== 'instant') return String(shown);
  // Eight hours ahead: the organisation's clock in these tests is Shanghai's.
  return new Date(Date.parse(String(shown)) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

test.each(viewers)(
  '%s reads in each cell of an export exactly what the list shows there, and nothing of what was granted',
  async (viewer) => {
    const columns = all.filter((column) => !isNeverRead(viewer, column));
    const names = columns.map(({ name }) => name);
    const { url } = await askExport(world.server, viewer, { columns: names, format: 'CSV' });
    const response = await openDownload(world.server, viewer, url);
    const file = await response.text();
    const rows = csvRows(file);
    const list = (await listed(viewer)).filter((row) => !isLent(viewer, row));
    const expected = new Map(
      list.map((row) => [
        row.id,
        Object.fromEntries(columns.map((column) => [column.label.ZH, cellOf(column, row)])),
      ]),
    );
    expect(new Map(rows.map((row) => [row.编号 as string, row]))).toEqual(expected);
    const told = codesIn(file);
    const shown = codesIn(JSON.stringify(list));
    expect([...told].filter((code) => !shown.has(code))).toEqual([]);
    expect(told.size).toBeGreaterThan(
      viewer === 'ANALYST' || policy[roleOf(viewer)].files === 'OWN' ? 20 : 60,
    );

    const workbook = await askExport(world.server, viewer, { columns: names, format: 'XLSX' });
    const bytes = Buffer.from(await (await openDownload(world.server, viewer, workbook.url)).arrayBuffer());
    const filled = (cells: (unknown | null)[][]) => cells.map((cells) => cells.map((cell) => cell !== null));
    expect(filled(sheetRows(bytes).slice(1))).toEqual(
      filled(rows.map((row) => columns.map(({ label }) => row[label.ZH] || null))),
    );
  },
);

test.each(viewers)('%s is refused each column their role never reads', async (viewer) => {
  for (const column of all) {
    const { errors } = await requestExport(world.server, viewer, { columns: [column.name] });
    expect(errors?.[0]?.extensions.fields, column.name).toEqual(
      isNeverRead(viewer, column) ? [column.path] : undefined,
    );
  }
});
