import { expect, test } from 'vitest';
import { checkTagLabels } from '../../src/domains/tag/tag.check.ts';

test('a label is faceted or free, as in AC-6', () => {
  expect(checkTagLabels(['行业-制造业', '高预算']).values).toEqual([
    { label: '行业-制造业', facet: '行业', value: '制造业' },
    { label: '高预算', facet: null, value: '高预算' },
  ]);
  expect(checkTagLabels(['-', '行业-']).values.map(({ facet }) => facet)).toEqual([null, null]);
});

test('spellings of one label are one tag', () => {
  expect(checkTagLabels(['行业-制造业', '行业-制造业', ' 行业 - 制造业 ']).values).toHaveLength(1);
  expect(checkTagLabels(['重點', '重点', '重點']).values).toEqual([
    { label: '重点', facet: null, value: '重点' },
  ]);
});

test('a semicolon parts tags and is in none', () => {
  const { issues } = checkTagLabels(['a;b', '重点；其他', 'c'], ['tags']);
  expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
    'tags.0 TAG_SEMICOLON',
    'tags.1 TAG_SEMICOLON',
  ]);
});

test('one call takes 1 to 50 labels of 1 to 64 characters, and names every wrong one', () => {
  const codes = (labels: string[]) =>
    checkTagLabels(labels, ['tags']).issues.map(({ path, code }) => `${path.join('.')} ${code}`);
  expect(codes([])).toEqual(['tags TAGS_COUNT']);
  expect(codes(Array.from({ length: 51 }, (_, i) => `标签${i}`))).toEqual(['tags TAGS_COUNT']);
  expect(codes(['好', ' ', '长'.repeat(65)])).toEqual(['tags.1 TEXT_REQUIRED', 'tags.2 TEXT_TOO_LONG']);
});
