import postgres from 'postgres';
import { percentiles } from './load.mjs';
import { processorMs, processorMsWithChildren } from './processor.mjs';
import { startServers } from './servers.mjs';
import { presentCursor, socketsPerEmployee } from './sockets.bench.mjs';
import { openSwarm } from './swarms.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const query =
  'subscription ($after: String) { customerFileChanged(after: $after) { cursor type occurredAt customerId version changes { field newValue } customer { id stage updatedAt } } }';

/** Everybody at once, as after an instance has gone: time until all subscribe, and what each costs in memory. */
export async function connectStorm({ builds, url, signIn, amounts, log }) {
  const figures = {};
  for (const amount of amounts) {
    const { servers, stop } = await startServers({ kinds: ['ours'], builds, url, env: signIn.env });
    try {
      const [server] = servers;
      const employees = await signIn.managers(Math.ceil(amount / (socketsPerEmployee - 1)));
      const signedIn = await signIn.asEach(employees);
      const subscribers = Array.from({ length: amount }, (_, i) => ({
        headers: signedIn[i % signedIn.length].headers,
      }));
      const open = (some) => openSwarm({ url: server.url, query, subscribers: some, atOnce: some.length });
      // What the first ones load once is not theirs.
      await (await open(subscribers.slice(0, 20))).close();
      await pause(1_000);
      const before = server.memory().residentMb;
      const swarm = await open(subscribers);
      await pause(2_000);
      const { residentMb } = server.memory();
      const { open: standing, failed } = await swarm.report();
      await swarm.close();
      if (failed.length > 0)
        log(`connect storm: ${failed.length} of ${amount} did not get in, as: ${failed[0]}`);
      const { p50Ms, p99Ms } = percentiles(swarm.connectMs);
      const kB = ((residentMb - before) * 1024) / standing;
      log(
        `connect storm: ${standing} of ${amount} stand after ${Math.round(swarm.tookMs)} ms (p50 ${Math.round(p50Ms)}, p99 ${Math.round(p99Ms)}), ${kB.toFixed(1)} kB each`,
      );
      const name = `connectStorm.of${amount}`;
      Object.assign(figures, {
        [`${name}.kB`]: kB,
        [`${name}.allMs`]: swarm.tookMs,
        [`${name}.p99Ms`]: p99Ms,
        [`${name}.refused`]: amount - standing,
      });
    } finally {
      await stop();
    }
  }
  return { figures };
}

const filesEach = 5;
const others = 20;
const giveUpAfterMs = 15 * 60_000;
/** Changes a second that those who stayed connected are told of. */
const othersPerSecond = 20;

/**
 * All clients come back at once, each with so many events missed: time until all have them, whether any is lost or
 * comes twice, the memory and the processor time it takes, and how long events take meanwhile to those who were
 * connected all the time.
 */
