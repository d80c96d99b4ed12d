import { sql } from 'drizzle-orm';
import type { Reader } from '../../core/access/row-predicates.ts';
import { type Database, type WriteOrigin, writeAs } from '../../core/database/database.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { writeBatch } from './batch.write.ts';
import type { ImportRow } from './cell.value.ts';
import { type ReadRow, type RowProblem, readRows } from './csv.read.ts';
import { forgetStored, lockSource } from './external-key.write.ts';
import { type ImportScope, noTally, type Tally } from './import.types.ts';
import type { Mapping } from './mapping.types.ts';
import { requireRecordType } from './record-types.ts';
import type { Finding, Report } from './report.write.ts';

export interface ImportOptions {
  mapping: Mapping;
  /** The CSV file. */
  path: string;
  /** The origin that the changes are attributed to. */
  origin: WriteOrigin;
  /** Whose rights decide what is disclosed of other files; null if only the operator of the database. */
  reader: Reader | null;
  /** The owner of records that name none; required if {@link needsOwner}. */
  ownerId: string | null;
  now: Date;
  report: Pick<Report, 'add'>;
  /** Called with the number of bytes read since the last call; the file is read once per pass. */
  onBytes?: (bytes: number) => void;
  /** Rows per transaction. Default 500. */
  batchRows?: number;
  /** Called with each batch's last line, and the number of rows read so far. */
  onProgress?: (line: number, rows: number) => void;
  /** Ends the import after the batch being written. */
  signal?: AbortSignal;
}

export interface Summary {
  /** Rows of the file that are not blank, without its header. */
  rows: number;
  /** Rows whose cells are all blank, as spreadsheets leave them below a table. */
  blank: number;
  /** Rows of the wrong length. */
  unreadable: number;
  /** The last line written if the import had to stop; null if it reached the end. */
  stoppedAfterLine: number | null;
  /** Keyed by the name of the mapping's entry. */
  tallies: Map<string, Tally>;
}

/** An import that ended early. What it counted before is in the database. */
export class ImportStopped extends Error {
  constructor(
    readonly summary: Summary,
    cause: Error,
  ) {
    super(cause.message, { cause });
  }
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
  const tallies = new Map(options.mapping.entries.map(({ name }) => [name, { ...noTally }]));
  const summary: Summary = { rows: 0, blank: 0, unreadable: 0, stoppedAfterLine: null, tallies };
  const settings = await readSettings(db);
  await forgetStored(db);
  try {
    for (const [index, pass] of passesOf(options.mapping).entries()) {
      const range = { pass, isFirst: index === 0 };
      summary.stoppedAfterLine = await importPass(db, { ...options, settings }, range, summary);
      if (summary.stoppedAfterLine !== null) break;
    }
  } catch (error) {
    throw new ImportStopped(summary, error as Error);
  }
  return summary;
}

/** Imports what one pass over the file makes; returns the last line written if it had to stop, else null. */
async function importPass(
  db: Database,
  options: ImportOptions & { settings: Settings },
  { pass, isFirst }: { pass: number; isFirst: boolean },
  summary: Summary,
): Promise<number | null> {
  const { mapping, path, report, onBytes, onProgress, signal, batchRows = 500 } = options;
  for await (const batch of readAhead(batchesOf(readRows(path, mapping, { onBytes }), batchRows))) {
    const readable = batch.flatMap(({ row }) => row ?? []);
    const findings = await importBatch(db, options, pass, readable, summary.tallies);
    // Every pass reads the same rows; one that is not read is counted and reported once.
    if (isFirst) {
      const odd = batch.flatMap((read) => (read.row ? [] : read));
      const blank = odd.filter(({ problem }) => problem === 'ROW_BLANK').length;
      summary.blank += blank;
      summary.rows += batch.length - blank;
      summary.unreadable += odd.length - blank;
      findings.push(...odd.flatMap(({ line, problem }) => unreadable(line, problem)));
    }
    await report.add(findings.sort((a, b) => a.line - b.line));
    const last = batch.at(-1) as ReadRow;
    const line = last.row ? last.row.line : last.line;
    onProgress?.(line, summary.rows);
    if (signal?.aborted) return line;
  }
  return null;
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
  entries.some(({ subject, fields, isUpdateOnly }) => {
    if (isUpdateOnly) return false;
    const owning = Object.entries(requireRecordType(subject).references).filter(
      ([, { need }]) => need === 'owner',
    );
    return owning.some(([name]) => !fields.some(([field]) => field === name));
  });

/** The passes over the file that a mapping needs, in order. */
export const passesOf = ({ entries }: Mapping): number[] =>
  [...new Set(entries.map(({ pass }) => pass))].sort((a, b) => a - b);

async function importBatch(
  db: Database,
  { mapping, origin, ownerId, now, settings, reader }: ImportOptions & { settings: Settings },
  pass: number,
  rows: readonly ImportRow[],
  tallies: Map<string, Tally>,
): Promise<Finding[]> {
  const scope: ImportScope = { source: mapping.source, ownerId, now, settings, reader };
  const results = await writeAs(db, origin, async (tx) => {
    await lockSource(tx, mapping.source);
    // What a file is found by depends on its contacts too, and is written once for both.
    await tx.execute(sql`select set_config('app.search_later', 'on', true)`);
    const written = [];
    for (const [number, entry] of mapping.entries.entries()) {
      if (entry.pass === pass) written.push({ entry, ...(await writeBatch(tx, scope, entry, number, rows)) });
    }
    await tx.execute(sql`select refresh_search_now()`);
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
function interrupted(rows: readonly ImportRow[], error: Error): Error {
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  const [first, last] = [rows.at(0)?.line, rows.at(-1)?.line];
  return new Error(
    `Stopped at lines ${first} to ${last}: ${reason}. What came before is kept; mend the cause and run it again. ` +
      `(在第 ${first} 至 ${last} 行中断；此前的内容已保留，排除原因后可重新运行。)`,
    { cause: error },
  );
}

/** Rows in batches. What ends the reading is thrown when the rows before it have been handed out. */
async function* batchesOf(rows: AsyncIterable<ReadRow>, size: number): AsyncGenerator<ReadRow[]> {
  let batch: ReadRow[] = [];
  let failure: { cause: unknown } | undefined;
  try {
    for await (const row of rows) {
      batch.push(row);
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
  } catch (cause) {
    failure = { cause };
  }
  if (batch.length > 0) yield batch;
  if (failure) throw failure.cause;
}

/** What the iterator yields, with the next one read while this one is being written. */
async function* readAhead<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
  const read = () => {
    const next = values.next();
    // Thrown where it is waited for.
    next.catch(() => {});
    return next;
  };
  let next = read();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = read();
      yield value;
    }
  } finally {
    await values.return(undefined);
  }
}

/** Blank rows are counted only: a spreadsheet leaves thousands of them. */
const unreadable = (line: number, problem: RowProblem): Finding[] =>
  problem === 'ROW_BLANK'
    ? []
    : [
        {
          line,
          record: '',
          column: '',
          value: '',
          severity: 'row refused',
          code: problem,
          reason: 'The row has more cells than the header. (该行的列数多于表头。)',
        },
      ];
