// What live segments cost: from the commit of a change to the events it causes, and processor time for each change.
// Run `npm run build` before. Compares with the same changes while nobody follows a segment.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { loadData } from './data.load.mjs';
import { percentiles } from './load.mjs';
import { processorMs, processorMsWithChildren } from './processor.mjs';
import { openSignIn } from './sign-in.mjs';
import { subscribe } from './socket.client.mjs';

const { values: options } = parseArgs({
  options: {
    segments: { type: 'string', default: '200' },
    changesPerSecond: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    customers: { type: 'string', default: '10000' },
    build: { type: 'string', default: 'dist' },
  },
});
const number = (name) => Number(options[name]);
const dist = resolve(options.build);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const regions = ['EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA', 'CENTRAL_CHINA', 'SOUTHWEST'];
const stages = ['POTENTIAL', 'INTENT', 'WON', 'LOST'];
/** Rules as people save them, a fifth of each kind. */
const ruleAt = (nth) => {
  const region = { eq: regions[nth % regions.length] };
  const stage = { eq: stages[nth % stages.length] };
  const kinds = [
    { region, stage },
    {
      needs: {
        some: { createdAt: { withinLast: `P${1 + (nth % 12)}M` }, budgetMin: { gte: String(nth * 5_000) } },
      },
    },
    { stage, lastInteractionAt: { withinLast: `P${1 + (nth % 90)}D` } },
    {
      region,
      deals: { sum: { field: 'contractAmount', where: { stage: { eq: 'WON' } }, gte: String(nth * 1_000) } },
    },
    {
      region,
      needs: { none: { createdAt: { withinLast: `PT${1 + nth}H` } } },
      tags: { hasNone: ['不再联系'] },
    },
  ];
  return kinds[nth % kinds.length];
};

const dataDir = await mkdtemp(join(tmpdir(), 'customer-file-membership-'));
const { startEmbeddedDatabase } = await import(`${dist}/core/database/embedded.js`);
const { migrateDatabase } = await import(`${dist}/core/database/migrate.js`);
const { encodeId } = await import(`${dist}/core/graphql/schema/type-id.js`);
const embedded = await startEmbeddedDatabase({ dataDir, log: () => {} });
const stops = [() => rm(dataDir, { recursive: true, force: true }), embedded.stop];
try {
  await migrateDatabase(embedded.url);
  const adminUrl = new URL(embedded.adminUrl);
  adminUrl.pathname = new URL(embedded.url).pathname;
  const admin = postgres(adminUrl.href, { max: 2, onnotice: () => {} });
  await loadData(admin, number('customers'));
  await admin.end();
  const sql = postgres(embedded.url, { max: 8, onnotice: () => {} });
  stops.push(() => sql.end({ timeout: 5 }));
  const signIn = await openSignIn({ dist, url: embedded.url });
  stops.push(signIn.close);
  const server = await startServer(signIn.env);
  stops.push(server.stop);
  // A person has a few sockets at most.
  const followers = await signIn.asEach(await signIn.managers(Math.ceil(number('segments') / 4)));
  const ids = [];
  for (let nth = 0; nth < number('segments'); nth += 1) {
    const [row] = await sql`insert into segment (name, rule, owner_id, shared)
      values (${`细分${nth}`}, ${sql.json(ruleAt(nth))}, ${followers[0].employeeId}, true) returning id`;
    ids.push(encodeId('seg', row.id));
  }
  const files =
    await sql`select id, owner_id from customer where archived_at is null order by md5(id::text) limit 2000`;
  console.log(
    `${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}; ${options.customers} customers, ${options.changesPerSecond} changes/s`,
  );

  const unfollowed = await makeChanges(sql, files, server, () => {});
  console.log(`nobody follows: ${described(unfollowed)}`);

  /** When a version of a file was committed, and how long until its first event was here. */
  const committedAt = new Map();
  const latencies = [];
  const seen = new Set();
  let events = 0;
  const onEvent = ({ data, errors }) => {
    if (errors) throw new Error(JSON.stringify(errors));
    const { type, customerId, cause } = data.segmentMembershipChanged;
    if (type !== 'ENTERED' && type !== 'LEFT') return;
    events += 1;
    const at = committedAt.get(`${customerId} ${cause.version}`);
    if (at !== undefined) latencies.push(performance.now() - at);
    if (cause.kind === 'CHANGE') seen.add(`${customerId} ${cause.version}`);
  };
  const query =
    'subscription ($id: ID!) { segmentMembershipChanged(segmentId: $id) { cursor type customerId cause { kind version } } }';
  const sockets = [];
  stops.push(() => sockets.forEach((socket) => void socket.removeAllListeners('close').terminate()));
  for (const [nth, id] of ids.entries()) {
    const { headers } = followers[nth % followers.length];
    sockets.push(await subscribe({ url: server.url, headers, query, variables: { id }, onEvent }));
    for (let live = 0; live <= nth; ) {
      [{ live }] = await sql`select count(*)::int as live from live_segment`;
    }
  }
  await pause(2_000);
  const [{ members }] = await sql`select count(*)::int as members from live_member`;
  const onCommit = (id, version) => committedAt.set(`${encodeId('cus', id)} ${version}`, performance.now());
  const log =
    () => sql`select (select count(*)::int from outbox) as waiting, (select seq from membership_head) = last_seq as "isTaken",
      (select count(*)::int from event_log where subject = 'segment_membership' and type in ('ENTERED', 'LEFT')) as told
    from stream_head`;
  /** Every change is judged, and every event has arrived: else the cost would be that of a part. */
  const caughtUp = async () => {
    const giveUpAt = performance.now() + 120_000;
    for (let isWhole = false; !isWhole; ) {
      if (performance.now() > giveUpAt) throw new Error('Two minutes later not all events have come.');
      await pause(100);
      const [{ waiting, isTaken, told }] = await log();
      isWhole = waiting === 0 && isTaken && events >= told;
    }
  };
  const followed = await makeChanges(sql, files, server, onCommit, caughtUp);
  const { p50Ms, p99Ms } = percentiles(latencies);
  console.log(`${ids.length} live segments, ${members} members: ${described(followed)}`);
  console.log(
    `commit to event: p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, ${latencies.filter((ms) => ms > 1_000).length} of ${latencies.length} later than a second; ${events} events by ${seen.size} changes`,
  );
  console.log(
    `a change costs ${(followed.serverMs - unfollowed.serverMs).toFixed(1)} ms of the server's processor and ${(followed.databaseMs - unfollowed.databaseMs).toFixed(1)} ms of the database's more than when nobody follows`,
  );
} finally {
  for (const stop of stops.reverse()) await stop();
}

