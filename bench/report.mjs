import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
/** Peers are installed by `bench/run.mjs` alone; what measures us against ourselves does without. */
function versionOf(path) {
  const file = new URL(path, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'none';
}

/** What a figure means nothing without. */
export function circumstances({ customers, quick }) {
  return {
    takenAt: new Date().toISOString(),
    commit:
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', 'src', 'drizzle') ? ' and changes' : ''),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    // Above the number of cores, others had a part of them: then only ratios and processor time mean anything.
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(' '),
    node: process.version,
    versions: {
      apollo: versionOf('../node_modules/@apollo/server/package.json'),
      fastify: versionOf('../node_modules/fastify/package.json'),
      postgraphile: versionOf('./peers/node_modules/postgraphile/package.json'),
      mercurius: versionOf('./peers/node_modules/mercurius/package.json'),
      postgres: 'embedded 18',
    },
    customers,
    quick,
  };
}

const whole = (value) => (value === undefined ? '' : String(Math.round(value)));

/** A result of `compare` as a Markdown table. */
export const comparisonTable = (results) =>
  table(
    [
      'Server',
      'requests/s',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'processor ms: server',
      'database',
      'answer kB',
      'peak MB',
      'ours is … times it',
    ],
    results.map((r) => [
      r.name,
      whole(r.perSecond),
      whole(r.p50Ms),
      whole(r.p95Ms),
      whole(r.p99Ms),
      r.serverMs.toFixed(2),
      r.databaseMs.toFixed(2),
      (r.bytes / 1000).toFixed(1),
      whole(r.peakMb),
      (results.find(({ name }) => name === 'ours')?.ratioTo[r.name] ?? 0).toFixed(2),
    ]),
  );

export const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A report: what was measured, under which circumstances. */
export function report({ title, about, sections }) {
  const { versions, ...rest } = about;
  const facts = { ...rest, ...versions };
  return [
    `# ${title}`,
    table(Object.keys(facts), [Object.values(facts)]),
    ...sections.map(({ heading, body }) => `## ${heading}\n\n${body}`),
    '',
  ].join('\n\n');
}
