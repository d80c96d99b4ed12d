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
};
/** Heavy, and in order: many at once are slow because of what they read. */
const heavyList = {
  'real work within the limits':
    'query A { customers(first: 50) { nodes { name contacts(first: 20) { nodes { name } } interactions(first: 20) { nodes { kind } } } } }',
};

/** How much a user's list suffers beside twenty senders of hostile documents, signed in and not, and beside one colleague's heavy lists. */
export async function hostileDocuments({ builds, url, signIn, material, seconds, log }) {
  const { servers, stop } = await startServers({ kinds: Object.keys(builds), builds, url, env: signIn.env });
  try {
    const figures = {};
    const user = await signIn.as('MANAGER');
    const attacker = await signIn.as('ANALYST');
    const [, colleague] = await signIn.asEach(await signIn.managers(2));
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
      for (const [who, headers, documents] of [
        ['signedOut', {}, { ...shapes, ...heavyList }],
        ['signedIn', attacker.headers, { ...shapes, ...heavyList }],
        ['colleague', colleague.headers, heavyList],
      ]) {
        const measured = [];
        for (const [shape, document] of Object.entries(documents)) {
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
        figures[`hostileDocuments.${who}.p99Ms`] = Math.max(...measured);
        figures[`hostileDocuments.${who}.medianP99Ms`] = median(measured);
      }
      figures['hostileDocuments.quietP99Ms'] = quiet.p99Ms;
    }
    return { figures };
  } finally {
    await stop();
  }
}
