import { fileURLToPath } from 'node:url';
import { BaseSequencer } from 'vitest/node';
import suite from '../../vitest.config.ts';

/** The tests that judge mutants of src/access: those that ask every role for every field; the quickest first. */
const judges = ['policy', 'permissions', 'matrix-write', 'matrix-output', 'matrix-order'];
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
    include: judges.map((name) => `tests/access/${name}.test.ts`),
    sequence: { sequencer: QuickestFirst },
  },
};
