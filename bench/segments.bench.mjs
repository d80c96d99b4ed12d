import postgres from 'postgres';
import { median } from './load.mjs';
import { asked, segmentRule, segments, statistic } from './segments.queries.mjs';

/** A way of asking that takes longer than this many times the fastest one is not asked again. */
const hopeless = 5;

/**
 * First page and exact count of typical segments, and a statistic of two dimensions: ours over HTTP beside
 * hand-written SQL over postgres.js on one connection with our settings. One question at a time, in interleaved rounds.
 *
 * The hand-written SQL has every advantage: no HTTP, no sign-in, no policy, no parsing of GraphQL, and of several ways
 * to write it the fastest counts. Both answers are compared before anything is measured.
 *
 * @returns rows { question, oursMs, handMs, ratio, found }
 */
export async function compareSegments({ server, url, signIn, dist, rounds, log }) {
  const { headers } = await signIn.as('MANAGER');
  const { encodeId } = await import(`${dist}/graphql/type-id.js`);
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
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ways) way.ms.push((await run(way.text)).ms);
      ours.push((await ask(query, variables)).ms);
    }
    const handMs = Math.min(...ways.map(({ ms }) => median(ms)));
    const oursMs = median(ours);
    const found = name.startsWith('count') ? first : '';
    log(`${name}: ours ${oursMs.toFixed(1)} ms, hand-written ${handMs.toFixed(1)} ms ${found}`);
    return { question: name, oursMs, handMs, ratio: oursMs / handMs, found };
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
    results.push(await compare('count and credit by region and industry', statistic, {}, [statistic.sql]));
    return results;
  } finally {
    await client.end();
  }
}

/** Milliseconds of a page by its place in the list and by its size: page 1, page 1,000; 10 and 200 rows. */
export async function measurePages({ server, signIn, rounds }) {
  const { headers } = await signIn.as('MANAGER');
  const query = `query Page($first: Int!, $after: String) { customers(first: $first, after: $after) { nodes { id fileNumber name region industry stage updatedAt } pageInfo { endCursor } } }`;
  const ask = async (variables) => {
    const startedMs = performance.now();
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data } = await response.json();
    return { ms: performance.now() - startedMs, page: data.customers };
  };
  let after = null;
  // 125 pages of 200 rows are 1,000 pages of 25 before the one that is measured.
  for (let page = 0; page < 125; page += 1)
    after = (await ask({ first: 200, after })).page.pageInfo.endCursor;
  const figures = {
    'page 1 of 25': { first: 25 },
    'page 1,001 of 25': { first: 25, after },
    '10 rows': { first: 10 },
    '200 rows': { first: 200 },
  };
  const measured = Object.fromEntries(Object.keys(figures).map((name) => [name, []]));
  for (let round = 0; round < rounds * 10; round += 1)
    for (const [name, variables] of Object.entries(figures)) measured[name].push((await ask(variables)).ms);
  return Object.fromEntries(Object.entries(measured).map(([name, ms]) => [name, median(ms)]));
}

/** A saved segment of AC-1, made on the first run. */
async function savedSegment(ask) {
  const { data } = await ask(
    `mutation Save($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }`,
    { input: { name: '近6个月有采购需求，预算≥50万', rule: segmentRule, idempotencyKey: 'bench-ac-1' } },
  );
  return data.createSegment.segment.id;
}
