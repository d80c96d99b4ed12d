import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchDatabase } from './database.mjs';
import { compare } from './queries.bench.mjs';
import { circumstances, comparisonTable, report } from './report.mjs';
import { startServers } from './servers.mjs';
import { openSignIn } from './sign-in.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    customers: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    /** Compiled JavaScript of the server to measure. */
    build: { type: 'string', default: 'dist' },
    /** name=folder: another build measured beside it, e.g. the one before a change. */
    beside: { type: 'string', multiple: true, default: [] },
    peers: { type: 'string', default: 'limit,postgraphile,naive,mercurius' },
    role: { type: 'string', default: 'MANAGER' },
  },
});
const dist = resolve(options.build);
const customers = Number(options.customers ?? (options.quick ? 10_000 : 100_000));
const rounds = Number(options.rounds ?? (options.quick ? 3 : 7));
const seconds = Number(options.seconds ?? (options.quick ? 3 : 5));
const connections = 20;
const names = positionals.length > 0 ? positionals : ['dashboardList', 'singleFile'];
const log = (line) => console.error(line);

const database = await openBenchDatabase({ dist, customers, log });
const signIn = await openSignIn({ dist, url: database.url });
const { encodeId } = await import(`${dist}/graphql/type-id.js`);
const figures = {};
const sections = [];
try {
  const builds = {
    ours: dist,
    ...Object.fromEntries(
      options.beside.map((pair) => pair.split('=')).map(([name, dir]) => [name, resolve(dir)]),
    ),
  };
  const kinds = [...Object.keys(builds), ...options.peers.split(',').filter(Boolean)];
  const running = await startServers({ kinds, builds, url: database.url, env: signIn.env });
  try {
    const viewer = await signIn.as(options.role);
    const files = (await signIn.client`select id from customer order by md5(id::text) limit 200`).map(
      ({ id }) => id,
    );
    for (const question of names) {
      const results = await compare({
        ...running,
        question,
        connections,
        seconds,
        rounds,
        log,
        headers: viewer.headers,
        material: { files, encodeId },
      });
      const ours = results.find(({ name }) => name === 'ours');
      for (const [name, ratio] of Object.entries(ours.ratioTo)) {
        if (name !== 'ours')
          figures[`${question}.vs${name[0].toUpperCase()}${name.slice(1)}`] = Number(ratio.toFixed(3));
      }
      figures[`${question}.perSecond`] = Math.round(ours.perSecond);
      sections.push({ heading: question, body: comparisonTable(results) });
    }
  } finally {
    await running.stop();
  }
} finally {
  await signIn.close();
  await database.stop();
}
const about = circumstances({ customers, quick: options.quick });
const text = report({ title: `Benchmark: ${names.join(', ')}`, about, sections });
console.log(text);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, figures }, null, 2)}\n`);
if (!options.quick) {
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true });
  writeFileSync(new URL(`./results/${names.join('-')}-${customers}.md`, import.meta.url), text);
}
