import { inflateRawSync } from 'node:zlib';

/** A cell of a workbook as it is stored: its type, and its value or text. */
export type StoredCell = { form: 'text' | 'number' | 'date' | 'instant'; value: string } | null;

const forms = ['number', 'date', 'instant'] as const;

/** The parts of a workbook, by path. */
export function partsOf(workbook: Buffer): Map<string, string> {
  const parts = new Map<string, string>();
  const end = workbook.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = workbook.readUInt32LE(end + 16);
  for (let left = workbook.readUInt16LE(end + 10); left > 0; left -= 1) {
    const packedBytes = workbook.readUInt32LE(at + 20);
    const nameBytes = workbook.readUInt16LE(at + 28);
    const begin = workbook.readUInt32LE(at + 42);
    const name = workbook.toString('utf8', at + 46, at + 46 + nameBytes);
    const from = begin + 30 + workbook.readUInt16LE(begin + 26) + workbook.readUInt16LE(begin + 28);
    const packed = workbook.subarray(from, from + packedBytes);
    const isPacked = workbook.readUInt16LE(at + 10) === 8;
    parts.set(name, (isPacked ? inflateRawSync(packed) : packed).toString());
    at += 46 + nameBytes + workbook.readUInt16LE(at + 30) + workbook.readUInt16LE(at + 32);
  }
  return parts;
}

/** The rows of a sheet, counted from 1; the first is the heading. */
export function sheetRows(workbook: Buffer, sheet = 1): StoredCell[][] {
  const xml = partsOf(workbook).get(`xl/worksheets/sheet${sheet}.xml`) as string;
  return [...xml.matchAll(/<row>(.*?)<\/row>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<c\/>|<c(?: s="(\d)")?( t="inlineStr")?>(.*?)<\/c>/gs)].map(
      ([cell, style = '0', isText, inside = '']): StoredCell => {
        if (cell === '<c/>') return null;
        const [, value = ''] = /<(?:v|t xml:space="preserve")>(.*?)<\/(?:v|t)>/s.exec(inside) ?? [];
        return isText
          ? { form: 'text', value: plain(value) }
          : { form: forms[Number(style)] as 'number', value };
      },
    ),
  );
}

const plain = (xml: string): string =>
  xml
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/_x([0-9A-F]{4})_/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
