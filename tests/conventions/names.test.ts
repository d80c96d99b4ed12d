import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, read } from './sources.ts';

const isCode = (path: string) => /\.(?:ts|tsx|mjs)$/.test(path);
const sources = [...filesBelow('src'), ...filesBelow('playground')].filter(isCode);
const tests = filesBelow('tests').filter(isCode);

/** Words that say nothing about what is inside. See the glossary in docs/architecture.md for those that do. */
const emptyWords = ['util', 'utils', 'helper', 'helpers', 'common', 'base', 'manager', 'handler', 'processor']
  .concat(['entity', 'dto', 'data', 'info', 'misc', 'shared'])
  .join('|');

test('no file or folder is named after nothing in particular', () => {
  const empty = new RegExp(`(?:^|[/.-])(?:${emptyWords})(?=[/.-])`);
  expect([...sources, ...tests].filter((path) => empty.test(path))).toEqual([]);
});

test('files are kebab-case, noun.role.ts', () => {
  const shape = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)?\.(?:ts|tsx|mjs)$/;
  expect([...sources, ...tests].filter((path) => !shape.test(basename(path)))).toEqual([]);
});

test('a domain and a feature have no folders inside', () => {
  const nested = /^src\/(?:domains|features)\/[^/]+\/.+\//;
  expect(filesBelow('src').filter((path) => nested.test(path))).toEqual([]);
});

test.each([
  ['source', sources, 300],
  ['test', tests, 400],
] as const)('a %s file stays short enough to read at once', (_kind, paths, maxLines) => {
  const lineCount = (path: string) => read(path).split('\n').length - 1;
  expect(
    paths.filter((path) => lineCount(path) > maxLines).map((path) => `${path}: ${lineCount(path)}`),
  ).toEqual([]);
});

test('a test’s title is a guarantee: none says what "should" be, none is skipped or alone', () => {
  const weak =
    /\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*['"`][^'"`\n]*\bshould\b|\b(?:test|it|describe)\.only\(/;
  expect(tests.filter((path) => weak.test(read(path)))).toEqual([]);
});

test('a marker for later names what settles it', () => {
  const marker = /\b(?:FIXME|XXX|HACK)\b|\bTODO\b(?!: \S)/;
  expect(
    [...sources, ...tests].filter(
      (path) => path !== 'tests/conventions/names.test.ts' && marker.test(read(path)),
    ),
  ).toEqual([]);
});
