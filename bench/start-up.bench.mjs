import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ask, median } from './load.mjs';
import { questions } from './queries.mjs';
import { startServers } from './servers.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const connections = 20;

/** Process start to ready on an existing database, resident memory idle and loaded, size of an installation. */
export async function startUp({ builds, url, signIn, headers, material, seconds, rounds, log }) {
  const readyMs = [];
  const idleMb = [];
  const loadedMb = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
    try {
      const [server] = servers;
      while (!(await fetch(`${server.url}/readyz`)).ok) await pause(10);
      readyMs.push(performance.now() - startedMs);
      await pause(2_000);
      idleMb.push(server.memory().residentMb);
      const requests = [...questions.dashboardList.ours(), ...questions.singleFile.ours(material)];
      await ask({ url: server.url, requests, headers, connections, seconds });
      loadedMb.push(server.memory().residentMb);
    } finally {
      await stop();
    }
  }
  const figures = {
    'startUp.readyMs': median(readyMs),
    'startUp.idleMb': median(idleMb),
    'startUp.loadedMb': median(loadedMb),
    'startUp.installMb': installBytes() / 2 ** 20,
  };
  log(`start-up: ready after ${Math.round(figures['startUp.readyMs'])} ms`);
  return { figures };
}

/** What `npm ci --omit=dev` puts on the disk of this machine. */
function installBytes() {
  const root = new URL('../', import.meta.url);
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path]) => fileURLToPath(new URL(path, root)))
    .filter(existsSync)
    .reduce((sum, folder) => sum + bytesBelow(folder), 0);
}

/** Bytes of the files of a package, without those of packages inside it, which are listed themselves. */
function bytesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesBelow(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
