import postgres from 'postgres';
import { median } from './load.mjs';
import { table } from './report.mjs';
import { asked, segmentRule, segments, statistic } from './segments.queries.mjs';
import { startServers } from './servers.mjs';

/** A way of asking that takes longer than this many times the fastest one is not asked again. */
const hopeless = 5;
/** What takes less is asked five times as often. */
const shortMs = 200;

/**
 * First page and exact count of typical segments, and a statistic of two dimensions: ours over HTTP beside
 * hand-written SQL over postgres.js on one connection with our settings. One question at a time, in interleaved rounds.
 *
 * The hand-written SQL has every advantage: no HTTP, no sign-in, no policy, no GraphQL, and of several ways to write
 * it the fastest counts. Both answers are compared before anything is measured.
 */
export async function segmentQuestions({ builds, url, signIn, headers, encodeId, rounds, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const rows = await compareSegments({ server: servers[0], url, headers, encodeId, rounds, log });
    const worst = (kind) =>
      Math.max(...rows.filter(({ name }) => name.startsWith(kind)).map(({ ratio }) => ratio));
    const overheads = rows
      .filter(({ name }) => name.startsWith('page'))
      .map(({ oursMs, handMs }) => oursMs - handMs);
    return {
      figures: {
        'segments.worstCountRatio': worst('count of'),
        'segments.statisticRatio': worst('statistic'),
        'segments.worstPageRatio': worst('page'),
        'segments.medianPageOverheadMs': median(overheads),
      },
      details: `\n\n${table(
        ['question', 'ours ms', 'hand-written ms', 'ratio', 'members'],
        rows.map(({ name, oursMs, handMs, ratio, members }) => [
          name,
          oursMs.toFixed(1),
          handMs.toFixed(1),
          ratio.toFixed(2),
          members,
        ]),
      )}`,
    };
  } finally {
    await stop();
  }
}

async function compareSegments({ server, url, headers, encodeId, rounds, log }) {
  const client = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { TimeZone: 'UTC', jit: 'off', work_mem: '16MB' },
  });
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
    const [[json]] = await client.unsafe(text).values();
    const rows = JSON.parse(json);
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
    // What takes milliseconds is asked more often: its median is taken of noise.
    const times = quickestMs < shortMs ? rounds * 5 : rounds;
    for (let round = 0; round < times; round += 1) {
      for (const way of ways) way.ms.push((await run(way.text)).ms);
      ours.push((await ask(query, variables)).ms);
    }
    const handMs = Math.min(...ways.map(({ ms }) => median(ms)));
    const oursMs = median(ours);
    const members = name.startsWith('count') ? first : '';
    log(`${name}: ours ${oursMs.toFixed(1)} ms, hand-written ${handMs.toFixed(1)} ms ${members}`);
    return { name, oursMs, handMs, ratio: oursMs / handMs, members };
  };

  try {
    const [{ id: team }] = await client`select id from team order by id offset 1 limit 1`;
    const segmentId = await savedSegment(ask);
    const all = segments({ team, teamId: encodeId('team', team), segmentId });
    const results = [];
    for (const [name, { filter, sql }] of Object.entries(all)) {
      for (const [kind, question] of Object.entries(asked)) {
        results.push(await compare(`${kind} of ${name}`, question, { filter }, sql.map(question.sql)));
      }
    }
    results.push(await compare('statistic by region and industry', statistic, {}, [statistic.sql]));
    return results;
  } finally {
    await client.end();
  }
}

/** A saved segment of AC-1, made on the first run. */
async function savedSegment(ask) {
  const { data } = await ask(
    `mutation Save($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }`,
    { input: { name: '近6个月有采购需求，预算≥50万', rule: segmentRule, idempotencyKey: 'bench-ac-1' } },
  );
  return data.createSegment.segment.id;
}
