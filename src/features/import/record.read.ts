import { createHash } from 'node:crypto';
import { holds, type ImportRow, rawTextOf, textOf } from './cell.value.ts';
import { columnsOfSource, type Entry, type Source } from './mapping.types.ts';
import type { RecordType } from './record-type.ts';
import type { Finding } from './report.write.ts';

/** A record as read from a row, before it is validated. */
export interface Candidate {
  line: number;
  row: ImportRow;
  /** External key. */
  key: string;
  /** Texts by field; absent where the file has none. */
  fields: Record<string, string>;
  /** External keys of other records, by reference. */
  references: Record<string, string>;
  tags: { label: string; source: Source }[];
  /** A digest that is equal for equal records. */
  fingerprint: string;
}

/** Reads an entry's record from a row: undefined if its condition does not hold, a finding if its key is missing. */
export function readCandidate(
  entry: Entry,
  recordType: RecordType,
  row: ImportRow,
): Candidate | Finding | undefined {
  if (!holds(entry.when, row)) return undefined;
  const key = textOf(entry.key, row);
  if (key === undefined) {
    const reason = 'The key that tells records apart is blank. (用于区分记录的键为空。)';
    return findingAt(entry, row, entry.key, 'row refused', 'KEY_BLANK', reason);
  }
  const fields: Record<string, string> = {};
  const references: Record<string, string> = {};
  for (const [name, source] of entry.fields) {
    const value = textOf(source, row);
    if (value !== undefined) (name in recordType.references ? references : fields)[name] = value;
  }
  // An export lists the tags of a file in one cell.
  const tags = entry.tags.flatMap((source) =>
    (textOf(source, row) ?? '')
      .split(/[;；]/)
      .map((label) => ({ label: label.trim(), source }))
      .filter(({ label }) => label !== ''),
  );
  const content = JSON.stringify([fields, references, tags.map(({ label }) => label)]);
  const fingerprint = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { line: row.line, row, key, fields, references, tags, fingerprint };
}

/** A finding of the report about one source in one row. */
export const findingAt = (
  entry: Entry,
  row: ImportRow,
  source: Source | undefined,
  severity: Finding['severity'],
  code: string,
  reason: string,
): Finding => ({
  line: row.line,
  record: entry.name,
  column: source ? [...new Set(columnsOfSource(source))].join(', ') : '',
  value: source ? rawTextOf(source, row) : '',
  severity,
  code,
  reason,
});
