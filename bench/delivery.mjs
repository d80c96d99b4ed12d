// What following costs: commit to delivery with many subscribers, memory for each, and writers' throughput with the
// capture of changes on and off. Run `npm run build` before; `node bench/delivery.mjs --help` lists the options.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import WebSocket from 'ws';
import { openSignIn } from './sign-in.mjs';

const { values: options } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    writesPerSecond: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    /** Writers side by side when the capture is measured. */
    writers: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    build: { type: 'string', default: 'dist' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(
    'node bench/delivery.mjs [--subscribers 1000] [--writesPerSecond 100] [--seconds 20] [--writers 16] [--rounds 5]',
  );
  process.exit();
}
const number = (name) => Number(options[name]);
const dist = resolve(options.build);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const milliseconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

const dataDir = await mkdtemp(join(tmpdir(), 'customer-file-delivery-'));
const { startEmbeddedDatabase } = await import(`${dist}/database/embedded.js`);
const { migrateDatabase } = await import(`${dist}/database/migrate.js`);
const { encodeId } = await import(`${dist}/graphql/type-id.js`);
const embedded = await startEmbeddedDatabase({ dataDir, log: () => {} });
const stops = [() => rm(dataDir, { recursive: true, force: true }), embedded.stop];
try {
  await migrateDatabase(embedded.url);
  const sql = postgres(embedded.url, { max: number('writers'), onnotice: () => {} });
  stops.push(() => sql.end({ timeout: 5 }));
  console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);

  const subscribers = number('subscribers');
  await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, ${subscribers}) n`;
  await sql`insert into customer (name, owner_id) select '第' || e.name || n || '有限公司', e.id from employee e, generate_series(1, 3) n`;
  while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);

  await measureCapture(sql);

  const signIn = await openSignIn({ dist, url: embedded.url });
  stops.push(signIn.close);
  const server = await startServer(signIn.env);
  stops.push(server.stop);
  const people = [];
  for (let nth = 0; nth < subscribers; nth += 1) people.push(await signIn.as('SALES', nth));
  const idleBefore = await server.memoryMb();
  const { sockets, latencies } = await subscribe(people, server.url);
  stops.push(async () => {
    for (const socket of sockets) socket.terminate();
  });
  await pause(2_000);
  const idle = await server.memoryMb();
  console.log(
    `subscribers: ${sockets.length}, ${(((idle - idleBefore) * 1024) / sockets.length).toFixed(0)} kB each`,
  );

  const files = await sql`select id, owner_id from customer order by md5(id::text)`;
  const tokens = new Map(people.map(({ employeeId, headers }) => [employeeId, headers]));
  latencies.length = 0;
  let written = 0;
  let refused = 0;
  const everyMs = 1_000 / number('writesPerSecond');
  const cpuBefore = await server.cpuMs();
  const beganAt = performance.now();
  const pending = new Set();
  while (performance.now() - beganAt < number('seconds') * 1_000) {
    const due = beganAt + (written + 1) * everyMs - performance.now();
    if (due > 0) await pause(due);
    const { id, owner_id: owner } = files[written % files.length];
    written += 1;
    const writing = addContact(server.url, tokens.get(owner), encodeId('cus', id), written).then((ok) => {
      if (!ok) refused += 1;
      pending.delete(writing);
    });
    pending.add(writing);
  }
  await Promise.all(pending);
  const seconds = (performance.now() - beganAt) / 1_000;
  await pause(2_000);
  console.log(
    `API writes: ${(written / seconds).toFixed(0)}/s, refused ${refused}; delivered ${latencies.length} of ${written - refused}, ` +
      `change to delivery p50 ${milliseconds(quantile(latencies, 0.5))}, p99 ${milliseconds(quantile(latencies, 0.99))}; ` +
      `${milliseconds(((await server.cpuMs()) - cpuBefore) / written)} of the instance's processor for a write and its delivery`,
  );

  // As much as there is: rows changed in bulk, each an event to its owner.
  latencies.length = 0;
  const bulkCpu = await server.cpuMs();
  const bulkAt = performance.now();
  let bulk = 0;
  while (performance.now() - bulkAt < 10_000) {
    const rows =
      await sql`update customer set city = ${String(bulk)} where id in (select id from customer order by random() limit 200)`;
    bulk += rows.count;
    while (latencies.length < bulk - 2_000) await pause(5);
  }
  while (latencies.length < bulk && performance.now() - bulkAt < 60_000) await pause(10);
  const bulkSeconds = (performance.now() - bulkAt) / 1_000;
  const eachMs = ((await server.cpuMs()) - bulkCpu) / latencies.length;
  console.log(
    `at most: ${(latencies.length / bulkSeconds).toFixed(0)} events/s delivered by one instance, ` +
      `${milliseconds(eachMs)} of its processor for each`,
  );
} finally {
  for (const stop of stops.reverse()) await stop();
}

