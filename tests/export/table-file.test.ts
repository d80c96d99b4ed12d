import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clockOf,
  looksLikeFormula,
  type TableColumn,
  type TableRow,
  withApostrophe,
  withoutApostrophe,
} from '../../src/features/export/cell.ts';
import { createCsvWriter } from '../../src/features/export/csv.write.ts';
import { createXlsxWriter } from '../../src/features/export/xlsx.write.ts';
import { partsOf, sheetRows } from './workbook.ts';

const writers = {
  CSV: createCsvWriter,
  XLSX: createXlsxWriter,
};

async function fileOf(
  format: keyof typeof writers,
  columns: TableColumn[],
  rows: TableRow[],
  options: object = {},
): Promise<Buffer> {
  const out = new PassThrough();
  const writer = writers[format](out, columns, {
    signal: new AbortController().signal,
    stallTimeoutMs: 10_000,
    onStall: () => {},
    ...options,
  });
  const written = buffer(out);
  await writer.open();
  await writer.write(rows);
  await writer.end();
  return written;
}

const text: TableColumn = { heading: '文本', form: 'text' };
const cellsOf = async (texts: string[]) =>
  (
    parse(
      await fileOf(
        'CSV',
        [text],
        texts.map((one) => [one]),
      ),
      { bom: true },
    ) as string[][]
  )
    .slice(1)
    .map(([cell]) => cell);

test.each([
  '=1+1',
  '+8613800138000',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
  '  =1',
  '　=1',
  '\u00A0=1',
  '\u200B=1',
  '\n@x',
  '−1',
])('in CSV the text %j begins with an apostrophe: it is no formula', async (formula) => {
  expect(await cellsOf([formula])).toEqual([`'${formula}`]);
});

test.each([
  '0012',
  '91310000123456789',
  '1/2',
  '3-5',
  '2026-01-31',
  '2024年5月',
  '1e5',
  '12:30',
  '50%',
  '(123)',
  '￥5',
  '１２３',
  'MARCH1',
  '5 May 2026',
  '10am',
  'TRUE',
])('in CSV the text %j begins with an apostrophe: it is not converted', async (value) => {
  expect(await cellsOf([value])).toEqual([`'${value}`]);
});

test.each([
  '上海精密机械有限公司',
  '360公司',
  'A-17',
  '3M中国',
  'a=b',
  "'引号",
  '第1章',
  'Mayer 2 GmbH & Co.',
])('in CSV the text %j stays as it is', async (value) => {
  expect(await cellsOf([value])).toEqual([value]);
});

const columns: TableColumn[] = [
  text,
  { heading: '数值', form: 'number' },
  { heading: '日期', form: 'date' },
  { heading: '时间', form: 'instant' },
];

test('in CSV numbers, also negative ones, dates and times are left to the spreadsheet program', async () => {
  const row = ['甲', '-12.50', '2026-01-31', '2026-01-31 17:59:18'];
  const file = await fileOf('CSV', columns, [row, [null, null, null, null]]);
  expect(file.toString()).toBe(`\uFEFF文本,数值,日期,时间\r\n${row.join(',')}\r\n,,,\r\n`);
});

test('in XLSX each cell has its type', async () => {
  const file = await fileOf('XLSX', columns, [
    ['=1+1', '-12.50', '1900-03-01', '2026-01-31 12:00:00'],
    [null, '0', null, null],
  ]);
  expect(sheetRows(file).slice(1)).toEqual([
    [
      { form: 'text', value: '=1+1' },
      { form: 'number', value: '-12.50' },
      { form: 'date', value: '61' },
      { form: 'instant', value: '46053.5' },
    ],
    [null, { form: 'number', value: '0' }, null, null],
  ]);
});

