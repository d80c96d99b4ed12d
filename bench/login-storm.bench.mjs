import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ask, median } from './load.mjs';
import { questions } from './queries.mjs';
import { startServers } from './servers.mjs';

const connections = 20;

/** How much the slowest queries suffer while everybody signs in. */
export async function loginStorm({ builds, dist, url, signIn, headers, seconds, rounds, log }) {
  const { createPasswordHasher } = await import(`${dist}/core/session/password.js`);
  const password = 'storm-of-nine-in-the-morning';
  const ids = await signIn.managers(200);
  const hash = await createPasswordHasher().hash(password);
  const emails = (
    await signIn.client`update employee set password_hash = ${hash} where id = any(${ids}) returning email`
  ).map(({ email }) => email);
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const [server] = servers;
    const load = { url: server.url, requests: questions.dashboardList.ours(), headers, connections, seconds };
    await ask(load);
    const results = [];
    for (let round = 0; round < rounds; round += 1) {
      const quiet = await ask(load);
      const storm = new Worker(new URL('./sign-in.storm.mjs', import.meta.url), {
        workerData: { url: server.url, emails, password, atOnce: 50 },
      });
      const stormy = await ask(load);
      storm.postMessage('stop');
      const [{ admitted, refused }] = await once(storm, 'message');
      await storm.terminate();
      results.push({ quiet, stormy, signInsPerSecond: admitted / seconds, refused });
      log(
        `login storm ${round + 1}/${rounds}: p99 ${Math.round(quiet.p99Ms)} ms without, ${Math.round(stormy.p99Ms)} ms beside ${admitted} sign-ins, ${refused} refused`,
      );
    }
    const middle = (read) => median(results.map(read));
    return {
      figures: {
        'loginStorm.p99Ratio': middle(({ quiet, stormy }) => stormy.p99Ms / quiet.p99Ms),
        'loginStorm.p99Ms': middle(({ stormy }) => stormy.p99Ms),
        'loginStorm.quietP99Ms': middle(({ quiet }) => quiet.p99Ms),
        'loginStorm.signInsPerSecond': middle(({ signInsPerSecond }) => signInsPerSecond),
      },
    };
  } finally {
    await stop();
  }
}
