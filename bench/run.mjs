import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBenchDatabase } from './database.mjs';
import { compare } from './queries.bench.mjs';
import { questions } from './queries.mjs';
import { circumstances, comparisonTable, report, table } from './report.mjs';
import { startServers } from './servers.mjs';
import { openSignIn } from './sign-in.mjs';
import { commitToDelivery, fanOut, idleSubscribers } from './sockets.bench.mjs';

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
    subscribers: { type: 'string', default: '1000' },
  },
});
const { quick } = options;
installPeers();
const dist = resolve(options.build);
const customers = Number(options.customers ?? (quick ? 10_000 : 100_000));
const rounds = Number(options.rounds ?? (quick ? 3 : 7));
const seconds = Number(options.seconds ?? (quick ? 3 : 5));
const subscribers = Number(options.subscribers);
const connections = 20;
const log = (line) => console.error(line);

/** Figures of sockets by name, and what they are measured with. */
const socketCases = {
  idleSubscriber: async (shared) => {
    const { kB, connectMs } = await idleSubscribers(shared);
    return { 'idleSubscriber.kB': kB, 'idleSubscriber.connectMs': connectMs };
  },
  fanOut: async (shared) => {
    const { ratio, oursMs, rawMs } = await fanOut({ ...shared, rounds: quick ? 10 : 30 });
    return { 'fanOut.vsRawWs': ratio, 'fanOut.ms': oursMs, 'fanOut.rawWsMs': rawMs };
  },
  commitToDelivery: async (shared) => {
    const { p50Ms, p99Ms, delivered, written } = await commitToDelivery({
      ...shared,
      writesPerSecond: 100,
      seconds: quick ? 10 : 30,
    });
    return {
      'commitToDelivery.p50Ms': p50Ms,
      'commitToDelivery.p99Ms': p99Ms,
      'commitToDelivery.lost': written - delivered,
    };
  },
};
const all = [...Object.keys(questions), ...Object.keys(socketCases)];
const names = positionals.length > 0 ? positionals : all;
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}; there are ${all.join(', ')}.`);

const database = await openBenchDatabase({ dist, customers, log });
const signIn = await openSignIn({ dist, url: database.url });
const figures = {};
const sections = [];
try {
  const { encodeId } = await import(`${dist}/graphql/type-id.js`);
  const files = (await signIn.client`select id from customer order by md5(id::text) limit 200`).map(
    ({ id }) => id,
  );
  const others = options.beside
    .map((pair) => pair.split('='))
    .map(([name, folder]) => [name, resolve(folder)]);
  const builds = { ours: dist, ...Object.fromEntries(others) };
  const shared = { builds, url: database.url, signIn, material: { files, encodeId }, subscribers, log };

  const asked = names.filter((name) => name in questions);
  if (asked.length > 0) {
    const kinds = [...Object.keys(builds), ...options.peers.split(',').filter(Boolean)];
    const running = await startServers({ kinds, builds, url: database.url, env: signIn.env });
    try {
      const { headers } = await signIn.as(options.role);
      for (const question of asked) await measureQuestion(question, { ...shared, ...running, headers });
    } finally {
      await running.stop();
    }
  }
  for (const name of names.filter((one) => one in socketCases)) {
    const measured = await socketCases[name](shared);
    Object.assign(figures, measured);
    sections.push({
      heading: `${name}, ${subscribers} subscribers`,
      body: table(
        ['figure', 'value'],
        Object.entries(measured).map(([key, value]) => [key, value.toFixed(2)]),
      ),
    });
  }
} finally {
  await signIn.close();
  await database.stop();
}

async function measureQuestion(question, shared) {
  const results = await compare({
    ...shared,
    question,
    connections,
    seconds,
    rounds,
    databasePid: database.pid,
  });
  const ours = results.find(({ name }) => name === 'ours');
  for (const [name, ratio] of Object.entries(ours.ratioTo)) {
    if (name !== 'ours') figures[`${question}.vs${name[0].toUpperCase()}${name.slice(1)}`] = ratio;
  }
  figures[`${question}.perSecond`] = ours.perSecond;
  figures[`${question}.p99Ms`] = ours.p99Ms;
  sections.push({ heading: question, body: comparisonTable(results) });
}

const about = circumstances({ customers, quick });
const text = report({ title: `Benchmark: ${names.join(', ')}`, about, sections });
console.log(text);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, figures }, rounded, 2)}\n`);
if (!quick) {
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL(`${names.length === all.length ? 'all' : names.join('-')}-${customers}.md`, folder),
    text,
  );
}

/** The peers' packages are not the project's: they are installed when first needed. */
function installPeers() {
  const folder = fileURLToPath(new URL('./peers/', import.meta.url));
  if (existsSync(`${folder}node_modules`)) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
}

function rounded(_key, value) {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}
