import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../src/core/access/', import.meta.url);
const modules = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));

// Loaded inside a test: a module that throws while it is loaded fails every file that imports it before a test begins,
// and Stryker takes a run in which no test failed for a mutant that nobody noticed.
test.each(modules)('%s loads', async (name) => {
  await expect(import(`../../src/core/access/${name}.ts`)).resolves.toBeDefined();
});
