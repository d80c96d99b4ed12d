import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allModels, modelNamed } from '../../src/core/model/registry.ts';
import { sharedSchema } from '../support/schema.ts';

sharedSchema();

const kinds = ['FREE', 'IDENTIFYING', 'CONTROLLED'] as const;
const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');
const [, table = ''] = page.split('| Type | FREE | IDENTIFYING | CONTROLLED |');
const rows = (table.split('\n\n')[0] ?? '')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, types = '']) => /^[A-Z]/.test(types))
  .map(([, name = '', ...cells]) => ({ name, types: name.split(', '), cells }));

test.each(rows)('docs/access.md says of each text of $name what it can hold', ({ types, cells }) => {
  const published = kinds.map((_, i): string[] => (cells[i] ?? '').match(/[\w.]+/g) ?? []);
  for (const type of types) {
    const texts = [...(modelNamed(type)?.attributes.values() ?? [])].filter(({ text }) => text !== null);
    for (const { field, text } of texts) {
      const told = kinds.filter((_, i) =>
        [field, `${type}.${field}`].some((one) => published[i]?.includes(one)),
      );
      expect(told, `${type}.${field}`).toEqual([text]);
    }
  }
});

test('every model with texts has its row', () => {
  const listed = rows.flatMap(({ types }) => types);
  const withTexts = allModels().filter(({ attributes }) =>
    [...attributes.values()].some(({ text }) => text !== null),
  );
  expect(withTexts.map(({ name }) => name).filter((name) => !listed.includes(name))).toEqual([]);
});
