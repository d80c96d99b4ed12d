import type { Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { type PushOptions, pushTo } from './backpressure.ts';
import { type TableColumn, type TableRow, type TableWriter, withApostrophe } from './cell.ts';

/**
 * Writes a table as CSV: RFC 4180 with CR LF, in UTF-8 with the byte order mark that spreadsheet programs need.
 *
 * A text that they would evaluate or convert gets a leading apostrophe, their own mark for "this is text"; numbers,
 * dates and times have none.
 */
export function createCsvWriter(
  out: Writable,
  columns: readonly TableColumn[],
  options: PushOptions,
): TableWriter {
  const push = pushTo(out, options);
  const isText = columns.map(({ form }) => form === 'text');
  return {
    open: () => push(`\uFEFF${linesOf([columns.map(({ heading }) => withApostrophe(heading))])}`),
    write: (rows) =>
      push(
        linesOf(rows.map((row) => row.map((cell, i) => (cell && isText[i] ? withApostrophe(cell) : cell)))),
      ),
    end: async () => {
      out.end();
    },
  };
}

/** Quotes cells with any kind of line break; by default csv-stringify quotes only for its own record delimiter. */
const linesOf = (rows: readonly TableRow[]): string =>
  stringify(rows as string[][], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
