import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { withoutMarks } from '../../core/validation/text.ts';
import { type Row, rowOf } from './cell.value.ts';
import { columnKey, columnsOf, type Mapping } from './mapping.types.ts';

/** A readable row, or the problem with the row as a whole. */
export type ReadRow =
  | { row: Row; problem?: undefined }
  | { row?: undefined; line: number; problem: RowProblem };
export type RowProblem = 'ROW_BLANK' | 'ROW_LENGTH';

interface ReadOptions {
  /** Called with the number of bytes read since the last call. */
  onBytes?: (bytes: number) => void;
}

/** A longer row means an unclosed quote, which would otherwise read the rest of the file into memory. */
const longestRowCharacters = 1024 * 1024;

/**
 * Reads a CSV file row by row, with the columns of its first line, in constant memory. Line numbers are those of the
 * file, so quoted line breaks count; empty lines are skipped. CRLF, LF and CR end a row; stray quotes inside a cell are
 * taken literally.
 *
 * Throws for columns that the mapping reads and the file lacks (naming all of them), for bytes that are not in the
 * mapping's encoding, and for a quote that is never closed.
 */
export async function* readRows(
  path: string,
  mapping: Mapping,
  { onBytes }: ReadOptions = {},
): AsyncGenerator<ReadRow> {
  const parser = parse({
    delimiter: mapping.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: longestRowCharacters,
    raw: true,
    info: true,
  });
  const pumping = pipeline(createReadStream(path), decode(mapping.encoding, onBytes), parser);
  // A failure also destroys the parser and is thrown where its rows are read.
  pumping.catch(() => {});

  let places: ReadonlyMap<string, number> | undefined;
  let nextLine = 1;
  for await (const { raw, record } of translated(parser)) {
    const line = nextLine;
    nextLine += raw.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (record.length === 1 && record[0] === '') continue;
    if (!places) places = placeColumns(record, mapping, path);
    else yield readRow(record, line, places);
  }
  if (!places) throw new Error(`${path} is empty. (文件为空。)`);
}

interface ParsedRow {
  /** The raw text from the file, including its line break. */
  raw: string;
  record: string[];
}

async function* translated(parser: AsyncIterable<ParsedRow>): AsyncGenerator<ParsedRow> {
  try {
    yield* parser;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Error(`The file is no CSV that can be read: ${error.message}. (CSV 格式有误。)`);
  }
}

function readRow(cells: string[], line: number, places: ReadonlyMap<string, number>): ReadRow {
  if (cells.every((cell) => withoutMarks(cell) === '')) return { line, problem: 'ROW_BLANK' };
  // An extra or missing delimiter shifts values into wrong columns; only extra blank cells at the end are harmless.
  const isWhole = cells.length >= places.size && cells.slice(places.size).every((cell) => cell.trim() === '');
  return isWhole ? { row: rowOf(line, cells, places) } : { line, problem: 'ROW_LENGTH' };
}

function placeColumns(headers: string[], mapping: Mapping, path: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, header] of headers.entries()) {
    // A column without a name still counts, so that rows are as long as the header.
    const key = columnKey(header) || ` ${place}`;
    if (places.has(key))
      throw new Error(`${path} has two columns "${header.trim()}". (存在同名列"${header.trim()}"。)`);
    places.set(key, place);
  }
  const missing = columnsOf(mapping).filter((column) => !places.has(columnKey(column)));
  if (missing.length === 0) return places;
  const names = missing.map((column) => `"${column}"`).join(', ');
  throw new Error(
    `${path} has no column ${names}, which the mapping reads. (文件缺少映射所用的列：${names}。)`,
  );
}

/**
 * Decodes bytes and drops a byte order mark; one of UTF-16 counts more than the mapping's encoding. Throws for bytes not in
 * the encoding, since guessing would garble names, and for a workbook.
 */
function decode(encoding: string, onBytes: ((bytes: number) => void) | undefined) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    let decoder = new TextDecoder(encoding, { fatal: true });
    let isFirst = true;
    try {
      for await (const chunk of chunks) {
        onBytes?.(chunk.length);
        if (isFirst) decoder = new TextDecoder(encodingOf(chunk) ?? encoding, { fatal: true });
        isFirst = false;
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder.decode();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      throw new Error(
        `The file is not in ${encoding}; name its encoding in the mapping, such as gb18030. ` +
          `(文件编码不是 ${encoding}；请在映射中注明 encoding，例如 gb18030。)`,
      );
    }
  };
}

/** The encoding that the first bytes of a file state. Throws for a workbook. */
function encodingOf(start: Buffer): string | undefined {
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    throw new Error(
      'This is an Excel workbook (.xlsx), not a CSV file: save it as "CSV UTF-8". ' +
        '(这是 Excel 工作簿 (.xlsx)，不是 CSV 文件：请另存为"CSV UTF-8"。)',
    );
  }
  const mark = start.subarray(0, 2).toString('hex');
  return { fffe: 'utf-16le', feff: 'utf-16be' }[mark];
}