function described({ perSecond, serverMs, databaseMs }) {
  return `${perSecond.toFixed(0)} changes/s, ${serverMs.toFixed(1)} ms of the server's processor and ${databaseMs.toFixed(1)} ms of the database's for each`;
}

/** Changes that segments read, straight into the database, as many a second as asked for. */
async function makeChanges(sql, files, server, onCommit, caughtUp = async () => {}) {
  const seconds = number('seconds');
  const before = { server: processorMs(server.pid), database: processorMsWithChildren(embedded.pid) };
  const beganAt = performance.now();
  const pending = new Set();
  let made = 0;
  while (performance.now() - beganAt < seconds * 1_000) {
    const due = beganAt + (made * 1_000) / number('changesPerSecond') - performance.now();
    if (due > 0) await pause(due);
    const writing = changeAt(sql, files[made % files.length], made).then(({ id, version }) => {
      onCommit(id, version);
      pending.delete(writing);
    });
    pending.add(writing);
    made += 1;
  }
  await Promise.all(pending);
  const perSecond = made / ((performance.now() - beganAt) / 1_000);
  await caughtUp();
  await pause(2_000);
  return {
    perSecond,
    serverMs: (processorMs(server.pid) - before.server) / made,
    databaseMs: (processorMsWithChildren(embedded.pid) - before.database) / made,
  };
}

function draw(values) {
  return values[Math.floor(Math.random() * values.length)];
}

async function changeAt(sql, { id, owner_id: owner }, nth) {
  const statements = [
    () => sql`update customer set stage = ${draw(stages)}, region = ${draw(regions)} where id = ${id}`,
    () =>
      sql`insert into need (customer_id, item, budget_min) values (${id}, '设备', ${Math.floor(Math.random() * 900_000)})`,
    () =>
      sql`insert into interaction (customer_id, employee_id, kind, occurred_at, summary) values (${id}, ${owner}, 'VISIT', now(), '拜访')`,
    () => sql`update customer set address = ${`${nth}号`} where id = ${id}`,
  ];
  await statements[nth % statements.length]();
  const [row] = await sql`select id, version from customer where id = ${id}`;
  return row;
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
      if (address) found(address);
      else process.stderr.write(bytes);
    });
    child.once('exit', (code) => failed(new Error(`The server ended with ${code}.`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, pid: child.pid, stop };
}
