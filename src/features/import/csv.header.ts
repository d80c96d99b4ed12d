import { plainText } from '../../core/validation/text.ts';
import { columnKey, columnsOf, type Mapping } from './mapping.types.ts';

/** Titles and notes of people are above the header, not further down. */
const mostLinesAbove = 20;
const mostNamesShown = 20;

/** Where the columns of a file are, by {@link columnKey}, and how many there are. */
export interface Header {
  places: ReadonlyMap<string, number>;
  width: number;
}

/** Looks for the header: the first row that has every column which the mapping reads. */
export interface HeaderSearch {
  /** Takes the next row. Undefined while the header may still come. Throws when it cannot come any more. */
  take(cells: readonly string[]): Header | undefined;
  /** The error for a file that ends before. */
  failure(): Error;
}

export function searchHeader(mapping: Mapping, path: string): HeaderSearch {
  const wanted = columnsOf(mapping);
  const lacking = (cells: readonly string[]): string[] => {
    const keys = new Set(cells.map(columnKey));
    return wanted.filter((column) => !keys.has(columnKey(column)));
  };
  let best: { cells: readonly string[]; missing: string[] } | undefined;
  let seen = 0;
  const failure = (): Error =>
    best
      ? new Error(missingColumns(path, best.missing, best.cells, mapping.delimiter))
      : new Error(`${path} is empty. (文件为空。)`);
  return {
    failure,
    take(cells) {
      if (cells.every((cell) => plainText(cell) === '')) return undefined;
      const missing = lacking(cells);
      if (missing.length === 0) return { places: placesOf(cells, wanted, path), width: cells.length };
      if (!best || missing.length < best.missing.length) best = { cells, missing };
      seen += 1;
      if (seen > mostLinesAbove) throw failure();
      return undefined;
    },
  };
}

function placesOf(cells: readonly string[], wanted: readonly string[], path: string): Map<string, number> {
  const read = new Set(wanted.map(columnKey));
  const places = new Map<string, number>();
  for (const [place, header] of cells.entries()) {
    const key = columnKey(header);
    if (!read.has(key)) continue;
    if (places.has(key))
      throw new Error(
        `${path} has two columns "${header.trim()}", which the mapping reads. (存在映射所用的同名列"${header.trim()}"。)`,
      );
    places.set(key, place);
  }
  return places;
}

function missingColumns(
  path: string,
  missing: readonly string[],
  cells: readonly string[],
  delimiter: string,
): string {
  const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  const shown = cells.map((cell) => plainText(cell)).filter(Boolean);
  const found = `${listed(shown.slice(0, mostNamesShown))}${shown.length > mostNamesShown ? ', …' : ''}`;
  const other = delimiterOf(cells.join(delimiter), delimiter);
  const hint = other
    ? ` It seems to be separated by "${other}": write delimiter: "${other}" in the mapping. (分隔符似为"${other}"，请在映射中注明 delimiter。)`
    : '';
  return (
    `${path} has no column ${listed(missing)}, which the mapping reads; it has ${found}. ` +
    `(文件缺少映射所用的列：${listed(missing)}；文件中有：${found}。)${hint}`
  );
}

/** The delimiter that parts a header into more cells than the mapping's, if there is one. */
function delimiterOf(header: string, delimiter: string): string | undefined {
  const countOf = (mark: string) => header.split(mark).length - 1;
  const others = [',', ';', '\t', '|', '，', '；'].filter((mark) => mark !== delimiter);
  const [most] = others.sort((a, b) => countOf(b) - countOf(a));
  return most !== undefined && countOf(most) > countOf(delimiter) ? most.replace('\t', '\\t') : undefined;
}
