// What the access policy and its log cost. Needs a build: npm run build && node bench/policy-cost.mjs [customers]
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchDatabase } from './database.mjs';
import { median } from './load.mjs';
import { compare } from './queries.bench.mjs';
import { listOf, listWith, questions } from './queries.mjs';
import { circumstances, report, table } from './report.mjs';
import { startServers } from './servers.mjs';
import { openSignIn } from './sign-in.mjs';

const { values: options } = parseArgs({
  options: {
    customers: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '20' },
  },
});
const [customers, rounds, seconds, connections] = ['customers', 'rounds', 'seconds', 'connections'].map(
  (name) => Number(options[name]),
);
const dist = resolve('dist');

/** The same server three times; what the others lack is put out of action before they load. */
const builds = { ours: dist, 'without log': dist, 'without policy': dist };
const preloads = {
  'without log': './servers/without-log.mjs',
  'without policy': './servers/without-policy.mjs',
};

const cases = [
  { what: 'the dashboard list', role: 'MANAGER', question: questions.dashboardList.ours },
  { what: 'the dashboard list', role: 'SALES', question: questions.dashboardList.ours },
  { what: 'a list of no logged class', role: 'MANAGER', question: listWith('name title') },
  { what: 'a list with contact fields', role: 'MANAGER', question: listWith('phone wechat') },
  { what: 'a list with personal fields', role: 'MANAGER', question: listWith('phone birthday') },
];

const { encodeId } = await import(`${dist}/core/graphql/schema/type-id.js`);
const log = (line) => console.error(line);
const database = await openBenchDatabase({ dist, customers, log });
const signIn = await openSignIn({ dist, url: database.url });
const lines = [];
try {
  const running = await startServers({
    kinds: Object.keys(builds),
    builds,
    preloads,
    url: database.url,
    env: signIn.env,
  });
  try {
    for (const { what, role, question } of cases) {
      const { headers, employeeId } = await signIn.as(role);
      // Without the policy everybody sees everything: whoever sees only their own then asks for it.
      const own = role === 'SALES' && { 'without policy': listOf(encodeId('emp', employeeId)) };
      const results = await compare({
        ...running,
        questions: { [what]: { ours: question, ...own } },
        sameRows: true,
        question: what,
        headers,
        connections,
        seconds,
        rounds,
        databasePid: database.pid,
        log,
      });
      lines.push(lineOf(`${what}, ${role}`, results));
    }
  } finally {
    await running.stop();
  }
} finally {
  await signIn.close();
  await database.stop();
}

/** Medians of ours, and of the rounds' ratios to the same server without a part. */
function lineOf(name, [ours, withoutLog, withoutPolicy]) {
  const processorMs = ({ serverMs, databaseMs }) => serverMs + databaseMs;
  const cost = (other, figure) => {
    const ratio = median(ours.rounds.map((round, i) => figure(round) / figure(other.rounds[i])));
    return `${((ratio - 1) * 100).toFixed(1)} %`;
  };
  const latency = ({ p50Ms }) => p50Ms;
  return [
    name,
    processorMs(ours).toFixed(2),
    cost(withoutLog, processorMs),
    cost(withoutPolicy, processorMs),
    latency(ours).toFixed(1),
    cost(withoutLog, latency),
    cost(withoutPolicy, latency),
  ];
}

const text = report({
  title: 'What the policy costs',
  about: { ...circumstances({ customers }), connections, rounds },
  sections: [
    {
      heading: 'More than without, by processor time and by the median time of an answer',
      body: table(
        [
          'list',
          'processor ms',
          'of it the log',
          'policy and log',
          'p50 ms',
          'of it the log',
          'policy and log',
        ],
        lines,
      ),
    },
  ],
});
console.log(text);
writeFileSync(new URL('./results/policy-cost.md', import.meta.url), text);
