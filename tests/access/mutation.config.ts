import { fileURLToPath } from 'node:url';
import { BaseSequencer } from 'vitest/node';
import suite from '../../vitest.config.ts';

/** The tests that are run on the mutants of one file, the fastest first; see mutation.mjs. */
const tests = (process.env.MUTATION_TESTS ?? '').split(',');
const place = (file: string) => tests.findIndex((name) => file.endsWith(`/${name}.test.ts`));

class QuickestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    return [...files].sort((a, b) => place(a.moduleId) - place(b.moduleId));
  }
}

export default {
  ...suite,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...suite.test,
    include: tests.map((name) => `tests/${name}.test.ts`),
    sequence: { sequencer: QuickestFirst },
  },
};