test('in XLSX what a spreadsheet program would round or misread is text', async () => {
  const file = await fileOf('XLSX', columns, [
    ['甲', '9999999999999999.99', '1899-12-31', '1900-02-28 08:00:00'],
  ]);
  expect(sheetRows(file)[1]).toEqual([
    { form: 'text', value: '甲' },
    { form: 'text', value: '9999999999999999.99' },
    { form: 'text', value: '1899-12-31' },
    { form: 'text', value: '1900-02-28 08:00:00' },
  ]);
});

test('more rows than a sheet holds go on in the next one, each with the heading', async () => {
  const rows = Array.from({ length: 7 }, (_, i) => [`第${i}`]);
  const file = await fileOf('XLSX', [text], rows, { rowsPerSheet: 4 });
  const sheets = [1, 2, 3].map((n) => sheetRows(file, n).map(([cell]) => cell?.value));
  expect(sheets).toEqual([
    ['文本', '第0', '第1', '第2'],
    ['文本', '第3', '第4', '第5'],
    ['文本', '第6'],
  ]);
  expect(
    partsOf(file)
      .get('xl/workbook.xml')
      ?.match(/<sheet /g),
  ).toHaveLength(3);
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(...'=+-@＝＋－＠\t\r\n "\',;_x0041_<&>]\u0007\u000B 1a年'),
    maxLength: 10,
  }),
);

test('whatever a text holds, it comes out of either file as it went in, and of CSV never as a formula', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        anyText.filter((one) => one !== ''),
        { minLength: 1, maxLength: 8 },
      ),
      async (texts) => {
        const rows = texts.map((one) => [one]);
        const cells = await cellsOf(texts);
        expect(cells.map((cell, i) => (cell === texts[i] ? cell : cell?.slice(1)))).toEqual(texts);
        expect(cells.filter((cell) => looksLikeFormula(cell as string))).toEqual([]);
        const stored = sheetRows(await fileOf('XLSX', [text], rows)).slice(1);
        expect(stored.map(([cell]) => cell)).toEqual(texts.map((value) => ({ form: 'text', value })));
      },
    ),
    { numRuns: 200 },
  );
});

test('the protecting apostrophe is taken off again, and no other', () => {
  fc.assert(fc.property(anyText, (one) => withoutApostrophe(withApostrophe(one)) === one));
  expect(withoutApostrophe("'+8613800138000")).toBe('+8613800138000');
  expect(withoutApostrophe("'t Hoen")).toBe("'t Hoen");
});

test('a reader that takes nothing is reported once its time is over', async () => {
  const out = new PassThrough();
  const stopped = new AbortController();
  const stalled = new Promise<void>((resolve) => {
    const onStall = () => {
      stopped.abort();
      resolve();
    };
    const writer = createCsvWriter(out, [text], { signal: stopped.signal, stallTimeoutMs: 20, onStall });
    writer.write([['满'.repeat(100_000)]]).catch(() => {});
  });
  await expect(stalled).resolves.toBeUndefined();
});

test('instants are in the organisation’s time zone, summer time included', () => {
  expect(clockOf('Asia/Shanghai')('2026-01-31T16:30:00.123456Z')).toBe('2026-02-01 00:30:00');
  const berlin = clockOf('Europe/Berlin');
  expect([berlin('2026-03-29T00:59:59Z'), berlin('2026-03-29T01:00:00Z')]).toEqual([
    '2026-03-29 01:59:59',
    '2026-03-29 03:00:00',
  ]);
});

test('columns of a workbook are wide enough for their heading and for usual values of their form', async () => {
  const long = '客户最近一次联系的时间与方式说明（含补充说明）';
  const columns: TableColumn[] = [
    { heading: '日期', form: 'date' },
    { heading: 'At', form: 'instant' },
    { heading: long, form: 'text' },
  ];
  const xml = partsOf(await fileOf('XLSX', columns, [])).get('xl/worksheets/sheet1.xml') as string;
  const widths = [...xml.matchAll(/<col min="(\d)" max="\1" width="(\d+)" customWidth="1"\/>/g)].map(
    ([, , width]) => Number(width),
  );
  expect(widths).toEqual([12, 20, 2 * [...long].length + 2]);
});
