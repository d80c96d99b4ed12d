// `npm run dev`: node runs this again whenever a source changes; a broken source waits for its mending.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status === 0) await import('./dist/main.js');
else process.exitCode = 1;
