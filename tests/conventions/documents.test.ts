import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { settingNames } from '../../src/config/config.ts';
import { filesBelow, importsOf, projectFolder, read } from './sources.ts';

const documents = [...readdirSync(projectFolder), ...filesBelow('docs')].filter((path) =>
  path.endsWith('.md'),
);
const readme = read('README.md');

test('every operation in the README is valid against the schema', () => {
  const operations = [
    ...readme.matchAll(/<<'GRAPHQL'\n(.*?)\nGRAPHQL/gs),
    ...readme.matchAll(/"query": "([^"]*)"/g),
    ...readme.matchAll(/query: `(.*?)`/gs),
  ].map(([, operation = '']) => operation);
  const schema = buildSchema(read('schema.graphql'));
  expect(operations.length).toBeGreaterThanOrEqual(5);
  for (const operation of operations) expect(validate(schema, parse(operation)), operation).toEqual([]);
});

test('every setting that the README names exists', () => {
  const settings = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## Tests'));
  const named = [...settings.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !settingNames.some((setting) => setting === name))).toEqual([]);
});

test('every script that a document names exists', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const named = documents.flatMap((path) =>
    [...read(path).matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name),
  );
  expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
});

test('every link between documents leads somewhere', () => {
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(projectFolder, dirname(path), target)))
      .map((target) => `${path} → ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the tree in docs/architecture.md has every folder of the three layers', () => {
  const [, tree = ''] = /```\n(drizzle\/.*?)```/s.exec(read('docs/architecture.md')) ?? [];
  const named: string[] = tree.match(/[\w-]+(?=\/)/g) ?? [];
  const folders = ['core', 'domains', 'features'].flatMap((layer) =>
    readdirSync(join(projectFolder, 'src', layer), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name),
  );
  expect(folders.filter((name) => !named.includes(name))).toEqual([]);
});

test('docs/architecture.md draws the dependencies between folders as the imports have them', () => {
  const [, drawn = ''] = /```\n(core\n.*?)```/s.exec(read('docs/architecture.md')) ?? [];
  expect(dependenciesIn(drawn)).toEqual(dependenciesOfFolders());
});

/** Layer, folder and the folders of the same layer that it imports from, one line each; sorted. */
function dependenciesIn(drawing: string): string[] {
  let layer = '';
  return drawing
    .split('\n')
    .flatMap((line) => {
      const [, folder, imported] = /^ +(\S+) +→ (.+)$/.exec(line) ?? [];
      if (folder === undefined) layer = line.trim() || layer;
      return folder === undefined ? [] : [`${layer}/${folder} → ${imported}`];
    })
    .sort();
}

function dependenciesOfFolders(): string[] {
  const folderOf = (path: string) =>
    /^src\/(core\/graphql\/[\w-]+|(?:core|domains|features)\/[\w-]+)\//.exec(path)?.[1];
  const layerOf = (folder: string) => folder.slice(0, folder.indexOf('/'));
  const imported = new Map<string, Set<string>>();
  for (const { from, to } of importsOf(filesBelow('src').filter((path) => path.endsWith('.ts')))) {
    const [source, target] = [folderOf(from), folderOf(to)];
    if (!source || !target || source === target || layerOf(source) !== layerOf(target)) continue;
    imported.set(source, (imported.get(source) ?? new Set()).add(target.slice(target.indexOf('/') + 1)));
  }
  return [...imported].map(([source, targets]) => `${source} → ${[...targets].sort().join(', ')}`).sort();
}
