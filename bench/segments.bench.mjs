import { median } from './load.mjs';
import { table } from './report.mjs';
import { asked, segmentRule, segments, statistic } from './segments.queries.mjs';
import { startServers } from './servers.mjs';
import { statementMs } from './statement-time.mjs';

/** Questions to each server before anything is measured: their code is compiled by then, as after a minute of work. */
const warmUp = 500;
/** How often a page is asked for the time of its statement. */
const timed = 30;
/** A way of asking that takes longer than this many times the fastest one is not asked again. */
const hopeless = 5;

/**
 * Exact counts of typical segments and a statistic of two dimensions, or the first pages: ours beside hand-written SQL,
 * both over HTTP from a process of their own, one question at a time, in interleaved rounds.
 *
 * The hand-written SQL has every other advantage: no sign-in, no policy, no GraphQL, and of several ways to write it
 * the fastest counts. Both answers are compared, and both servers have served for a while, before anything is measured.
 * Of the time until a page some is the same for every question, so what PostgreSQL takes for the statements themselves,
 * planned and run, is told beside it.
 */
export const segmentCounts = (shared) => measureSegments(shared, 'count');
export const segmentPages = (shared) => measureSegments({ ...shared, rounds: shared.rounds * 10 }, 'page');

const answered = {
  question: ({ name }) => name,
  'ours ms': ({ oursMs }) => oursMs.toFixed(1),
  'hand-written ms': ({ handMs }) => handMs.toFixed(1),
  ratio: ({ ratio }) => ratio.toFixed(2),
};
const inDatabase = {
  'statement: ours ms': ({ oursStatementMs }) => oursStatementMs.toFixed(2),
  'statement: hand-written ms': ({ handStatementMs }) => handStatementMs.toFixed(2),
  'statement: ratio': ({ statementRatio }) => statementRatio.toFixed(2),
};
const counted = { members: ({ members }) => members };

async function measureSegments({ builds, url, signIn, headers, encodeId, rounds, database, log }, kind) {
  const { servers, stop } = await startServers({ kinds: ['ours', 'limit'], builds, url, env: signIn.env });
  try {
    const [server, limit] = servers;
    const { client } = signIn;
    const shared = { client, headers, encodeId, rounds, database, log, kind };
    const rows = await compareSegments({ server, limit, ...shared });
    const ratios = rows.map(({ ratio }) => ratio);
    const columns = { ...answered, ...(kind === 'page' ? inDatabase : counted) };
    return {
      figures: {
        [`segments.${kind}.worstRatio`]: Math.max(...ratios),
        [`segments.${kind}.medianRatio`]: median(ratios),
        ...(kind === 'page' && {
          'segments.page.statementWorstRatio': Math.max(...rows.map(({ statementRatio }) => statementRatio)),
          'segments.page.statementMedianRatio': median(rows.map(({ statementRatio }) => statementRatio)),
        }),
      },
      details: `\n\n${table(
        Object.keys(columns),
        rows.map((row) => Object.values(columns).map((tell) => tell(row))),
      )}`,
    };
  } finally {
    await stop();
  }
}

async function compareSegments({ server, limit, client, headers, encodeId, rounds, database, log, kind }) {
  const ask = async (query, variables) => {
    const startedMs = performance.now();
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    const ms = performance.now() - startedMs;
    if (errors) throw new Error(JSON.stringify(errors).slice(0, 400));
    return { data, ms };
  };
  const run = async (text) => {
    const startedMs = performance.now();
    const response = await fetch(`${limit.url}/sql`, { method: 'POST', body: text });
    const rows = await response.json();
    return { rows, ms: performance.now() - startedMs };
  };

  const compare = async (name, { query, read, readSql }, variables, texts) => {
    const ours = [];
    const first = read((await ask(query, variables)).data);
    let ways = [];
    for (const text of texts) {
      const { rows, ms } = await run(text);
      if (readSql(rows) !== first)
        throw new Error(`${name}: ${first.slice(0, 200)} is not ${readSql(rows).slice(0, 200)}`);
      ways.push({ text, firstMs: ms, ms: [] });
    }
    const quickestMs = Math.min(...ways.map(({ firstMs }) => firstMs));
    ways = ways.filter(({ firstMs }) => firstMs < quickestMs * hopeless + 50);
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ways) way.ms.push((await run(way.text)).ms);
      ours.push((await ask(query, variables)).ms);
    }
    const [best] = ways.sort((one, other) => median(one.ms) - median(other.ms));
    const handMs = median(best.ms);
    const oursMs = median(ours);
    const members = name.startsWith('count') ? first : '';
    log(`${name}: ours ${oursMs.toFixed(1)} ms, hand-written ${handMs.toFixed(1)} ms ${members}`);
    const row = { name, oursMs, handMs, ratio: oursMs / handMs, members };
    if (kind !== 'page') return row;
    const handStatementMs = await statementMs(database, timed, () => run(best.text));
    const oursStatementMs = await statementMs(database, timed, () => ask(query, variables));
    return { ...row, handStatementMs, oursStatementMs, statementRatio: oursStatementMs / handStatementMs };
  };

  const [{ id: team }] = await client`select id from team order by id offset 1 limit 1`;
  const segmentId = await savedSegment(ask);
  const all = segments({ team, teamId: encodeId('team', team), segmentId });
  const results = [];
  const question = asked[kind];
  const easy = all['region, industry and stage'];
  for (let nth = 0; nth < warmUp; nth += 1) {
    await ask(asked.page.query, { filter: easy.filter });
    await run(asked.page.sql(easy.sql[0]));
  }
  for (const [name, { filter, sql }] of Object.entries(all))
    results.push(await compare(`${kind} of ${name}`, question, { filter }, sql.map(question.sql)));
  if (kind === 'count')
    results.push(await compare('statistic by region and industry', statistic, {}, [statistic.sql]));
  return results;
}

/** A saved segment of AC-1, made on the first run. */
async function savedSegment(ask) {
  const { data } = await ask(
    `mutation Save($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }`,
    { input: { name: '近6个月有采购需求，预算≥50万', rule: segmentRule, idempotencyKey: 'bench-ac-1' } },
  );
  return data.createSegment.segment.id;
}
