import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { type BackpressuredWrite, type PushOptions, pushTo } from './backpressure.ts';
import type { CellForm, TableColumn, TableRow, TableWriter } from './cell.ts';
import { contentTypes, packageLinks, sheetEnd, sheetStart, styleOf, styles, workbook } from './xlsx.part.ts';

/** Most rows per sheet that Excel supports, including the heading. */
const maxSheetRows = 1_048_576;
const msPerDay = 86_400_000;
/** Days from Excel's day 0 to 1970-01-01. */
const epochDay = 25_569;
/** 1900-03-01. Before it Excel's days are off by one, since it treats 1900 as a leap year; it has none before 1900. */
const firstSafeDay = 61;

/** Widths in which a usual value of each form is whole: `2024-03-15 14:30:00`, a company's name of a dozen letters. */
const usualWidths: Record<CellForm, number> = { date: 12, instant: 20, number: 16, text: 26 };

/** Wide enough for the heading too; a Chinese character takes the place of two letters. */
function widthOf({ heading, form }: TableColumn): number {
  const letters = [...heading].reduce((sum, letter) => sum + (/\p{ASCII}/u.test(letter) ? 1 : 2), 0);
  return Math.max(usualWidths[form], letters + 2);
}

export interface XlsxOptions extends PushOptions {
  /** Set by tests, for smaller sheets. */
  rowsPerSheet?: number;
}

/**
 * Writes a table as an Office Open XML workbook (ECMA-376) in streaming: a sheet's XML goes through the archive to the
 * reader and is stored nowhere.
 *
 * Texts are typed as text. Numbers of more than 15 digits and dates before March 1900 are written as texts too, because
 * a spreadsheet program would round the former and cannot represent the latter.
 */
export function createXlsxWriter(
  out: Writable,
  columns: readonly TableColumn[],
  { rowsPerSheet = maxSheetRows, ...options }: XlsxOptions,
): TableWriter {
  const zip = new ZipFile();
  const archived = pipeline(zip.outputStream, out);
  // `archived` is awaited at the end, where it reports the failure; until then the stream's own error stops writing.
  archived.catch(() => {});
  zip.on('error', (error) => out.destroy(error));
  const forms = columns.map(({ form }) => form);
  const heading = rowXml(
    columns.map(({ heading }) => heading),
    forms.map(() => 'text'),
  );
  let sheets = 0;
  let sheet = new PassThrough();
  let push: BackpressuredWrite = pushTo(sheet, options);
  let roomInSheet = 0;

  const openSheet = async () => {
    sheets += 1;
    sheet = new PassThrough();
    push = pushTo(sheet, options);
    zip.addReadStream(sheet, `xl/worksheets/sheet${sheets}.xml`);
    roomInSheet = rowsPerSheet - 1;
    await push(sheetStart(columns.map(widthOf)) + heading);
  };

  return {
    open: openSheet,
    write: async (rows) => {
      for (let from = 0; from < rows.length; ) {
        if (roomInSheet === 0) {
          sheet.end(sheetEnd);
          await openSheet();
        }
        const some = rows.slice(from, from + roomInSheet);
        await push(some.map((row) => rowXml(row, forms)).join(''));
        roomInSheet -= some.length;
        from += some.length;
      }
    },
    end: async () => {
      sheet.end(sheetEnd);
      zip.addBuffer(Buffer.from(styles), 'xl/styles.xml');
      for (const [path, xml] of workbook(sheets)) zip.addBuffer(Buffer.from(xml), path);
      zip.addBuffer(Buffer.from(packageLinks), '_rels/.rels');
      zip.addBuffer(Buffer.from(contentTypes(sheets)), '[Content_Types].xml');
      zip.end();
      await archived;
    },
  };
}

const rowXml = (row: TableRow, forms: readonly CellForm[]): string =>
  `<row>${row.map((cell, i) => (cell === null ? '<c/>' : cellXml(cell, forms[i] as CellForm))).join('')}</row>`;

function cellXml(cell: string, form: CellForm): string {
  if (form === 'number' && cell.replace(/\D/g, '').length <= 15) return `<c><v>${cell}</v></c>`;
  if (form === 'date' || form === 'instant') {
    const day = dayNumber(cell);
    if (day >= firstSafeDay) return `<c s="${styleOf[form]}"><v>${day}</v></c>`;
  }
  return `<c s="${styleOf.text}" t="inlineStr"><is><t xml:space="preserve">${textXml(cell)}</t></is></c>`;
}

/** Days since Excel's day 0, with fractions, of `2026-01-31` or `2026-01-31 17:59:18`. */
const dayNumber = (text: string): number =>
  Date.parse(text.includes(' ') ? `${text.replace(' ', 'T')}Z` : text) / msPerDay + epochDay;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const hex = (character: string): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

/** Escapes a text for XML. Characters that XML cannot contain become `_x0007_`; a literal `_x0007_` is escaped too. */
const textXml = (text: string): string =>
  text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[^\P{Cc}\n\t]|[\uFFFE\uFFFF]/gu, (character) => `_x${hex(character)}_`)
    .replace(/[&<>]/g, (sign) => entities[sign] as string);
