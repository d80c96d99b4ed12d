import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processIdentity } from '../../src/core/database/embedded-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the project, for the compiled code to find its packages. */
const compiled = join(root, 'node_modules/.cache/start-tests');

export const isRoot = process.getuid?.() === 0;

/** Compiles the sources: a process of its own is needed to be killed, and Node 20 runs no TypeScript. */
export function compile(): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['--project', join(root, 'tsconfig.build.json'), '--noCheck', '--outDir', compiled];
  execFileSync(process.execPath, [compiler, ...args]);
  return compiled;
}

export interface Opened {
  url: string;
  adminUrl: string;
  /** Of PostgreSQL. */
  pid: number;
}

/** Starts a process that opens the database of a data folder, as a server would, and holds it. */
export function holdDatabase(dataDir: string) {
  const script = join(root, 'tests/start/hold-database.mjs');
  const args = [script, join(compiled, 'core/database/embedded.js'), dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close').then(([code]) => code as number | null);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return {
    child,
    closed,
    /** What it told its operator. */
    get said() {
      return said;
    },
    /** Resolves once the database is open, rejects if the process ends first. */
    async opened(): Promise<Opened> {
      for await (const line of createInterface(child.stdout)) return JSON.parse(line);
      throw new Error(`The database did not open: ${said}`);
    },
    end(signal: NodeJS.Signals) {
      child.kill(signal);
      return closed;
    },
  };
}

/** Whether the process still runs; one that ended and that nobody has asked after yet does not. */
export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** A new folder that PostgreSQL's user may enter, and how to remove it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'start-test-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
