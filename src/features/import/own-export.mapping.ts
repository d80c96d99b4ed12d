import { withoutApostrophe } from '../export/cell.ts';
import { type ExportColumn, exportColumns } from '../export/export-column.ts';
import { columnSource } from './mapping.read.ts';
import { columnKey, type Entry, type Mapping, type Source } from './mapping.types.ts';
import type { RecordTypeName } from './record-type.ts';
import { requireRecordType } from './record-types.ts';

/**
 * The mapping of an export of customers, in either language and with any columns: files by their numbers, primary contacts
 * by their ids, and of both what can be written. So an export that is imported again changes what was edited in it.
 *
 * Throws for headings without the number of the file.
 */
export function exportMapping(headings: readonly string[], path: string): Mapping {
  const found = new Map<string, string>();
  for (const column of exportColumns.values()) {
    const heading = headings.find((text) => names(column).includes(keyOf(text)));
    if (heading !== undefined) found.set(column.path, heading);
  }
  const number = found.get('Customer.fileNumber');
  if (number === undefined) {
    throw new Error(
      `${path} has no column of file numbers, without which an export is not imported. (文件缺少"客户编号"列。)`,
    );
  }
  const contact = found.get('Contact.id');
  const entries = [entryOf('customer', number, fieldsOf('customer', found))];
  const tags = found.get('Customer.tags');
  if (tags !== undefined) entries[0]?.tags.push(columnSource(tags));
  if (contact !== undefined) {
    const fields = [['customer', columnSource(number)] as [string, Source], ...fieldsOf('contact', found)];
    entries.push({ ...entryOf('contact', contact, fields), when: [{ column: contact, texts: [] }] });
  }
  return { source: 'export', encoding: 'utf-8', delimiter: ',', owner: undefined, entries };
}

const keyOf = (heading: string): string => columnKey(withoutApostrophe(heading)).toLowerCase();
const names = ({ label }: ExportColumn): string[] => [label.ZH, label.EN].map(keyOf);

const entryOf = (subject: RecordTypeName, key: string, fields: Entry['fields']): Entry => ({
  name: subject,
  subject,
  pass: 1,
  key: columnSource(key),
  isUpdateOnly: true,
  when: [],
  fields,
  tags: [],
});

/** The fields and references of a type of record that an export has, each from its column. */
function fieldsOf(name: RecordTypeName, found: ReadonlyMap<string, string>): Entry['fields'] {
  const { fields, references } = requireRecordType(name);
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  return [...fields, ...Object.keys(references)].flatMap((field) => {
    const heading = found.get(`${type}.${field}`);
    return heading === undefined ? [] : [[field, columnSource(heading)] as [string, Source]];
  });
}
