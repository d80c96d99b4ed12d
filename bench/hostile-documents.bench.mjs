import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ask, median } from './load.mjs';
import { questions } from './queries.mjs';
import { startServers } from './servers.mjs';

const field = 'viewer { id }';
/** Shapes that cost much more to validate than to send; each within what a body may hold. */
const shapes = {
  'an operation that does not run': `query A { __typename } query B { ${`${field} `.repeat(980)}}`,
  'repeats of one response key': `query A { ${'viewer { team { id } } '.repeat(440)}}`,
  aliases: `query A { ${Array.from({ length: 1_000 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
  directives: `query A { __typename ${'@skip(if: false) '.repeat(1_000)}}`,
  'a chain of fragments': `query A { ...f0 } ${Array.from({ length: 400 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} }`).join(' ')} fragment f400 on Query { __typename }`,
  'fragments in circles': `query A { ...f0 } ${Array.from({ length: 100 }, (_, i) => `fragment f${i} on Query { ...f${(i + 1) % 100} viewer { id } }`).join(' ')}`,
  'circular introspection': `query A { __schema { ${'types { fields { type { '.repeat(6)}name ${'} } } '.repeat(6)}} }`,
  depth: `query A { ${'customers { nodes { owner { team { leader { '.repeat(40)}id ${'} } } } } '.repeat(40)}}`,
  'unknown fields': `query A { ${Array.from({ length: 800 }, (_, i) => `customerz${i}`).join(' ')} }`,
  'a long list': `query A { nodes(ids: [${'"x",'.repeat(3_000)}]) { id } }`,
  'real work within the limits':
    'query A { customers(first: 50) { nodes { name contacts(first: 20) { nodes { name } } interactions(first: 20) { nodes { kind } } } } }',
};

/** How much a user's list suffers beside twenty senders of hostile documents, signed in and not. */
export async function hostileDocuments({ builds, url, signIn, material, seconds, log }) {
  const { servers, stop } = await startServers({ kinds: Object.keys(builds), builds, url, env: signIn.env });
  try {
    const figures = {};
    const user = await signIn.as('MANAGER');
    const attacker = await signIn.as('ANALYST');
    for (const server of servers) {
      const load = {
        url: server.url,
        requests: questions.singleFile.ours(material),
        headers: user.headers,
        connections: 1,
        seconds,
      };
      await ask(load);
      const quiet = await ask(load);
      const worst = { signedOut: 0, signedIn: 0 };
      for (const [who, headers] of [
        ['signedOut', {}],
        ['signedIn', attacker.headers],
      ]) {
        const measured = [];
        for (const [shape, document] of Object.entries(shapes)) {
          const storm = new Worker(new URL('./hostile-documents.storm.mjs', import.meta.url), {
            workerData: { url: server.url, headers, document, atOnce: 20 },
          });
          const { p99Ms } = await ask(load);
          storm.postMessage('stop');
          const [{ sent }] = await once(storm, 'message');
          await storm.terminate();
          measured.push(p99Ms);
          log(
            `${server.name ?? server.kind}, ${who}, ${shape}: p99 ${Math.round(p99Ms)} ms beside ${sent} documents, ${Math.round(quiet.p99Ms)} ms alone`,
          );
        }
        worst[who] = Math.max(...measured);
        figures[`hostileDocuments.${who}.p99Ms`] = worst[who];
        figures[`hostileDocuments.${who}.medianP99Ms`] = median(measured);
      }
      figures['hostileDocuments.quietP99Ms'] = quiet.p99Ms;
    }
    return { figures };
  } finally {
    await stop();
  }
}
