import postgres from 'postgres';
import { percentiles } from './load.mjs';
import { processorMs, processorMsWithChildren } from './processor.mjs';
import { startServers } from './servers.mjs';
import { openSwarm } from './swarms.mjs';

const query =
  'subscription { customerFileChanged { cursor type occurredAt customerId version customer { id name city businessScope } } }';
const slow = 50;
const readers = 5;
const filesEach = 5;
const batch = 50;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What clients that stop reading cost, `eventsPerSecond` for `slowSeconds`: resident memory of the server, and how long
 * events take to those who do read, against a time in which all of them read.
 */
export async function slowClients({ builds, database, signInTo, eventsPerSecond, slowSeconds, log }) {
  const scratch = await database.scratch();
  const signIn = await signInTo(scratch.url);
  const sql = postgres(scratch.url, { max: 1, onnotice: () => {} });
  const running = await startServers({ kinds: ['ours'], builds, url: scratch.url, env: signIn.env });
  const [server] = running.servers;
  let swarm;
  try {
    await fill(sql, slow + readers);
    const subscribers = [];
    for (let nth = 0; nth < slow + readers; nth += 1) subscribers.push(await signIn.as('SALES', nth));
    swarm = await openSwarm({ url: server.url, query, subscribers });
    const write = () => changeSteadily(sql, eventsPerSecond, slowSeconds / 3);
    await write();
    await pause(2_000);
    await swarm.report();
    const spent = () => [processorMs(server.child.pid), processorMsWithChildren(database.pid)];
    const atFirst = spent();
    const perSecondBefore = await write();
    await pause(2_000);
    const quiet = await swarm.report();
    const [serverMs, databaseMs] = spent().map((ms, i) => (ms - atFirst[i]) / quiet.latenciesMs.length);
    const residentMb = () => server.memory().residentMb;
    const beforeMb = residentMb();
    await swarm.stopReading(slow);
    let peakMb = beforeMb;
    const sampling = setInterval(() => {
      peakMb = Math.max(peakMb, residentMb());
    }, 250);
    const perSecond = await changeSteadily(sql, eventsPerSecond, slowSeconds);
    clearInterval(sampling);
    const busy = await swarm.report();
    const ended = slow + readers - (await openAfterReading(swarm));
    const [before, during] = [quiet, busy].map(({ latenciesMs }) => percentiles(latenciesMs).p99Ms);
    log(
      `${slow} clients that stop reading, ${perSecond.toFixed(0)} events/s (${perSecondBefore.toFixed(0)} before): ${peakMb - beforeMb} MB more than ${beforeMb}; p99 of the others ${during.toFixed(0)} ms, ${before.toFixed(0)} ms before; ${ended} ended; ` +
        `processor ms of an event written and delivered: server ${serverMs.toFixed(2)}, database ${databaseMs.toFixed(2)}`,
    );
    return {
      figures: {
        'slowClients.eventsPerSecond': perSecond,
        'slowClients.growthMb': peakMb - beforeMb,
        'slowClients.othersP99Ratio': during / before,
        'slowClients.othersP99Ms': during,
        'slowClients.othersP99MsBefore': before,
        'slowClients.ended': ended,
        'slowClients.serverMsPerEvent': serverMs,
        'slowClients.databaseMsPerEvent': databaseMs,
      },
    };
  } finally {
    await swarm?.close();
    await running.stop();
    await Promise.all([sql.end({ timeout: 5 }), signIn.close()]);
    await scratch.drop();
  }
}

/** Those who stopped learn of their end only when they read. */
async function openAfterReading(swarm) {
  await swarm.readAgain();
  await pause(3_000);
  return (await swarm.report()).open;
}

/** Files of some kilobytes each, so that what is not read soon fills what the system holds for a connection. */
async function fill(sql, people) {
  await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, ${people}) n`;
  await sql`insert into customer (name, business_scope, owner_id) select '第' || n || '有限公司', repeat('经营范围', 1000), e.id from employee e, generate_series(1, ${filesEach}) n`;
  await sql`vacuum analyze customer`;
}

/** Changes random files in transactions of 50, and tells how many a second it came to. */
async function changeSteadily(sql, perSecond, seconds) {
  const beganAt = performance.now();
  let events = 0;
  while (performance.now() - beganAt < seconds * 1_000) {
    const rows =
      await sql`update customer set city = ${String(events)} where id in (select id from customer order by random() limit ${batch})`;
    events += rows.count;
    const dueMs = beganAt + (events / perSecond) * 1_000 - performance.now();
    if (dueMs > 0) await pause(dueMs);
  }
  return events / ((performance.now() - beganAt) / 1_000);
}
