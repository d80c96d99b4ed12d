/** The type of a cell. Its text is digits for a number, `2026-01-31` or `2026-01-31 17:59:18` for a date or instant. */
export type CellForm = 'text' | 'number' | 'date' | 'instant';

/** A column of a written table: its heading and the type of its cells. */
export interface TableColumn {
  heading: string;
  form: CellForm;
}

/** The cells of a row, as text; null is empty. */
export type TableRow = readonly (string | null)[];

/** Writes a table row by row to a stream that may be read slowly. */
export interface TableWriter {
  /** Writes the beginning of the file. */
  open: () => Promise<void>;
  /** Resolves when there is room for more. */
  write: (rows: readonly TableRow[]) => Promise<void>;
  /** Writes the end of a complete file. Nothing may follow. */
  end: () => Promise<void>;
}

/**
 * The beginnings by which spreadsheet programs recognise a formula: = + - @ in every width and shape, also after blanks
 * and invisible characters; and a tab or line break, which some programs drop first.
 */
const formula = /^(?:[\t\r\n]|[\s\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫−])/u;

/** Whether a spreadsheet program might evaluate a text as a formula. */
export const looksLikeFormula = (text: string): boolean => formula.test(text);

const digit = /\p{Nd}/u;
const number = /^[\p{Nd}\s.,:;/\\%‰'年月日号时時点分秒¥￥$€£()（）eE-]+$/u;
const named =
  /^[\d\s,./:-]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|[ap]m|上午|下午)\p{L}*[\d\s,./:-]*$/iu;
const truth = /^\s*(?:true|false)\s*$/i;

/** Whether a spreadsheet program might convert a text to a number, date, time or boolean. */
export const looksLikeValue = (text: string): boolean =>
  ((number.test(text) || named.test(text)) && digit.test(text)) || truth.test(text);

const needsApostrophe = (text: string): boolean =>
  looksLikeFormula(text) || looksLikeValue(text) || (text.startsWith("'") && needsApostrophe(text.slice(1)));

/** A text in the form that spreadsheet programs leave as it is: with a leading apostrophe where they would not. */
export const withApostrophe = (text: string): string => (needsApostrophe(text) ? `'${text}` : text);

/** A text as it was before {@link withApostrophe}; one that needed none is left alone. */
export const withoutApostrophe = (text: string): string =>
  text.startsWith("'") && needsApostrophe(text.slice(1)) ? text.slice(1) : text;

/** Formats instants (RFC 3339) in a time zone (IANA name) as `2026-01-31 17:59:18`. */
export function clockOf(timeZone: string): (instant: string) => string {
  // The Swedish locale formats dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => format.format(new Date(instant));
}
