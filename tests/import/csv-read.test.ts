import { expect, test } from 'vitest';
import { readRows } from '../../src/features/import/csv.read.ts';
import { parseMapping } from '../../src/features/import/mapping.read.ts';
import { withFile } from './imported.ts';

const mappingWith = (settings: string) =>
  parseMapping(`
    source: s
    ${settings}
    records: [{ subject: customer, key: code, fields: { name: name } }]`).mapping;

const read = (content: string | Buffer, settings = '') =>
  withFile(content, async (path) => {
    const rows: unknown[] = [];
    for await (const { row, ...rest } of readRows(path, mappingWith(settings))) {
      rows.push(row ? [row.line, row.cell('code'), row.cell('name')] : Object.values(rest));
    }
    return rows;
  });

test('lines are those of the file, quoted line breaks and empty lines counted', async () => {
  const rows = await read('code,name\n1,"x\ny"\n\n2,z\n');
  expect(rows).toEqual([
    [2, '1', 'x\ny'],
    [5, '2', 'z'],
  ]);
});

test.each([
  ['CRLF', '\r\n'],
  ['LF', '\n'],
  ['CR', '\r'],
])('%s ends a row, with and without one at the end of the file', async (_, end) => {
  const expected = [
    [2, '1', 'x'],
    [3, '2', 'y'],
  ];
  const lines = ['code,name', '1,x', '2,y'];
  expect(await read(lines.join(end))).toEqual(expected);
  expect(await read(lines.join(end) + end)).toEqual(expected);
});

test('a byte order mark and spaces in headers and cells do no harm', async () => {
  expect(await read('\uFEFF co de , name\n 1 , x \n')).toEqual([[2, '1', 'x']]);
});

test('stray quotes inside a cell stand for themselves', async () => {
  expect(await read('code,name\n1,5" disk\n')).toEqual([[2, '1', '5" disk']]);
});

test('a blank row, a short and a long one are reported, blanks beyond the last column are not', async () => {
  expect(await read('code,name\n,\n1\n2,x,y\n3,z,,\n')).toEqual([
    [2, 'ROW_BLANK'],
    [3, 'ROW_LENGTH'],
    [4, 'ROW_LENGTH'],
    [5, '3', 'z'],
  ]);
});

test('a file in another encoding is refused, and read once its encoding is named', async () => {
  const gb18030 = Buffer.concat([
    Buffer.from('code,name\n1,'),
    Buffer.from([0xcd, 0xf2, 0xbf, 0xc6]),
    Buffer.from('\n'),
  ]);
  await expect(read(gb18030)).rejects.toThrow('not in utf-8');
  expect(await read(gb18030, 'encoding: gb18030')).toEqual([[2, '1', '万科']]);
});

test.each(['utf-16le', 'utf-16be'])('%s is read by its mark, whatever the mapping says', async (encoding) => {
  const bytes = Buffer.from('\ufeffcode,name\n1,万科\n', 'utf16le');
  expect(await read(encoding === 'utf-16le' ? bytes : bytes.swap16())).toEqual([[2, '1', '万科']]);
});

test('a workbook is named for what it is', async () => {
  await expect(read(Buffer.from('PK\x03\x04\x14\0', 'latin1'))).rejects.toThrow('an Excel workbook (.xlsx)');
});

test('another delimiter is read where the mapping names it', async () => {
  expect(await read('code;name\n1;x\n', 'delimiter: ";"')).toEqual([[2, '1', 'x']]);
});

test('all columns that the file lacks are named at once', async () => {
  await expect(read('id\n1\n')).rejects.toThrow('has no column "code", "name"');
});

test('two columns of one name are refused', async () => {
  await expect(read('code,name,na me\n1,x,y\n')).rejects.toThrow('two columns "na me"');
});

test('an empty file and a quote that is never closed are said to be so', async () => {
  await expect(read('')).rejects.toThrow('is empty');
  await expect(read('code,name\n1,"x\n2,y\n')).rejects.toThrow('no CSV that can be read');
});

test('a quote that is never closed does not take a large file into memory', async () => {
  const lines = '1,abcdefghijklmnopqrstuvwxyz\n'.repeat(100_000);
  await expect(read(`code,name\n0,"x\n${lines}`)).rejects.toThrow('no CSV that can be read');
});

test('a file that is not there is named', async () => {
  const reading = readRows('/nowhere/at-all.csv', mappingWith('')).next();
  await expect(reading).rejects.toThrow('/nowhere/at-all.csv');
});
