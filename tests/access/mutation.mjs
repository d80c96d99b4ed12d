/*
 * Mutation tests of src/core/access: `npm run mutation`, or `npm run mutation -- guard write-policy` for some of its files;
 * what holds for all of them is in stryker.config.json.
 *
 * Each file is tested by its own tests alone, so that a mutant takes seconds and not the minutes of the matrices. Prints the
 * survivors, and a line of docs/access.md for each file.
 */
import { Stryker } from '@stryker-mutator/core';

/** Files of src/core/access, and the tests below tests/ that detect their mutants. */
const testsOf = {
  policy: ['access/page', 'access/policy'],
  guard: ['access/guard', 'access/policy'],
  'write-policy': ['access/write'],
  shield: ['access/guard', 'access/policy'],
  permissions: ['access/permissions'],
  'access-log-port': ['access/file-reads'],
  'analyst-pool': ['access/analyst'],
  'row-predicates': ['access/reach'],
};

const named = process.argv.slice(2);
const lines = [];
for (const [file, tests] of Object.entries(testsOf)) {
  if (named.length > 0 && !named.includes(file)) continue;
  // Read by mutation.config.ts in Stryker's worker.
  process.env.MUTATION_TESTS = ['access/load', ...tests].join(',');
  const mutants = await new Stryker({ mutate: [`src/core/access/${file}.ts`] }).runMutationTest();
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [found, missed] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  const score = ((100 * found) / (found + missed)).toFixed(1);
  lines.push(`| \`${file}.ts\` | ${found + missed} | ${found} | ${missed} | ${score} % |`);
}
console.log(['| File | Mutants | Found | Survived | Score |', '|---|---|---|---|---|', ...lines].join('\n'));
