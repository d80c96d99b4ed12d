import { type Database, type WriteOrigin, writeAs } from '../database/database.ts';
import { type ImportScope, type Tally, writeBatch } from './batch.write.ts';
import type { Row } from './cell.value.ts';
import { type ReadRow, type RowProblem, readRows } from './csv.read.ts';
import { forgetTold, lockSource } from './external-key.write.ts';
import type { Mapping } from './mapping.spec.ts';
import type { Finding, Report } from './report.write.ts';

export interface ImportOptions {
  mapping: Mapping;
  /** The CSV file. */
  path: string;
  /** Whom the changes are attributed to. */
  origin: WriteOrigin;
  /** Owner of what names none; required where {@link needsOwner} says so. */
  ownerId: string | null;
  now: Date;
  report: Pick<Report, 'add'>;
  /** Does everything and takes it back. */
  isDryRun?: boolean;
  /** Called with the number of bytes read since the last call; the file is read once per pass. */
  onBytes?: (bytes: number) => void;
  /** Rows per transaction. Default 500. */
  batchRows?: number;
}

export interface Summary {
  /** Rows of the file, its header and empty lines apart. */
  rows: number;
  /** Rows that are blank or of a wrong length. */
  unreadable: number;
  /** By name of the mapping's entry. */
  tallies: Map<string, Tally>;
}

/**
 * Imports a file: creates what is new, updates what differs, leaves the rest untouched, reports what it could not
 * take. Run again, it changes nothing. A value the file is blank about, or the mapping does not name, stays as it is.
 *
 * `db` must be a pool of one connection. Each batch of rows is a transaction, so an import that is interrupted has
 * kept what it did and may simply be run again. A dry run is one transaction, rolled back at its end: until then it
 * holds the locks of all it would change.
 *
 * Throws for a file that cannot be read as the mapping says.
 */
export async function importFile(db: Database, options: ImportOptions): Promise<Summary> {
  if (!options.isDryRun) return importRows(db, options);
  const rollback = new Error('A dry run ends here.');
  let summary: Summary | undefined;
  const rehearsal = db.transaction(async (tx) => {
    summary = await importRows(tx, options);
    throw rollback;
  });
  await rehearsal.catch((error) => {
    if (error !== rollback) throw error;
  });
  return summary as Summary;
}

/** Whether something the mapping makes must have an owner and the file names none. */
export const needsOwner = ({ entries }: Mapping): boolean =>
  entries.some(({ subject, fields }) => {
    const name = { customer: 'owner', deal: 'owner', interaction: 'employee' }[subject as string];
    return name !== undefined && !fields.some(([field]) => field === name);
  });

export const passesOf = ({ entries }: Mapping): number[] =>
  [...new Set(entries.map(({ pass }) => pass))].sort((a, b) => a - b);

async function importRows(db: Database, options: ImportOptions): Promise<Summary> {
  const { mapping, path, report, onBytes, batchRows = 500 } = options;
  const tallies = new Map(
    mapping.entries.map(({ name }) => [name, { created: 0, updated: 0, unchanged: 0, refused: 0 }]),
  );
  const summary: Summary = { rows: 0, unreadable: 0, tallies };
  await forgetTold(db);
  for (const [index, pass] of passesOf(mapping).entries()) {
    for await (const batch of batchesOf(readRows(path, mapping, { onBytes }), batchRows)) {
      const readable = batch.flatMap(({ row }) => row ?? []);
      const findings = await importBatch(db, options, pass, readable, tallies);
      // Every pass meets the same rows; what is wrong with a row as a whole is said once.
      if (index === 0) {
        summary.rows += batch.length;
        summary.unreadable += batch.length - readable.length;
        findings.push(...batch.flatMap((read) => (read.row ? [] : unreadable(read.line, read.problem))));
      }
      await report.add(findings.sort((a, b) => a.line - b.line));
    }
  }
  return summary;
}

async function importBatch(
  db: Database,
  { mapping, origin, ownerId, now }: ImportOptions,
  pass: number,
  rows: readonly Row[],
  tallies: Map<string, Tally>,
): Promise<Finding[]> {
  const scope: ImportScope = { source: mapping.source, ownerId, now };
  const results = await writeAs(db, origin, async (tx) => {
    await lockSource(tx, mapping.source);
    const written = [];
    for (const [number, entry] of mapping.entries.entries()) {
      if (entry.pass === pass) written.push({ entry, ...(await writeBatch(tx, scope, entry, number, rows)) });
    }
    return written;
  });
  // After the commit: what a failed transaction took back must not be counted.
  for (const { entry, tally } of results) {
    const total = tallies.get(entry.name) as Tally;
    for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
  }
  return results.flatMap(({ findings }) => findings);
}

async function* batchesOf(rows: AsyncIterable<ReadRow>, size: number): AsyncGenerator<ReadRow[]> {
  let batch: ReadRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const rowReasons: Record<RowProblem, string> = {
  ROW_BLANK: 'The row is blank. (空行。)',
  ROW_LENGTH: 'The row has not as many cells as the header. (该行的列数与表头不符。)',
};

const unreadable = (line: number, problem: RowProblem): Finding => ({
  line,
  record: '',
  column: '',
  value: '',
  severity: 'row refused',
  code: problem,
  reason: rowReasons[problem],
});
