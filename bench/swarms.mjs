import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Subscribers of one process at most: more would have it, and not the server, be what is waited for. */
const perProcess = 2_500;
/** Files a process has open besides its sockets. */
const otherFiles = 500;

/**
 * Starts processes for subscribers and opens these: `{ headers, variables }` each, `atOnce` in all at a time.
 *
 * @returns `tookMs` until the last stood, `connectMs` of each, and what may be asked of the subscribers afterwards:
 * `report`, `stopReading` (of the first process: begin with those who are to), `readAgain`, `close`
 * @throws where a server cannot have so many sockets (`ulimit -n`)
 */
export async function openSwarm({ url, query, subscribers, atOnce = 200, events, each = perProcess }) {
  const most = openFilesLimit();
  if (subscribers.length + otherFiles > most)
    throw new Error(`${subscribers.length} sockets need more open files than ${most}: ulimit -n`);
  const parts = [];
  for (let at = 0; at < subscribers.length; at += each) parts.push(subscribers.slice(at, at + each));
  const swarms = parts.map(() => startProcess());
  const all = (order, rest) => Promise.all(swarms.map((swarm) => swarm.send(order, rest)));
  const opened = await Promise.all(
    swarms.map((swarm, i) =>
      swarm.send('open', {
        url,
        query,
        subscribers: parts[i],
        atOnce: Math.ceil(atOnce / parts.length),
        events,
      }),
    ),
  );
  return {
    tookMs: Math.max(...opened.map(({ tookMs }) => tookMs)),
    connectMs: opened.flatMap(({ connectMs }) => connectMs),
    report: async () => {
      const reports = await all('report');
      return {
        events: reports.flatMap(({ events }) => events),
        latenciesMs: reports.flatMap(({ latenciesMs }) => latenciesMs),
        caughtUpMs: reports.flatMap(({ caughtUpMs }) => caughtUpMs),
        failed: reports.flatMap(({ failed }) => failed),
        repeated: reports.reduce((sum, { repeated }) => sum + repeated, 0),
        skipped: reports.reduce((sum, { skipped }) => sum + skipped, 0),
        open: reports.reduce((sum, { open }) => sum + open, 0),
      };
    },
    stopReading: (amount) => swarms[0].send('stopReading', { amount }),
    readAgain: () => all('readAgain'),
    close: () => Promise.all(swarms.map((swarm) => swarm.close())),
  };
}

function startProcess() {
  const child = fork(fileURLToPath(new URL('./swarm.mjs', import.meta.url)), {
    serialization: 'advanced',
    stdio: 'inherit',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    /** One order at a time. */
    send: (order, rest) =>
      new Promise((resolve, reject) => {
        const onExit = (code) => reject(new Error(`A process of subscribers ended with ${code}.`));
        child.once('exit', onExit);
        child.once('message', (answer) => {
          child.off('exit', onExit);
          resolve(answer);
        });
        child.send({ order, ...rest });
      }),
    close: async () => {
      if (child.connected) child.send({ order: 'close' });
      await ended;
    },
  };
}

/** Files that a process started from here may have open; no limit where /proc is not. */
function openFilesLimit() {
  try {
    const [, , hard] = /Max open files\s+(\S+)\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'));
    return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
