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

/**
 * A private vocabulary that once named unlike things by one word. The field's terms say which is meant: deliver, send,
 * report; authorize, validate, evaluate; query, request; again.
 */
const oldWords = [
  'tell',
  'tells',
  'telling',
  'told',
  'retell',
  'anew',
  'judge',
  'judges',
  'judged',
  'judgement',
]
  .concat([
    'ask',
    'asks',
    'asked',
    'asking',
    'question',
    'questions',
    'standing',
    'upheaval',
    'ordeal',
    'desk',
  ])
  .concat(['lent', 'borrow\\w*', 'unjudged', 'surroundings', 'dice'])
  .join('|');
/** Of these, what a comment does not need either: it says which is meant. */
const oldWordsOfComments =
  /\b(?:(?:un|re)?told|tells?|telling|anew|judg(?:e[sd]?|ing|ement)|(?:un)?ask(?:s|ed|ing)?|questions?|len[dt]s?|borrow\w*)\b/i;
const commentsOf = (text: string) => text.match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? [];

test('comments of the source are in terms of the field too', () => {
  const found = sources.flatMap((path) =>
    commentsOf(read(path))
      .filter((comment) => oldWordsOfComments.test(comment))
      .map((comment) => `${path}: ${comment}`),
  );
  expect(found).toEqual([]);
});

/** Titles: the first text of a call of `test`, `it` or `describe`, or of what its `each` returns. */
const titlesOf = (text: string) =>
  [
    ...text.matchAll(
      /(?:\b(?:test|it|describe)(?:\.(?:skipIf|runIf)\((?:[^()]|\([^()]*\))*\))?|\))\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`),/g,
    ),
  ].map(([, title]) => title as string);

test('titles of tests are in the terms of the field, as comments are', () => {
  const titles = tests.flatMap((path) => titlesOf(read(path)).map((title) => ({ path, title })));
  expect(titles.filter(({ title }) => oldWordsOfComments.test(title))).toEqual([]);
  // Nearly every test has a title that this finds.
  expect(titles.length).toBeGreaterThan(1_500);
});

/** A column of the database, and a source of customers (服务台). */
const exempt = ['toldIds', 'SERVICE_DESK'];

const uncommented = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
const unquoted = (text: string) => text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
const wordsOf = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_]+/);

test('names in the source, those in its SQL included, are terms of the field and none of a vocabulary of our own', () => {
  const old = new RegExp(`^(?:${oldWords})$`);
  const found = sources.flatMap((path) => {
    const names = new Set(unquoted(uncommented(read(path))).match(/\b[A-Za-z_]\w*\b/g));
    return [...names]
      .filter((name) => !exempt.includes(name) && wordsOf(name).some((word) => old.test(word)))
      .map((name) => `${path}: ${name}`);
  });
  const files = [...sources, ...tests].filter((path) =>
    basename(path)
      .split(/[.-]/)
      .some((word) => old.test(word)),
  );
  expect([...found, ...files]).toEqual([]);
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

test('a test’s title is a guarantee: none says what "should" be, none is alone', () => {
  const weak =
    /\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*['"`][^'"`\n]*\bshould\b|\b(?:test|it|describe)\.only\(/;
  expect(tests.filter((path) => weak.test(read(path)))).toEqual([]);
});

test('no test is left out without a condition that says why', () => {
  const leftOut = /\b(?:test|it|describe)\.(?:skip|todo|fails)\b/;
  expect(tests.filter((path) => leftOut.test(read(path)))).toEqual([]);
});

test('a marker for later names what settles it', () => {
  const marker = /\b(?:FIXME|XXX|HACK)\b|\bTODO\b(?!: \S)/;
  expect(
    [...sources, ...tests].filter(
      (path) => path !== 'tests/conventions/names.test.ts' && marker.test(read(path)),
    ),
  ).toEqual([]);
});
