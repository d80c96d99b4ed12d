import { lineChart } from './chart.mjs';
import { ask, askOnce, median } from './load.mjs';
import { processorMs, processorMsWithChildren } from './processor.mjs';
import { ourList, questions } from './queries.mjs';
import { startServers } from './servers.mjs';

const connections = 20;
const pageSizes = [10, 25, 50, 100, 200];

/** What a row of a list costs, from 10 rows to 200: processor time of server and database. */
export async function timePerRow({ builds, url, signIn, headers, databasePid, seconds, rounds, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const [server] = servers;
    const costs = new Map(pageSizes.map((size) => [size, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const size of pageSizes) {
        const cost = await costOf({ server, requests: [ourList(size)], headers, databasePid, seconds });
        // The first round warms up.
        if (round > 0) costs.get(size).push(cost);
      }
    }
    const perRow = (size, key) => median(costs.get(size).map((cost) => cost[key])) / size;
    const total = (size) => perRow(size, 'serverMs') + perRow(size, 'databaseMs');
    const least = pageSizes[0];
    const most = pageSizes.at(-1);
    for (const size of pageSizes)
      log(`${size} rows: ${(total(size) * 1_000).toFixed(1)} µs of processor each`);
    return {
      figures: Object.fromEntries([
        ...pageSizes.map((size) => [`timePerRow.of${size}Us`, total(size) * 1_000]),
        ['timePerRow.growth', total(most) / total(least)],
      ]),
      chart: lineChart({
        title: 'Processor time per row of a dashboard list',
        xLabel: 'rows',
        yLabel: 'µs',
        series: {
          server: pageSizes.map((size) => [size, perRow(size, 'serverMs') * 1_000]),
          database: pageSizes.map((size) => [size, perRow(size, 'databaseMs') * 1_000]),
        },
      }),
    };
  } finally {
    await stop();
  }
}

/** What one answer costs while the number of customers grows: every loaded size that there is. */
export async function dataSize({ builds, database, signIn, signInTo, encodeId, seconds, rounds, log }) {
  const sizes = await database.sizes();
  const names = ['dashboardList', 'singleFile'];
  const series = Object.fromEntries(names.map((name) => [name, []]));
  for (const size of sizes) {
    const url = database.urlOf(size);
    const own = await signInTo(url);
    const { servers, stop } = await startServers({
      kinds: ['ours'],
      builds,
      url,
      env: { ...signIn.env, ...own.env },
    });
    try {
      const { headers } = await own.as('MANAGER');
      const files = (await own.client`select id from customer order by md5(id::text) limit 200`).map(
        ({ id }) => id,
      );
      for (const name of names) {
        const requests = questions[name].ours({ files, encodeId });
        const costs = [];
        for (let round = 0; round <= rounds; round += 1) {
          const shared = { server: servers[0], requests, headers, databasePid: database.pid, seconds };
          const cost = await costOf(shared);
          if (round > 0) costs.push(cost.serverMs + cost.databaseMs);
        }
        series[name].push([size, median(costs)]);
        log(`${size} customers: ${name} ${median(costs).toFixed(3)} ms of processor each`);
      }
    } finally {
      await stop();
      await own.close();
    }
  }
  return {
    figures: Object.fromEntries(
      names.flatMap((name) => [
        ...series[name].map(([size, ms]) => [`dataSize.${name}.of${size}Ms`, ms]),
        [`dataSize.${name}.growth`, series[name].at(-1)[1] / series[name][0][1]],
      ]),
    ),
    chart: lineChart({
      title: 'Processor time of an answer, server and database',
      xLabel: 'customers',
      yLabel: 'ms',
      logX: true,
      series,
    }),
  };
}

/** Resident memory of the server under load over a long time. */
export async function memoryOverTime({ builds, url, signIn, headers, material, memorySeconds, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const [server] = servers;
    const requests = [...questions.dashboardList.ours(), ...questions.singleFile.ours(material)];
    const startedMs = performance.now();
    const samples = [];
    const sampling = setInterval(() => {
      samples.push([(performance.now() - startedMs) / 1_000, server.memory().residentMb]);
    }, 1_000);
    try {
      await ask({ url: server.url, requests, headers, connections, seconds: memorySeconds });
    } finally {
      clearInterval(sampling);
    }
    const middleOf = (part) => median(part.map(([, mb]) => mb));
    const tenth = Math.max(1, Math.floor(samples.length / 10));
    // The first tenth is what everything costs once.
    const early = middleOf(samples.slice(tenth, 2 * tenth));
    const late = middleOf(samples.slice(-tenth));
    log(`memory: ${early} MB after a tenth of ${memorySeconds} s, ${late} MB at the end`);
    return {
      figures: { 'memory.earlyMb': early, 'memory.lateMb': late, 'memory.growth': late / early },
      chart: lineChart({
        title: 'Resident memory of the server under load',
        xLabel: 'seconds',
        yLabel: 'MB',
        series: { resident: samples.map(([second, mb]) => [Math.round(second), mb]) },
      }),
    };
  } finally {
    await stop();
  }
}

async function costOf({ server, requests, headers, databasePid, seconds }) {
  const { status, answer } = await askOnce({ url: server.url, request: requests[0], headers });
  if (status !== 200 || answer.errors) throw new Error(JSON.stringify(answer).slice(0, 400));
  const before = [processorMs(server.child.pid), processorMsWithChildren(databasePid)];
  const result = await ask({ url: server.url, requests, headers, connections, seconds });
  const answers = result.perSecond * result.seconds;
  return {
    serverMs: (processorMs(server.child.pid) - before[0]) / answers,
    databaseMs: (processorMsWithChildren(databasePid) - before[1]) / answers,
  };
}
