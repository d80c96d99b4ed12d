import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../conventions/sources.ts';

/** One process of the server as it is started in production. */
export interface Instance {
  port: number;
  /** Without a word, as a machine that fails. */
  kill: () => Promise<void>;
  /** As a deployment stops it: it sends its clients elsewhere first. */
  stop: () => Promise<void>;
}

/** Compiles what `npm start` would run. */
export const buildServer = (): Promise<unknown> =>
  promisify(execFile)(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json', '--noCheck'],
    {
      cwd: projectFolder,
    },
  );

/** Starts an instance and waits until it serves. */
export async function startInstance(environment: Record<string, string>): Promise<Instance> {
  const child = spawn(process.execPath, [join(projectFolder, 'dist/main.js')], {
    cwd: projectFolder,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'fatal', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await portOf(child);
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal);
    await ended;
  };
  return { port, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** It says where it listens. */
const portOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (bytes) => {
        said += bytes;
        const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
        if (port) resolve(Number(port));
      });
    }
    child.once('exit', (code) => reject(new Error(`The instance ended with ${code}: ${said}`)));
  });
