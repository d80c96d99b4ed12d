/** What a cell holds. Its text is digits for a number, `2026-01-31` for a date, `2026-01-31 17:59:18` for an instant. */
export type CellForm = 'text' | 'number' | 'date' | 'instant';

/** A column of a table that is written: its heading, and what its cells hold. */
export interface TableColumn {
  heading: string;
  form: CellForm;
}

/** The cells of a row, as text; null is empty. */
export type TableRow = readonly (string | null)[];

/** Writes a table, row by row, to a stream that may be read slowly. */
export interface TableWriter {
  /** Writes what a file begins with. */
  open: () => Promise<void>;
  /** Resolves when there is room for more. */
  write: (rows: readonly TableRow[]) => Promise<void>;
  /** Writes what a whole file ends with. Nothing may follow. */
  end: () => Promise<void>;
}

/**
 * Signs by which spreadsheet programs know a formula: = + - @ in every width and shape, also behind blanks and
 * characters nobody sees; a tab or line break, which some drop before they look.
 */
const formula = /^(?:[\t\r\n]|[\s\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫−])/u;

/** Whether a spreadsheet program might take a text for a formula. */
export const looksLikeFormula = (text: string): boolean => formula.test(text);

const digit = /\p{Nd}/u;
const number = /^[\p{Nd}\s.,:;/\\%‰'年月日号时時点分秒¥￥$€£()（）eE-]+$/u;
const named =
  /^[\d\s,./:-]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|[ap]m|上午|下午)\p{L}*[\d\s,./:-]*$/iu;
const truth = /^\s*(?:true|false)\s*$/i;

/** Whether a spreadsheet program might take a text for a number, a date, a time or a truth value, and change it. */
export const looksLikeValue = (text: string): boolean =>
  ((number.test(text) || named.test(text)) && digit.test(text)) || truth.test(text);

/** Tells instants (RFC 3339) by the clock of a time zone (IANA name), as `2026-01-31 17:59:18`. */
export function clockOf(timeZone: string): (instant: string) => string {
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => format.format(new Date(instant));
}