export async function resumeStorm({ builds, database, databasePid, signInTo, clients, missed, log }) {
  const scratch = await database.scratch();
  const signIn = await signInTo(scratch.url);
  const sql = postgres(scratch.url, { max: 2, onnotice: () => {} });
  const running = await startServers({ kinds: ['ours'], builds, url: scratch.url, env: signIn.env });
  const [server] = running.servers;
  const swarms = [];
  try {
    await fill(sql, clients + others);
    const people = [];
    for (let nth = 0; nth < clients + others; nth += 1) people.push(await signIn.as('SALES', nth));
    const connected = await openSwarm({ url: server.url, query, subscribers: people.slice(clients) });
    swarms.push(connected);
    const [ownFiles, othersFiles] = await Promise.all(
      [people.slice(0, clients), people.slice(clients)].map((some) => filesOf(sql, some)),
    );
    await drain(sql);
    const after = await presentCursor(server.url, people[0].headers);
    for (let round = 0; round < missed / filesEach; round += 1) {
      await sql`update customer set city = ${String(round)} where id = any (${ownFiles})`;
      await drain(sql);
    }
    let isOver = false;
    const trickle = async (isDone) => {
      for (let nth = 0; !isDone(nth); nth += 1) {
        const beganMs = performance.now();
        await sql`update customer set city = ${String(nth)} where id = ${othersFiles[nth % othersFiles.length]}`;
        await pause(Math.max(0, beganMs + 1_000 / othersPerSecond - performance.now()));
      }
    };
    await trickle((nth) => nth === 5 * othersPerSecond);
    await connected.report();
    await trickle((nth) => nth === 10 * othersPerSecond);
    const before = percentiles((await connected.report()).latenciesMs);
    const { residentMb } = server.memory();
    let peakMb = residentMb;
    const sampling = setInterval(() => {
      peakMb = Math.max(peakMb, server.memory().residentMb);
    }, 100);
    const trickling = trickle(() => isOver);
    const spentMs = () => [processorMs(server.child.pid), processorMsWithChildren(databasePid)];
    const spentBeforeMs = spentMs();
    const startedMs = performance.now();
    const storm = await openSwarm({
      url: server.url,
      query,
      subscribers: people.slice(0, clients).map(({ headers }) => ({ headers, variables: { after } })),
      atOnce: clients,
      events: missed,
      each: Math.ceil(clients / 2),
    });
    swarms.push(storm);
    let report = await storm.report();
    const caughtUpMs = [...report.caughtUpMs];
    while (caughtUpMs.length < clients && performance.now() - startedMs < giveUpAfterMs) {
      await pause(200);
      report = await storm.report();
      caughtUpMs.splice(0, caughtUpMs.length, ...report.caughtUpMs);
    }
    const allMs = performance.now() - startedMs;
    const [serverMs, databaseMs] = spentMs().map((ms, i) => ms - spentBeforeMs[i]);
    isOver = true;
    clearInterval(sampling);
    await trickling;
    const during = percentiles((await connected.report()).latenciesMs);
    const came = report.events.reduce((sum, events) => sum + events, 0);
    const outstanding = clients * missed - came;
    const perSecond = came / (allMs / 1_000);
    log(
      `resume storm: ${clients} clients with ${missed} events each, ${caughtUpMs.length} caught up after ${(allMs / 1_000).toFixed(1)} s (${perSecond.toFixed(0)} events/s); ${report.skipped} lost, ${report.repeated} twice or out of order, ${outstanding} to come, ${report.failed.length} refused${report.failed[0] ? ` (${report.failed[0]})` : ''}; ` +
        `processor ${(serverMs / came).toFixed(3)} ms of the server and ${(databaseMs / came).toFixed(3)} of the database an event; memory ${residentMb} MB before, ${peakMb} at most; p99 of the others ${before.p99Ms.toFixed(0)} ms before, ${during.p99Ms.toFixed(0)} during`,
    );
    return {
      figures: {
        'resumeStorm.allMs': allMs,
        'resumeStorm.eventsPerSecond': perSecond,
        'resumeStorm.serverMsPerEvent': serverMs / came,
        'resumeStorm.databaseMsPerEvent': databaseMs / came,
        'resumeStorm.lost': report.skipped,
        'resumeStorm.outstanding': outstanding,
        'resumeStorm.repeated': report.repeated,
        'resumeStorm.growthMb': peakMb - residentMb,
        'resumeStorm.othersP99Ms': during.p99Ms,
        'resumeStorm.othersP99MsBefore': before.p99Ms,
      },
    };
  } finally {
    await Promise.all(swarms.map((swarm) => swarm.close()));
    await running.stop();
    await Promise.all([sql.end({ timeout: 5 }), signIn.close()]);
    await scratch.drop();
  }
}

async function fill(sql, people) {
  await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, ${people}) n`;
  await sql`insert into customer (name, owner_id) select '第' || e.name || n || '有限公司', e.id from employee e, generate_series(1, ${filesEach}) n`;
  await sql`vacuum analyze customer`;
}

const filesOf = async (sql, people) =>
  (
    await sql`select id from customer where owner_id = any (${people.map(({ employeeId }) => employeeId)}) order by id`
  ).map(({ id }) => id);

const drain = async (sql) => {
  while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);
};
