import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './tests/support/slowest-first.ts';

const graphql = fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url));

export default defineConfig({
  resolve: {
    // type-graphql and Apollo load graphql's CommonJS build. Without this our own imports
    // get its ES build, and graphql refuses types "from another module or realm".
    alias: [{ find: /^graphql$/, replacement: graphql }],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    sequence: { sequencer: SlowestFirst },
    setupFiles: ['reflect-metadata'],
    pool: 'forks',
    // What a file imports the next one has: importing the server took longer than most files.
    isolate: false,
    // Every file has a pool of connections and the server one process for each of them.
    maxWorkers: 2,
    // A test makes far more short-lived objects than a server. In V8's 16 MB for them many outlive their use by a moment,
    // are copied, and collecting them took a fifth of the suite's time.
    execArgv: ['--max-semi-space-size=64'],
    // Twice more on a shared CI machine, where a test can be starved of its time; a test that needs it is named in the output.
    retry: process.env.CI ? 2 : 0,
    // For the slowest machine: one that runs several suites at once takes ten times as long. Hooks are never repeated.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // A second, the default, is too little on a busy machine.
    expect: { poll: { timeout: 60_000 } },
  },
});
