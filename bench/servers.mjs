import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** PostGraphile 5 needs Node 22; the npm package `node` brings one. */
const peerNode = here('./peers/node_modules/.bin/node');

const startWithinMs = 120_000;

const commands = {
  limit: (url, port) => [process.execPath, here('./servers/limit.mjs'), url, port],
  'raw-ws': (url, port) => [process.execPath, here('./servers/raw-ws.mjs'), url, port],
  naive: (url, port) => [process.execPath, here('./servers/naive.mjs'), url, port],
  mercurius: (url, port) => [peerNode, here('./peers/mercurius.mjs'), url, port],
  postgraphile: (url, port) => [peerNode, here('./peers/postgraphile.mjs'), url, port],
};

/**
 * Starts servers, each in a process of its own, and waits until all of them listen.
 *
 * `builds` maps a name such as `ours` to a folder of compiled JavaScript; `preloads` a name to a module that node
 * loads before the build.
 */
export async function startServers({ kinds, builds, preloads = {}, url, env, nodeOptions = [] }) {
  const servers = [];
  const stop = () => Promise.all(servers.map((server) => server.stop()));
  try {
    for (const name of kinds) {
      const port = String(await freePort());
      const build = builds[name];
      const preload = preloads[name] ? ['--import', here(preloads[name])] : [];
      const [command, ...args] = build
        ? [process.execPath, ...nodeOptions, ...preload, `${build}/main.js`]
        : commands[name](url, port);
      const child = spawn(command, args, {
        env: {
          ...process.env,
          NODE_ENV: 'production',
          GRAPHILE_ENV: 'production',
          ...(build && { ...env, PORT: port }),
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      servers.push({
        name,
        kind: build ? 'ours' : name,
        url: `http://127.0.0.1:${port}`,
        child,
        memory: () => memoryOf(child.pid),
        stop: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      });
    }
    await Promise.all(servers.map(listening));
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, stop };
}

/** A port that nobody listens on. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

async function listening({ name, url, child }) {
  const giveUpAtMs = performance.now() + startWithinMs;
  const { hostname, port } = new URL(url);
  while (!(await accepts(hostname, Number(port)))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    if (performance.now() > giveUpAtMs) throw new Error(`${name} does not listen at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const accepts = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });

/** Resident memory in MB, now and at its peak; null where /proc is not. */
function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (key) => Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
    return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
  } catch {
    return null;
  }
}
