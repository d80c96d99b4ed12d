import { fileURLToPath } from 'node:url';
import { BaseSequencer } from 'vitest/node';
import suite from '../../vitest.config.ts';

/** The tests that judge the mutants of one file, the quickest first; see mutation.mjs. */
const judges = (process.env.MUTATION_JUDGES ?? '').split(',');
const place = (file: string) => judges.findIndex((name) => file.endsWith(`/${name}.test.ts`));

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
    include: judges.map((name) => `tests/${name}.test.ts`),
    sequence: { sequencer: QuickestFirst },
  },
};
