import { checkDecimal } from '../../core/validation/decimal.ts';
import { withoutMarks } from '../../core/validation/text.ts';
import { withoutApostrophe } from '../export/cell.ts';
import { type Condition, columnKey, type Part, type Source } from './mapping.types.ts';

/** A row of the imported file. */
export interface ImportRow {
  /** The line of the file on which the row begins, from 1. */
  line: number;
  /** The cell in a column, trimmed and without invisible marks; blank where there is none. */
  cell: (column: string) => string;
}

/** Makes a row of its cells; `places` maps a {@link columnKey} to the column's index. */
export function rowOf(
  line: number,
  cells: readonly string[],
  places: ReadonlyMap<string, number>,
): ImportRow {
  return {
    line,
    cell: (column) => withoutApostrophe(withoutMarks(cells[places.get(columnKey(column)) ?? -1] ?? '')),
  };
}

/** Whether all conditions hold for this row. */
export const holds = (conditions: readonly Condition[], { cell }: ImportRow): boolean =>
  conditions.every(({ column, texts }) =>
    texts.length === 0 ? cell(column) !== '' : texts.includes(cell(column)),
  );

/**
 * The file's value for a field, in the form that the entry standards read; undefined where it has none. A text that
 * does not fit the source's date form or factor is returned unchanged, to be refused by the field's own standard.
 */
export function textOf(source: Source, row: ImportRow): string | undefined {
  if (!holds(source.when, row)) return undefined;
  const joined = joinParts(source.parts, row);
  const replaced = source.replace.reduce((text, [from, to]) => text.replaceAll(from, to), joined).trim();
  if (replaced === '') return undefined;
  const mapped = source.values?.get(replaced) ?? source.otherwise ?? replaced;
  const dated = source.date ? readDate(mapped, source.date, source.time) : mapped;
  return (source.times ? multiply(dated, source.times) : dated) || undefined;
}

/** The original text of a source, for the report. */
export const rawTextOf = (source: Source, row: ImportRow): string =>
  source.parts
    .flatMap((part) => ('column' in part ? row.cell(part.column) : []))
    .join(' ')
    .trim();

/** Joins the parts; blank if a required cell is blank, since a key or address without that part would be another. */
function joinParts(parts: readonly Part[], { cell }: ImportRow): string {
  let text = '';
  for (const part of parts) {
    if ('literal' in part) {
      text += part.literal;
      continue;
    }
    const piece = part.form === 'mailbox' ? mailboxOf(cell(part.column)) : cell(part.column);
    if (piece === '' && !part.isOptional) return '';
    text += piece;
  }
  return text.trim();
}

/** The local part of an e-mail address for a name: "Renée O'Dell" becomes "renee.odell". */
const mailboxOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s.-]/gu, '')
    .split(/[\s.]+/)
    .filter(Boolean)
    .join('.');

/** Converts a date to ISO 8601; a text of another form stays unchanged. A missing day or month means the first. */
function readDate(text: string, form: string, time: string | undefined): string {
  const pattern = dateForms.get(form) ?? compileDateForm(form);
  const groups = pattern.exec(text)?.groups;
  if (!groups) return text;
  const { year, month = '1', day = '1' } = groups;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return time ? `${date}T${time}` : date;
}

const dateForms = new Map<string, RegExp>();

function compileDateForm(form: string): RegExp {
  const groups: Record<string, string> = {
    y: '(?<year>\\d{4})',
    m: '(?<month>\\d{1,2})',
    d: '(?<day>\\d{1,2})',
  };
  const pattern = form.replace(
    /y+|m+|d+|\W/g,
    (token) => groups[token.charAt(0)] ?? token.replace(/\W/, '\\$&'),
  );
  const compiled = new RegExp(`^${pattern}$`);
  dateForms.set(form, compiled);
  return compiled;
}

/** Multiplies exactly: amounts never pass through a float. */
function multiply(text: string, factor: string): string {
  const { value } = checkDecimal(text, { scale: 12 });
  if (value === undefined) return text;
  const [whole = '', fraction = ''] = factor.split('.');
  const places = 12 + fraction.length;
  const units = BigInt(value.replace('.', '')) * BigInt(whole + fraction);
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const point = digits.length - places;
  const product = `${digits.slice(0, point)}.${digits.slice(point)}`.replace(/\.?0+$/, '');
  return units < 0n ? `-${product}` : product;
}
