import WebSocket from 'ws';
import { median, percentiles } from './load.mjs';
import { startServers } from './servers.mjs';
import { subscribeAll } from './socket.client.mjs';

const query = `subscription Watch($customerId: ID, $after: String) {
  customerFileChanged(customerId: $customerId, after: $after) { cursor type occurredAt customerId changes { field newValue } customer { id stage updatedAt } }
}`;
/** A server lets one employee have so many sockets; watchers are spread over as many employees as that takes. */
export const socketsPerEmployee = 20;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const giveUpAfterMs = 30_000;

/** What a subscriber that nothing happens to costs: memory, and the time to connect them all. */
export async function idleSubscribers({ builds, url, signIn, subscribers, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const [server] = servers;
    const people = await watchersOf(signIn, subscribers);
    // What the first ones load once is not theirs.
    const warm = await subscribeAll(people.slice(0, 20).map((headers) => quiet(server, headers)));
    for (const socket of warm.sockets) socket.terminate();
    await pause(1_000);
    const before = server.memory().residentMb;
    const { sockets, tookMs } = await subscribeAll(people.map((headers) => quiet(server, headers)));
    await pause(2_000);
    const kB = ((server.memory().residentMb - before) * 1024) / subscribers;
    log(`idle subscribers: ${subscribers} in ${Math.round(tookMs)} ms, ${kB.toFixed(1)} kB each`);
    for (const socket of sockets) socket.terminate();
    return { kB, connectMs: tookMs };
  } finally {
    await stop();
  }
}

const quiet = (server, headers) => ({ url: server.url, headers, query, onEvent: () => {} });

