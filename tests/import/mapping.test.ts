import { expect, test } from 'vitest';
import { type ImportRow, rowOf, textOf } from '../../src/features/import/cell.value.ts';
import { parseMapping } from '../../src/features/import/mapping.read.ts';
import { columnKey, type Source } from '../../src/features/import/mapping.types.ts';
import '../../src/domains/customer/customer.model.ts';
import { fileModels } from '../../src/core/model/registry.ts';
import { recordTypes } from '../../src/features/import/record-types.ts';

const rowWith = (cells: Record<string, string>): ImportRow =>
  rowOf(
    2,
    Object.values(cells),
    new Map(Object.keys(cells).map((header, place) => [columnKey(header), place])),
  );

function sourceOf(yaml: string): Source {
  const { mapping, mistakes } = parseMapping(
    `source: s\nrecords: [{ subject: customer, key: k, fields: { name: ${yaml} } }]`,
  );
  expect(mistakes).toEqual([]);
  return mapping.entries[0]?.fields[0]?.[1] as Source;
}
const make = (yaml: string, cells: Record<string, string>) => textOf(sourceOf(yaml), rowWith(cells));

test('every mistake of a mapping is named at once, with its place', () => {
  const { mistakes } = parseMapping(`
    source: Not Good
    colour: red
    encoding: klingon
    owner: nobody
    records:
      - subject: invoice
        key: id
      - subject: deal
        pass: first
        fields:
          titel: t
          title: { column: a, value: b }
          amount: { column: a, times: lots, when: { b: {} } }
          closedAt: { column: a, time: noon, spin: 1 }
          product: { template: "{a|loud}" }
          currency: { column: a, otherwise: USD }
        tags: [a]
  `);
  const places = [
    'source',
    'encoding',
    'records[0].subject',
    'records[1].key',
    'records[1].pass',
    'records[1].fields.customer',
    'records[1].fields.titel',
    'records[1].fields.title',
    'records[1].fields.amount.when.b',
    'records[1].fields.amount.times',
    'records[1].fields.closedAt.time',
    'records[1].fields.closedAt.time',
    'records[1].fields.closedAt.spin',
    'records[1].fields.product.template',
    'records[1].fields.currency.otherwise',
    'records[1].tags',
    'owner',
    'colour',
  ];
  expect(mistakes.map((mistake) => mistake.split(' ')[0])).toEqual(places);
  expect(mistakes.find((mistake) => mistake.includes('titel'))).toContain('known are title, product');
  for (const mistake of mistakes) expect(mistake).toMatch(/\. \(.*\p{Script=Han}.*。\)$/u);
});

test('a document that is no YAML is named by its line, and nothing else is', () => {
  const { mistakes } = parseMapping('source: a\nrecords: [\n');
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(/line \d/);
});

test('two entries of one name are refused, since the summary could not distinguish them', () => {
  const { mistakes } = parseMapping(`
    source: s
    records: [{ subject: team, key: a, fields: { name: a } }, { subject: team, key: b, fields: { name: b } }]`);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toContain('two named "team"');
});

test.each([
  ['a column, trimmed', 'a', { a: ' x ' }, 'x'],
  ['nothing of a blank cell', 'a', { a: '  ' }, undefined],
  ['a column whose header is spelt with other spaces', 'B股简称', { 'B股 简 称': 'x' }, 'x'],
  ['a constant, as it is written', '{ value: 007 }', {}, '007'],
  ['a template', '{ template: "{a} ({b})" }', { a: 'x', b: 'y' }, 'x (y)'],
  ['nothing of a template with a hole', '{ template: "{a}-{b}" }', { a: 'x', b: '' }, undefined],
  ['a template without its optional cell', '{ template: "{a} {b?}" }', { a: 'x', b: '' }, 'x'],
  [
    'a mailbox of a name',
    '{ template: "{a|mailbox}@x.example" }',
    { a: 'Renée  Mei-Mei O’Dell' },
    'renee.mei-mei.odell@x.example',
  ],
  ['replacements before values', '{ column: a, replace: { "-": "" }, values: { xy: z } }', { a: 'x-y' }, 'z'],
  ['a cell that values does not list, as it is', '{ column: a, values: { x: y } }', { a: 'z' }, 'z'],
  ['what otherwise says instead', '{ column: a, values: { x: y }, otherwise: w }', { a: 'z' }, 'w'],
  [
    'nothing where a value is emptied',
    '{ column: a, values: { x: "" }, otherwise: w }',
    { a: 'x' },
    undefined,
  ],
  [
    'Norway, which other readers of YAML take for false',
    '{ column: a, values: { NO: NO } }',
    { a: 'NO' },
    'NO',
  ],
  ['a date of another form', '{ column: a, date: dd.mm.yyyy }', { a: '3.12.2019' }, '2019-12-03'],
  [
    'a date with two-letter tokens in any order',
    '{ column: a, date: mm/dd/yyyy }',
    { a: '12/03/2019' },
    '2019-12-03',
  ],
  ['the first day of a year', '{ column: a, date: yyyy }', { a: '1996' }, '1996-01-01'],
  [
    'an instant of a date',
    '{ column: a, date: yyyy-mm-dd, time: "00:00:00Z" }',
    { a: '2017-03-01' },
    '2017-03-01T00:00:00Z',
  ],
  ['a text without the date form, as it is', '{ column: a, date: dd.mm.yyyy }', { a: 'soon' }, 'soon'],
  ['an exact product', '{ column: a, times: 1000000 }', { a: '1100.04' }, '1100040000'],
  ['an exact product with a fraction', '{ column: a, times: 0.01 }', { a: '-1,234.5' }, '-12.345'],
  ['no product of a text that is no number', '{ column: a, times: 10 }', { a: 'n/a' }, 'n/a'],
  ['a value where its condition holds', '{ value: x, when: { a: [y, z] } }', { a: 'z' }, 'x'],
  ['nothing where its condition does not hold', '{ value: x, when: { a: "*" } }', { a: '' }, undefined],
])('a source makes %s', (_, yaml, cells, made) => {
  expect(make(yaml, cells as Record<string, string>)).toBe(made);
});

test('a file and every part of it can be imported', () => {
  const names: string[] = recordTypes.map(({ name }) => name);
  expect(fileModels().filter(({ tableName }) => !names.includes(tableName))).toEqual([]);
  expect(fileModels().length).toBeGreaterThanOrEqual(5);
});
