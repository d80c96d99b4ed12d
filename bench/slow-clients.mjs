// What clients that stop reading cost: memory of the instance, and how long events take to those who do read.
// `node bench/slow-clients.mjs --slow 50 --eventsPerSecond 1000 --seconds 60`, after `npm run build`.
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
    slow: { type: 'string', default: '50' },
    readers: { type: 'string', default: '5' },
    eventsPerSecond: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    build: { type: 'string', default: 'dist' },
  },
});
const number = (name) => Number(options[name]);
const dist = resolve(options.build);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];

const dataDir = await mkdtemp(join(tmpdir(), 'customer-file-slow-'));
const { startEmbeddedDatabase } = await import(`${dist}/database/embedded.js`);
const { migrateDatabase } = await import(`${dist}/database/migrate.js`);
const embedded = await startEmbeddedDatabase({ dataDir, log: () => {} });
const stops = [() => rm(dataDir, { recursive: true, force: true }), embedded.stop];
try {
  await migrateDatabase(embedded.url);
  const sql = postgres(embedded.url, { max: 2, onnotice: () => {} });
  stops.push(() => sql.end({ timeout: 5 }));
  const people = number('slow') + number('readers');
  await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, ${people}) n`;
  // Some kilobytes each, so that what is not read soon fills what the system holds for a connection.
  await sql`insert into customer (name, business_scope, owner_id) select '第' || n || '有限公司', repeat('经营范围', 1000), e.id from employee e, generate_series(1, 5) n`;
  while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);
  const signIn = await openSignIn({ dist, url: embedded.url });
  stops.push(signIn.close);
  const server = await startServer(signIn.env);
  stops.push(server.stop);

  const latencies = [];
  const clients = [];
  for (let nth = 0; nth < people; nth += 1) {
    const { headers } = await signIn.as('SALES', nth);
    clients.push(await open(server.url, headers.authorization, (latencyMs) => latencies.push(latencyMs)));
  }
  stops.push(async () => {
    for (const client of clients) client.terminate();
  });
  const write = async (seconds) => {
    const batch = 50;
    const beganAt = performance.now();
    let events = 0;
    while (performance.now() - beganAt < seconds * 1_000) {
      const rows =
        await sql`update customer set city = ${String(events)} where id in (select id from customer order by random() limit ${batch})`;
      events += rows.count;
      const due = beganAt + (events / number('eventsPerSecond')) * 1_000 - performance.now();
      if (due > 0) await pause(due);
    }
    return events / ((performance.now() - beganAt) / 1_000);
  };

  console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
  await write(10);
  await pause(2_000);
  latencies.length = 0;
  await write(Math.min(20, number('seconds')));
  await pause(2_000);
  const before = {
    memoryMb: await server.memoryMb(),
    p99: quantile(latencies, 0.99),
    count: latencies.length,
  };
  latencies.length = 0;
  let ended = 0;
  for (const client of clients.slice(0, number('slow'))) {
    client.once('close', () => {
      ended += 1;
    });
    client._socket.pause();
  }
  let peakMb = 0;
  const sampling = setInterval(async () => {
    peakMb = Math.max(peakMb, await server.memoryMb());
  }, 1_000);
  const rate = await write(number('seconds'));
  clearInterval(sampling);
  const p99 = quantile(latencies, 0.99);
  for (const client of clients.slice(0, number('slow'))) client._socket?.resume();
  await pause(3_000);
  console.log(
    `${rate.toFixed(0)} events/s for ${options.seconds} s, ${options.slow} clients not reading: ` +
      `memory ${before.memoryMb.toFixed(0)} MB before, ${peakMb.toFixed(0)} MB at most (${(peakMb - before.memoryMb).toFixed(0)} more); ` +
      `others' p99 ${before.p99.toFixed(0)} ms before, ${p99.toFixed(0)} ms during; ${ended} of them ended by the server`,
  );
} finally {
  for (const stop of stops.reverse()) await stop();
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
  return {
    url,
    memoryMb: async () => {
      const metrics = await (await fetch(url.replace('/graphql', '/metrics'))).text();
      return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)[1]) / 1024 / 1024;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A socket that follows the person's own files. */
function open(url, authorization, tell) {
  const query =
    'subscription { customerFileChanged { cursor type occurredAt customer { id name city businessScope } } }';
  return new Promise((opened, failed) => {
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
        const { type, occurredAt } = message.payload.data.customerFileChanged;
        if (type !== 'BOOKMARK') tell(performance.timeOrigin + performance.now() - Date.parse(occurredAt));
      }
    });
  });
}