/** One change of one file to everybody who watches it, beside a plain broadcast of the same bytes. */
export async function fanOut({ builds, url, signIn, material, subscribers, rounds, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours', 'raw-ws'], builds, url, env: signIn.env });
  try {
    const [ours, raw] = servers;
    const [file] = material.files;
    const arrivals = counter(subscribers);
    let example = '';
    const people = await watchersOf(signIn, subscribers);
    const variables = {
      customerId: material.encodeId('cus', file),
      after: await presentCursor(ours.url, people[0]),
    };
    const onEvent = (payload) => {
      example ||= JSON.stringify({ id: '1', type: 'next', payload });
      arrivals.arrive();
    };
    const watching = await subscribeAll(
      people.map((headers) => ({ url: ours.url, headers, query, variables, onEvent })),
    );
    const plain = await Promise.all(
      people.map(
        () =>
          new Promise((resolve, reject) => {
            const socket = new WebSocket(raw.url.replace(/^http/, 'ws'), { perMessageDeflate: false });
            socket.on('message', (data) => {
              JSON.parse(data);
              arrivals.arrive();
            });
            socket.on('open', () => resolve(socket));
            socket.on('error', reject);
          }),
      ),
    );
    const change = async () => {
      await signIn.client`update customer set short_name = ${String(Math.random())} where id = ${file}`;
      return performance.now();
    };
    const broadcast = async () => {
      const startedMs = performance.now();
      await fetch(raw.url, { method: 'POST', body: example });
      return startedMs;
    };
    const timed = async (act) => {
      const all = arrivals.next();
      const startedMs = await act();
      return (await all) - startedMs;
    };
    for (let i = 0; i < 3; i += 1) {
      await timed(change);
      await timed(broadcast);
    }
    const results = { ours: [], raw: [] };
    for (let round = 0; round < rounds; round += 1) {
      results.raw.push(await timed(broadcast));
      results.ours.push(await timed(change));
    }
    for (const socket of [...watching.sockets, ...plain]) socket.terminate();
    const ratio = median(results.raw.map((rawMs, i) => rawMs / results.ours[i]));
    const [oursMs, rawMs] = [median(results.ours), median(results.raw)];
    log(
      `fan-out to ${subscribers}: ours ${oursMs.toFixed(1)} ms, raw ws ${rawMs.toFixed(1)} ms, ratio ${ratio.toFixed(2)}`,
    );
    return { ratio, oursMs, rawMs };
  } finally {
    await stop();
  }
}

/** Resolves with the moment the last of `amount` came. */
function counter(amount) {
  let left = 0;
  let done = () => {};
  return {
    arrive: () => {
      left -= 1;
      if (left === 0) done(performance.now());
    },
    next: () =>
      new Promise((resolve, reject) => {
        left = amount;
        const late = setTimeout(() => reject(new Error(`${left} of ${amount} did not come`)), giveUpAfterMs);
        done = (ms) => {
          clearTimeout(late);
          resolve(ms);
        };
      }),
  };
}

/** A server that has just started compiles its code and plans its statements meanwhile; not what a steady pace is about. */
const warmUpMs = 1_000;

/**
 * Changes at a steady pace, each to the owner of its file: from the change to the socket, by the database's clock.
 *
 * The percentiles leave out the first second, whose own is told beside them. What has not come 30 s after the last
 * change is outstanding, not lost: a machine that cannot keep up is behind by then.
 */
export async function commitToDelivery({ builds, url, signIn, subscribers, writesPerSecond, seconds, log }) {
  const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
  try {
    const [server] = servers;
    const owners = await signIn.client`select distinct owner_id from customer`;
    const [firstMs, latenciesMs] = [[], []];
    let startedMs = 0;
    const onEvent = ({ data }) => {
      const event = data?.customerFileChanged;
      if (!event?.customerId) return;
      const occurredMs = Date.parse(event.occurredAt) - performance.timeOrigin;
      const latencies = occurredMs < startedMs + warmUpMs ? firstMs : latenciesMs;
      latencies.push(performance.now() - occurredMs);
    };
    // One socket for each owner of files; the others are there to be many.
    const following = await signIn.asEach(owners.map(({ owner_id: id }) => id).slice(0, subscribers));
    const others = await watchersOf(signIn, subscribers - following.length);
    const variables = { after: await presentCursor(server.url, following[0].headers) };
    const { sockets } = await subscribeAll([
      ...following.map(({ headers }) => ({ url: server.url, headers, query, variables, onEvent })),
      ...others.map((headers) => quiet(server, headers)),
    ]);
    const written = writesPerSecond * seconds;
    const files = await signIn.client`select id from customer order by md5(id::text) limit ${written}`;
    await pause(1_000);
    startedMs = performance.now();
    await Promise.all(
      Array.from({ length: written }, async (_, i) => {
        await pause(Math.max(0, startedMs + (i * 1_000) / writesPerSecond - performance.now()));
        await signIn.client`update customer set short_name = ${String(Math.random())} where id = ${files[i % files.length].id}`;
      }),
    );
    const reached = written / ((performance.now() - startedMs) / 1_000);
    const giveUpAtMs = performance.now() + giveUpAfterMs;
    const came = () => firstMs.length + latenciesMs.length;
    while (came() < written && performance.now() < giveUpAtMs) await pause(50);
    for (const socket of sockets) socket.terminate();
    const delivered = came();
    const spreadMs = percentiles(latenciesMs);
    const { p99Ms: firstSecondP99Ms } = percentiles(firstMs);
    log(
      `commit to delivery at ${reached.toFixed(0)}/s, ${subscribers} subscribers: p50 ${spreadMs.p50Ms.toFixed(1)} ms, p99 ${spreadMs.p99Ms.toFixed(1)} ms, p99 of the first second ${firstSecondP99Ms.toFixed(1)} ms, ${delivered} of ${written} came`,
    );
    return { ...spreadMs, firstSecondP99Ms, delivered, written, writesPerSecond: reached };
  } finally {
    await stop();
  }
}

/** The end of the log: who follows from here misses nothing that happens while they connect. */
export async function presentCursor(url, headers) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ customerFileEvents { pageInfo { endCursor } } }' }),
  });
  return (await response.json()).data.customerFileEvents.pageInfo.endCursor;
}

/** Headers of so many watchers who may read every file. */
async function watchersOf(signIn, amount) {
  const employees = await signIn.managers(Math.ceil(amount / (socketsPerEmployee - 1)));
  const signedIn = await signIn.asEach(employees);
  return Array.from({ length: amount }, (_, i) => signedIn[i % signedIn.length].headers);
}
