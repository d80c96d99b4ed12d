import type { Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { type PushOptions, pushTo } from './backpressure.ts';
import {
  looksLikeFormula,
  looksLikeValue,
  type TableColumn,
  type TableRow,
  type TableWriter,
} from './cell.ts';

/**
 * Writes a table as CSV: RFC 4180 with CR LF, in UTF-8 with the mark by which spreadsheet programs know it.
 *
 * A text that they would calculate or convert begins with an apostrophe, the sign they use themselves for "this is
 * text"; numbers, dates and times are left to them.
 */
export function createCsvWriter(
  out: Writable,
  columns: readonly TableColumn[],
  options: PushOptions,
): TableWriter {
  const push = pushTo(out, options);
  const isText = columns.map(({ form }) => form === 'text');
  return {
    open: () => push(`\uFEFF${linesOf([columns.map(({ heading }) => plainText(heading))])}`),
    write: (rows) =>
      push(linesOf(rows.map((row) => row.map((cell, i) => (cell && isText[i] ? plainText(cell) : cell))))),
    end: async () => {
      out.end();
    },
  };
}

/** A line break of any kind inside a cell is quoted; by itself csv-stringify looks for its own only. */
const linesOf = (rows: readonly TableRow[]): string =>
  stringify(rows as string[][], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });

/** A text that stays what it is in a spreadsheet program. */
const plainText = (text: string): string =>
  looksLikeFormula(text) || looksLikeValue(text) ? `'${text}` : text;
