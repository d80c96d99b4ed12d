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

test('a blank row and a long one are reported, missing cells and blanks at the end of a row are blank', async () => {
  expect(await read('code,name\n,\n1\n2,x,y\n3,z,,\n')).toEqual([
    [2, 'ROW_BLANK'],
    [3, '1', ''],
    [4, 'ROW_LENGTH'],
    [5, '3', 'z'],
  ]);
});

test('titles and notes above the header are passed over', async () => {
  const csv = '客户名单,,\n导出日期,2024-01-01,\n\n code ,name,other\n1,x,\n';
  expect(await read(csv)).toEqual([[5, '1', 'x']]);
});

test.each([';', '\t', '|'])('a line sep=%s names the delimiter', async (mark) => {
  expect(await read(`sep=${mark}\r\ncode${mark}name\r\n1${mark}x\r\n`)).toEqual([[3, '1', 'x']]);
  const wide = Buffer.from(`\ufeffsep=${mark}\ncode${mark}name\n1${mark}万科\n`, 'utf16le');
  expect(await read(wide)).toEqual([[3, '1', '万科']]);
});

test('two columns of one name do no harm where the mapping reads neither', async () => {
  expect(await read('note,code,name,note\na,1,x,b\n')).toEqual([[2, '1', 'x']]);
});

test('a wrong delimiter is answered with what was found and the delimiter it seems to be', async () => {
  await expect(read('code;name;city\n1;x;y\n')).rejects.toThrow(
    /has no column "code", "name".*it has "code;name;city".*write delimiter: ";"/s,
  );
  await expect(read('id,title\n1,x\n')).rejects.toThrow('it has "id", "title"');
});

test('a file in another encoding is refused, and read once its encoding is named', async () => {
  const gb18030 = Buffer.concat([
    Buffer.from('code,name\n1,'),
    Buffer.from([0xcd, 0xf2, 0xbf, 0xc6]),
    Buffer.from('\n'),
  ]);
  await expect(read(gb18030)).rejects.toThrow('line 2 (第2行): Bytes that are not utf-8');
  expect(await read(gb18030, 'encoding: gb18030')).toEqual([[2, '1', '万科']]);
});

test('of a file with bytes in another encoding, the lines before them are read, and the line is named', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i},万科\r\n`).join('');
  const csv = Buffer.concat([
    Buffer.from(`code,name\r\n${lines}20000,`),
    Buffer.from([0xcd, 0xf2]),
    Buffer.from('\r\n'),
  ]);
  await withFile(csv, async (path) => {
    let rows = 0;
    const reading = (async () => {
      for await (const { row } of readRows(path, mappingWith(''))) if (row) rows += 1;
    })();
    await expect(reading).rejects.toThrow('line 20002');
    expect(rows).toBe(20_000);
  });
});

test.each(['utf-16le', 'utf-16be'])('%s without its mark is known by the zeros in it', async (encoding) => {
  const bytes = Buffer.from('code,name\n1,万科\n', 'utf16le');
  expect(await read(encoding === 'utf-16le' ? bytes : bytes.swap16())).toEqual([[2, '1', '万科']]);
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
