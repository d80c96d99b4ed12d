import { type Database, type WriteOrigin, writeAs } from '../../core/database/database.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import { type ImportScope, type Tally, writeBatch } from './batch.write.ts';
import type { Row } from './cell.value.ts';
import { type ReadRow, type RowProblem, readRows } from './csv.read.ts';
import { forgetStored, lockSource } from './external-key.write.ts';
import type { Mapping } from './mapping.types.ts';
import { requireSubject } from './record-types.ts';
import type { Finding, Report } from './report.write.ts';

export interface ImportOptions {
  mapping: Mapping;
  /** The CSV file. */
  path: string;
  /** The origin that the changes are attributed to. */
  origin: WriteOrigin;
  /** The owner of records that name none; required if {@link needsOwner}. */
  ownerId: string | null;
  now: Date;
  report: Pick<Report, 'add'>;
  /** Called with the number of bytes read since the last call; the file is read once per pass. */
  onBytes?: (bytes: number) => void;
  /** Rows per transaction. Default 500. */
  batchRows?: number;
}

export interface Summary {
  /** Rows of the file, without its header and empty lines. */
  rows: number;
  /** Rows that are blank or of the wrong length. */
  unreadable: number;
  /** Keyed by the name of the mapping's entry. */
  tallies: Map<string, Tally>;
}

/**
 * Imports a file: creates new records, updates those that differ, leaves the rest untouched and reports what it could
 * not import. Running it again changes nothing. A value that is blank in the file, or not named in the mapping, stays
 * as it is.
 *
 * `db` must be a pool of one connection. Each batch of rows is a transaction, so an interrupted import keeps what it
 * wrote and can simply be run again. Memory does not grow with the file: 100,000 rows of a customer and a contact
 * peaked at 171 MB (RSS), the first 10,000 at 155 MB.
 *
 * Throws for a file that cannot be read as the mapping specifies, and for a row that the database itself refuses.
 */
export async function importFile(db: Database, options: ImportOptions): Promise<Summary> {
  const { mapping, path, report, onBytes, batchRows = 500 } = options;
  const tallies = new Map(
    mapping.entries.map(({ name }) => [name, { created: 0, updated: 0, unchanged: 0, refused: 0 }]),
  );
  const summary: Summary = { rows: 0, unreadable: 0, tallies };
  const settings = await readSettings(db);
  await forgetStored(db);
  for (const [index, pass] of passesOf(mapping).entries()) {
    for await (const batch of batchesOf(readRows(path, mapping, { onBytes }), batchRows)) {
      const readable = batch.flatMap(({ row }) => row ?? []);
      const findings = await importBatch(db, { ...options, settings }, pass, readable, tallies);
      // Every pass reads the same rows; an unreadable one is reported once.
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

/**
 * Runs `work` and rolls back everything it wrote. It is one transaction, so it holds the locks of everything it would
 * change until the end, and records that one import creates can be referred to by the next.
 */
export async function rehearse(db: Database, work: (tx: Database) => Promise<void>): Promise<void> {
  const rollback = new Error('A rehearsal ends here.');
  const rehearsal = db.transaction(async (tx) => {
    await work(tx);
    throw rollback;
  });
  await rehearsal.catch((error) => {
    if (error !== rollback) throw error;
  });
}

/** Whether the mapping creates records that must have an owner and does not set one. */
export const needsOwner = ({ entries }: Mapping): boolean =>
  entries.some(({ subject, fields }) => {
    const owning = Object.entries(requireSubject(subject).references).filter(
      ([, { need }]) => need === 'owner',
    );
    return owning.some(([name]) => !fields.some(([field]) => field === name));
  });

/** The passes over the file that a mapping needs, in order. */
export const passesOf = ({ entries }: Mapping): number[] =>
  [...new Set(entries.map(({ pass }) => pass))].sort((a, b) => a - b);

async function importBatch(
  db: Database,
  { mapping, origin, ownerId, now, settings }: ImportOptions & Pick<ImportScope, 'settings'>,
  pass: number,
  rows: readonly Row[],
  tallies: Map<string, Tally>,
): Promise<Finding[]> {
  const scope: ImportScope = { source: mapping.source, ownerId, now, settings };
  const results = await writeAs(db, origin, async (tx) => {
    await lockSource(tx, mapping.source);
    const written = [];
    for (const [number, entry] of mapping.entries.entries()) {
      if (entry.pass === pass) written.push({ entry, ...(await writeBatch(tx, scope, entry, number, rows)) });
    }
    return written;
  }).catch((error) => {
    throw interrupted(rows, error);
  });
  // After the commit, so that what a failed transaction rolled back is not counted.
  for (const { entry, tally } of results) {
    const total = tallies.get(entry.name) as Tally;
    for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
  }
  return results.flatMap(({ findings }) => findings);
}

/** An error that says where the import stopped; Drizzle's own message would contain every value of the batch. */
function interrupted(rows: readonly Row[], error: Error): Error {
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  const [first, last] = [rows.at(0)?.line, rows.at(-1)?.line];
  return new Error(
    `Stopped at lines ${first} to ${last}: ${reason}. What came before is kept; mend the cause and run it again. ` +
      `(在第 ${first} 至 ${last} 行中断；此前的内容已保留，排除原因后可重新运行。)`,
    { cause: error },
  );
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