/** Rounds with and without the triggers that capture, in turn, so that what else runs on the machine meets both. */
async function measureCapture(sql) {
  const ids = (await sql`select id from customer`).map(({ id }) => id);
  const run = async (ms) => {
    const until = performance.now() + ms;
    let count = 0;
    await Promise.all(
      Array.from({ length: number('writers') }, async () => {
        while (performance.now() < until) {
          const id = ids[Math.floor(Math.random() * ids.length)];
          await sql`update customer set city = ${String(Math.random())} where id = ${id}`;
          count += 1;
        }
      }),
    );
    return count / (ms / 1_000);
  };
  const set = (state) => sql.unsafe(`alter table customer ${state} trigger capture_update`);
  await run(1_000);
  const ratios = [];
  const on = [];
  const off = [];
  for (let round = 0; round < number('rounds'); round += 1) {
    await set('disable');
    off.push(await run(2_000));
    await set('enable');
    on.push(await run(2_000));
    ratios.push(on.at(-1) / off.at(-1));
    while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);
  }
  console.log(
    `${options.writers} writers: ${quantile(off, 0.5).toFixed(0)}/s without capture, ${quantile(on, 0.5).toFixed(0)}/s with, ` +
      `ratio of a round ${(100 * quantile(ratios, 0.5)).toFixed(0)} %`,
  );
}

async function startServer(env) {
  const child = spawn(process.execPath, [`${dist}/main.js`], {
    env: { ...process.env, NODE_ENV: 'production', ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => child.once('exit', done));
  const url = await new Promise((found, failed) => {
    child.stdout.on('data', (bytes) => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(bytes)) ?? [];
      if (address) found(`${address}/graphql`);
    });
    child.once('exit', (code) => failed(new Error(`The server ended with ${code}.`)));
  });
  const metric = async (name) => {
    const metrics = await (await fetch(url.replace('/graphql', '/metrics'))).text();
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)[1]);
  };
  return {
    url,
    memoryMb: async () => (await metric('process_resident_memory_bytes')) / 1024 / 1024,
    /** Processor time so far: what the work costs, whatever else keeps the machine busy. */
    cpuMs: async () => (await metric('process_cpu_seconds_total')) * 1_000,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One socket for each person, following their own files; `latencies` grows by what each event took. */
async function subscribe(people, url) {
  const latencies = [];
  const query =
    'subscription { customerFileChanged { cursor type occurredAt customerId version customer { id name city } } }';
  const open = (authorization) =>
    new Promise((opened, failed) => {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
      socket.on('error', failed);
      socket.once('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
      );
      socket.on('message', (bytes) => {
        const message = JSON.parse(bytes);
        if (message.type === 'connection_ack') {
          socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
          socket.send(JSON.stringify({ type: 'ping' }));
        } else if (message.type === 'pong') opened(socket);
        else if (message.type === 'next') {
          const event = message.payload.data.customerFileChanged;
          if (event.type !== 'BOOKMARK')
            latencies.push(performance.timeOrigin + performance.now() - Date.parse(event.occurredAt));
        }
      });
    });
  const sockets = [];
  for (let at = 0; at < people.length; at += 50) {
    sockets.push(
      ...(await Promise.all(people.slice(at, at + 50).map(({ headers }) => open(headers.authorization)))),
    );
  }
  return { sockets, latencies };
}

async function addContact(url, headers, customerId, nth) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: 'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }',
      variables: { input: { customerId, name: `联系人${nth}` } },
    }),
  });
  return (await response.json()).data?.createContact != null;
}
