/**
 * Builds the playground page, unless the built one is current: `npm start` builds first, and a
 * start that changed nothing must not pay for a bundle (3 s against 30 ms).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sourceFolder = import.meta.dirname;
const projectFolder = join(sourceFolder, '..');
const stampFile = join(projectFolder, 'dist/playground/page/built-from');

/** One hash over everything the page is made of: its sources, and the locked versions of its packages. */
function hashOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(sourceFolder, {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of [...sources, join(projectFolder, 'package-lock.json')]) {
    hash.update(`${file.slice(projectFolder.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function builtFrom() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

const sources = hashOfSources();
if (builtFrom() !== sources) {
  // A test runner's NODE_ENV=test would bundle React's development build.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  await build({ root: sourceFolder });
  writeFileSync(stampFile, sources);
}
