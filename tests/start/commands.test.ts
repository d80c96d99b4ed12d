import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectFolder } from '../conventions/sources.ts';

test('npm run import explains itself: what was built loads by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli/import.js', '--help'], {
    cwd: projectFolder,
  });
  expect(stdout).toContain('--mapping');
});
