import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { withoutMarks } from '../../core/validation/text.ts';
import { type ImportRow, rowOf } from './cell.value.ts';
import { type BrokenOff, decode } from './csv.decode.ts';
import { type Header, searchHeader } from './csv.header.ts';
import type { Mapping } from './mapping.types.ts';

/** A readable row, or the problem with the row as a whole. */
export type ReadRow =
  | { row: ImportRow; problem?: undefined }
  | { row?: undefined; line: number; problem: RowProblem };
export type RowProblem = 'ROW_BLANK' | 'ROW_LENGTH';

interface ReadOptions {
  /** Called with the number of bytes read since the last call. */
  onBytes?: (bytes: number) => void;
}

/** A longer row means an unclosed quote, which would otherwise read the rest of the file into memory. */
const longestRowCharacters = 1024 * 1024;

/**
 * Reads a CSV file row by row, in constant memory. The first row that has every column which the mapping reads
 * names the columns: titles above it are passed over, and a line `sep=;` names the delimiter. Line numbers are those of the file, so
 * quoted line breaks count; empty lines are skipped. CRLF, LF and CR end a row; stray quotes inside a cell are taken
 * literally. Cells that a row lacks at its end are blank.
 *
 * Throws for columns that the mapping reads and the file lacks (naming all of them, and what it has instead); after the
 * rows before it, for bytes that are not in the encoding and for a quote that is never closed.
 */
export async function* readRows(
  path: string,
  mapping: Mapping,
  { onBytes }: ReadOptions = {},
): AsyncGenerator<ReadRow> {
  const { separator, isSeparatorLine } = await openingOf(path, mapping);
  const parser = parse({
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: longestRowCharacters,
    raw: true,
    info: true,
  });
  let broken: BrokenOff | undefined;
  const decoded = decode(mapping.encoding, onBytes, (found) => {
    broken = found;
  });
  const pumping = pipeline(createReadStream(path), decoded, parser);
  // A failure also destroys the parser and is thrown where its rows are read.
  pumping.catch(() => {});

  const search = searchHeader({ ...mapping, delimiter: separator }, path);
  let header: Header | undefined;
  let nextLine = 1;
  try {
    for await (const { raw, record } of parser as AsyncIterable<ParsedRow>) {
      const line = nextLine;
      nextLine += raw.match(/\r\n|\n|\r/g)?.length ?? 0;
      if (record.length === 1 && record[0] === '') continue;
      if (header) yield readRow(record, line, header);
      else if (!(isSeparatorLine && line === 1)) header = search.take(record);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    broken = {
      line: nextLine,
      message: `The file is no CSV that can be read: ${error.message}. (CSV 格式有误。)`,
    };
  }
  if (broken) {
    throw new Error(
      `${path}, line ${broken.line} (第${broken.line}行): ${broken.message} Only the rows before it were read. (仅读取了此前的行。)`,
    );
  }
  if (!header) throw search.failure();
}

/** The cells of the first row of a file in UTF-8 that is not blank. */
export async function readHeadings(path: string): Promise<string[]> {
  const parser = createReadStream(path).pipe(
    parse({ bom: true, relax_quotes: true, relax_column_count: true, skip_empty_lines: true, to: 1 }),
  );
  for await (const cells of parser as AsyncIterable<string[]>) return cells;
  throw new Error(`${path} is empty. (文件为空。)`);
}

interface ParsedRow {
  /** The raw text from the file, including its line break. */
  raw: string;
  record: string[];
}

function readRow(cells: string[], line: number, { places, width }: Header): ReadRow {
  if (cells.every((cell) => withoutMarks(cell) === '')) return { line, problem: 'ROW_BLANK' };
  // An extra delimiter shifts values into wrong columns; extra blank cells at the end are harmless, and so are missing
  // ones, which spreadsheets do not write.
  const isWhole = cells.slice(width).every((cell) => cell.trim() === '');
  return isWhole ? { row: rowOf(line, cells, places) } : { line, problem: 'ROW_LENGTH' };
}

/** The delimiter of a file: what a first line `sep=;` says, else what the mapping says. */
async function openingOf(path: string, { encoding, delimiter }: Mapping) {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    const start = buffer.subarray(0, bytesRead);
    const isWide = ['fffe', 'feff'].includes(start.subarray(0, 2).toString('hex'));
    const text = isWide
      ? start.toString('latin1').replaceAll('\0', '')
      : new TextDecoder(encoding).decode(start);
    const [, named] = /^[^\w]{0,3}"?sep=(.)"?[\t,;]*[\r\n]/i.exec(text) ?? [];
    return { separator: named ?? delimiter, isSeparatorLine: named !== undefined };
  } finally {
    await file.close();
  }
}
