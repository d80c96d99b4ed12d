import {
  closeBracket,
  endOfValue,
  isNull,
  LayoutMismatch,
  nullLength,
  openBracket,
  skipSeparator,
} from '../database/json-scan.ts';
import type { PageRequest } from './connection.ts';
import type { PageLayout } from './row-layout.ts';

/** A page in the source, `[row, …]` or `[rows, total, head]`; see {@link PageLayout}. */
export interface SourcePage {
  /** How many rows of the page have been passed. */
  count: number;
  /**
   * Where each of them begins, in the order in which rows are returned. Empty where nothing returns to a row: an array
   * for each of a list's hundred nested pages was a sixth of what a request allocates.
   */
  rows: number[];
  /** Whether `rows` is kept. */
  returnsToRows: boolean;
  /** There is a row beyond the page. */
  hasMore: boolean;
  /** All rows have been passed. */
  isPassed: boolean;
  /** The next row, or what follows the rows once all have been passed. */
  at: number;
}

/** Begins a page. */
export function openPage(
  source: Buffer,
  at: number,
  { rowsOnly }: PageLayout,
  returnsToRows: boolean,
): SourcePage {
  if (source[at] !== openBracket) throw new LayoutMismatch();
  const rowsAt = rowsOnly ? at : at + 1;
  const isEmpty = isNull(source, rowsAt);
  if (!isEmpty && source[rowsAt] !== openBracket) throw new LayoutMismatch();
  return {
    count: 0,
    rows: returnsToRows ? [] : noRows,
    returnsToRows,
    hasMore: false,
    // Where no row is selected, null stands for the rows.
    isPassed: isEmpty,
    at: isEmpty ? rowsAt + nullLength : skipSeparator(source, rowsAt + 1),
  };
}

const noRows: number[] = [];

/** Counts the row at which the page stands. */
export function passRow(page: SourcePage): void {
  page.count += 1;
  if (page.returnsToRows) page.rows.push(page.at);
}

/** Finds out where the rows begin that have not been passed yet, and where they end. */
export function passRows(source: Buffer, page: SourcePage, { size, backwards }: PageRequest): void {
  if (page.isPassed) return;
  while (source[page.at] !== closeBracket) {
    if (page.count < size) passRow(page);
    else page.hasMore = true;
    page.at = skipSeparator(source, endOfValue(source, page.at));
  }
  page.at += 1;
  page.isPassed = true;
  if (backwards) page.rows.reverse();
}

/** Where the total begins, once the rows have been passed; behind it the head of the log. */
export const totalAt = (source: Buffer, { at }: SourcePage): number => skipSeparator(source, at);
export const headAt = (source: Buffer, page: SourcePage): number =>
  skipSeparator(source, endOfValue(source, totalAt(source, page)));

/** The position behind a page that holds more than its rows. */
export function endOfPage(source: Buffer, page: SourcePage): number {
  const end = skipSeparator(source, endOfValue(source, headAt(source, page)));
  if (source[end] !== closeBracket) throw new LayoutMismatch();
  return end + 1;
}
