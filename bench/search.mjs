import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchDatabase } from './database.mjs';
import { table } from './report.mjs';
import { loadNames } from './search.load.mjs';
import { measureQuality } from './search.quality.mjs';
import { measureSpeed } from './search.speed.mjs';
import { startServers } from './servers.mjs';
import { openSignIn } from './sign-in.mjs';

/**
 * What the search finds, by kind of text, on the sets in ../shared/data; and how long it takes among many files.
 *
 *     node bench/search.mjs quality
 *     node bench/search.mjs speed [--customers 1000000] [--url postgres://…]
 *
 * `--url` names a database that is loaded already, as its superuser.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'string', default: 'dist' },
    customers: { type: 'string', default: '1000000' },
    url: { type: 'string' },
    rounds: { type: 'string', default: '200' },
  },
});
const dist = resolve(options.build);
const log = (line) => console.error(line);
const [what = 'quality'] = positionals;
const measures = {
  quality: { measure: measureQuality, customers: 0, title: 'Search: found first, of 100' },
  speed: { measure: measureSpeed, customers: Number(options.customers), title: 'Search: milliseconds' },
};
const { measure, customers, title } = measures[what];

const database = options.url ? null : await openBenchDatabase({ dist, customers: 10_000, log });
const scratch = await database?.scratch();
const url = options.url ?? scratch.url;
const signIn = await openSignIn({ dist, url });
try {
  if (customers > 0 && !options.url) await loadNames(signIn.client, customers, log);
  const { servers, stop } = await startServers({
    kinds: ['ours'],
    builds: { ours: dist },
    url,
    env: signIn.env,
  });
  try {
    const search = async (text, { headers }, first = 20) => {
      const startedMs = performance.now();
      const response = await fetch(`${servers[0].url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({
          query:
            'query Search($text: String!, $first: Int) { customers(search: $text, first: $first) { nodes { id name } } }',
          variables: { text, first },
        }),
      });
      const { data, errors } = await response.json();
      if (errors) throw new Error(`${text}: ${JSON.stringify(errors).slice(0, 400)}`);
      return { nodes: data.customers.nodes, ms: performance.now() - startedMs };
    };
    const { columns, rows } = await measure({ search, signIn, rounds: Number(options.rounds), log });
    const text = `# ${title}\n\n${table(columns, rows)}\n`;
    console.log(text);
    if (!options.url) {
      const name = what === 'speed' ? `search-${customers}` : 'search-quality';
      writeFileSync(new URL(`./results/${name}.md`, import.meta.url), text);
    }
  } finally {
    await stop();
  }
} finally {
  await signIn.close();
  await scratch?.drop();
  await database?.stop();
}
