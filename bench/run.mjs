import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { capture } from './capture.bench.mjs';
import { openBenchDatabase } from './database.mjs';
import { dataSize, memoryOverTime, timePerRow } from './growth.bench.mjs';
import { hostileDocuments } from './hostile-documents.bench.mjs';
import { importing } from './import.bench.mjs';
import { loginStorm } from './login-storm.bench.mjs';
import { compare } from './queries.bench.mjs';
import { clients, cursorAfter, openMaterial, questions } from './queries.mjs';
import { circumstances, comparisonTable, report, table } from './report.mjs';
import { segmentCounts, segmentPages } from './segments.bench.mjs';
import { startServers } from './servers.mjs';
import { openSignIn } from './sign-in.mjs';
import { slowClients } from './slow-clients.bench.mjs';
import { commitToDelivery, fanOut, idleSubscribers } from './sockets.bench.mjs';
import { startUp } from './start-up.bench.mjs';
import { connectStorm, resumeStorm } from './storms.bench.mjs';

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
    /** How long `memory` runs. */
    minutes: { type: 'string', default: '10' },
    /** Events that each client of `resumeStorm` has missed. */
    missed: { type: 'string', default: '500' },
    /** Rows of the file that `importing` imports. */
    rows: { type: 'string', default: '20000' },
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
const results = new URL('./results/', import.meta.url);
const log = (line) => console.error(line);

/** Figures of what is not one question, by name; some draw a chart. */
const otherCases = {
  timePerRow,
  dataSize,
  memory: memoryOverTime,
  startUp,
  loginStorm,
  hostileDocuments,
  segmentCounts,
  segmentPages,
  capture,
  importing,
  connectStorm,
  resumeStorm,
  slowClients,
};
/** Take longer than a quick run has, or say nothing in one. */
const notQuick = [
  'dataSize',
  'hostileDocuments',
  'importing',
  'memory',
  'segmentCounts',
  'segmentPages',
  'commitToDeliveryBusy',
  'connectStorm',
  'resumeStorm',
  'slowClients',
];
/** What whoever judges a quick run looks for: it is no result when one of them is missing. */
const promised = [
  ...['dashboardList', 'singleFile']
    .flatMap((question) => [question, ...clients.map((client) => `${question}.${client}`)])
    .flatMap((question) => [`${question}.vsPostgraphile`, `${question}.vsLimit`]),
  'fanOut.vsRawWs',
  'idleSubscriber.kB',
  'commitToDelivery.p99Ms',
];

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
  commitToDelivery: (shared) => delivery('commitToDelivery', { ...shared, writesPerSecond: 100 }),
  commitToDeliveryBusy: (shared) => delivery('commitToDeliveryBusy', { ...shared, writesPerSecond: 1_000 }),
};
async function delivery(name, shared) {
  const { p50Ms, p99Ms, firstSecondP99Ms, delivered, written, writesPerSecond } = await commitToDelivery({
    ...shared,
    seconds: quick ? 10 : 30,
  });
  return {
    [`${name}.p50Ms`]: p50Ms,
    [`${name}.p99Ms`]: p99Ms,
    [`${name}.firstSecondP99Ms`]: firstSecondP99Ms,
    [`${name}.writesPerSecond`]: writesPerSecond,
    [`${name}.outstanding`]: written - delivered,
  };
}
const all = [...Object.keys(questions), ...Object.keys(socketCases), ...Object.keys(otherCases)];
const names = positionals.length > 0 ? positionals : all.filter((name) => !quick || !notQuick.includes(name));
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}; there are ${all.join(', ')}.`);

const database = await openBenchDatabase({ dist, customers, log });
const signIn = await openSignIn({ dist, url: database.url });
const figures = {};
const sections = [];
try {
  const { encodeId } = await import(`${dist}/core/graphql/schema/type-id.js`);
  const material = await openMaterial({ client: signIn.client, customers, encodeId });
  const others = options.beside
    .map((pair) => pair.split('='))
    .map(([name, folder]) => [name, resolve(folder)]);
  const builds = { ours: dist, ...Object.fromEntries(others) };
  const shared = { builds, url: database.url, signIn, material, subscribers, log };

  const asked = names.filter((name) => name in questions);
  if (asked.length > 0) {
    const kinds = [...Object.keys(builds), ...options.peers.split(',').filter(Boolean)];
    const running = await startServers({ kinds, builds, url: database.url, env: signIn.env });
    try {
      const { headers } = await signIn.as(options.role);
      const { url } = running.servers[0];
      if (asked.includes('deepPage'))
        material.deep.cursor = await cursorAfter({ url, headers, rows: material.deep.rows });
      for (const question of asked) await measureQuestion(question, { ...shared, ...running, headers });
    } finally {
      await running.stop();
    }
  }
  for (const name of names.filter((one) => one in socketCases))
    addSection(`${name}, ${subscribers} subscribers`, await socketCases[name](shared));
  for (const name of names.filter((one) => one in otherCases)) {
    const { headers } = await signIn.as(options.role);
    const measured = await otherCases[name]({
      ...shared,
      dist,
      headers,
      database,
      databasePid: database.pid,
      encodeId,
      signInTo: (url) => openSignIn({ dist, url }),
      seconds,
      rounds: Math.min(rounds, quick ? 2 : 3),
      memorySeconds: Number(options.minutes) * 60,
      roundMs: quick ? 1_000 : 2_000,
      amounts: [1_000, 10_000],
      clients: subscribers,
      missed: Number(options.missed),
      importRows: Number(options.rows),
      eventsPerSecond: 1_000,
      slowSeconds: 60,
    });
    addSection(
      name,
      measured.figures,
      measured.details ?? (measured.chart && addChart(name, measured.chart)),
    );
  }
} finally {
  await signIn.close();
  await database.stop();
}

function addSection(heading, measured, picture = '') {
  Object.assign(figures, measured);
  const rows = Object.entries(measured).map(([key, value]) => [key, value.toFixed(2)]);
  sections.push({ heading, body: `${table(['figure', 'value'], rows)}${picture}` });
}

/** Keeps a chart beside the reports; a quick run's would say too little. */
function addChart(name, svg) {
  if (quick) return '';
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${name}.svg`, results), svg);
  return `\n\n![${name}](${name}.svg)`;
}

/** A quick run asks the forms of clients for a shorter time, to stay within 10 minutes. */
function secondsOf(question) {
  const isForm = clients.some((client) => question.endsWith(`.${client}`));
  return quick && isForm ? Math.min(seconds, 2) : seconds;
}

async function measureQuestion(question, shared) {
  const results = await compare({
    ...shared,
    question,
    connections,
    seconds: secondsOf(question),
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
const missing =
  quick && positionals.length === 0 ? promised.filter((key) => !Number.isFinite(figures[key])) : [];
const text = report({ title: `Benchmark: ${names.join(', ')}`, about, sections });
console.log(text);
if (missing.length > 0) throw new Error(`Not measured: ${missing.join(', ')}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, figures }, rounded, 2)}\n`);
if (!quick) {
  mkdirSync(results, { recursive: true });
  const name = names.length === all.length ? 'all' : names.join('-');
  writeFileSync(new URL(`${name}-${customers}.md`, results), text);
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
