import postgres from 'postgres';
import { median } from './load.mjs';
import { processorMsWithChildren } from './processor.mjs';
import { startServers } from './servers.mjs';

const writers = 16;
const warmUpMs = 1_000;

const visit = {
  kind: 'VISIT',
  direction: 'OUTBOUND',
  summary: '上门拜访设备报价与交付周期，客户关注质量与售后服务',
  outcome: '继续跟进',
};

/** A write of each kind that changes a file, and the trigger that captures it. */
const bySql = {
  update: {
    table: 'customer',
    trigger: 'capture_update',
    run: (sql, { id }) => sql`update customer set city = ${String(Math.random())} where id = ${id}`,
  },
  contact: {
    table: 'contact',
    trigger: 'capture_insert',
    run: (sql, { id }) =>
      sql`insert into contact (customer_id, name, title, mobile, email) values (${id}, '王小明', '采购经理', ${`+86138${String(Math.random()).slice(2, 10)}`}, ${`${Math.random()}@bench.example`})`,
  },
  interaction: {
    table: 'interaction',
    trigger: 'capture_insert',
    run: (sql, { id, owner_id }) =>
      sql`insert into interaction (customer_id, employee_id, kind, direction, occurred_at, summary, outcome) values (${id}, ${owner_id}, ${visit.kind}, ${visit.direction}, now(), ${visit.summary}, ${visit.outcome})`,
  },
};

/** The same as clients write: over HTTP, signed in, checked and answered. */
const byApi = {
  update: {
    ...bySql.update,
    run: async (mutate, file) => {
      const { updateCustomer } = await mutate(
        'mutation Update($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } } }',
        { id: file.publicId, expectedVersion: file.version, city: String(Math.random()) },
      );
      file.version = updateCustomer.customer.version;
    },
  },
  interaction: {
    ...bySql.interaction,
    run: (mutate, { publicId }) =>
      mutate(
        'mutation Log($input: LogInteractionInput!) { logInteraction(input: $input) { interaction { id } } }',
        { customerId: publicId, occurredAt: new Date().toISOString(), ...visit },
      ),
  },
};

/**
 * Writers' throughput with the capture of changes as a share of that without, by SQL and through the API: rounds with and
 * without the trigger in turn, so that what else runs on the machine meets both. By SQL, what was captured is sequenced
 * between the rounds; through the API the instance does it while they write, as always. A share also falls when the write
 * itself becomes cheaper, so the processor's time per write is measured with it.
 */
export async function capture({ builds, database, encodeId, signInTo, roundMs, rounds, log }) {
  const scratch = await database.scratch();
  const sql = postgres(scratch.url, { max: writers, onnotice: () => {} });
  const admin = postgres(scratch.url, { max: 1, onnotice: () => {} });
  const signIn = await signInTo(scratch.url);
  const figures = {};
  const measure = async (name, writes, write, processorMs) => {
    const files = (await sql`select id, owner_id, version from customer order by id`).map((file) => ({
      ...file,
      publicId: encodeId('cus', file.id),
    }));
    for (const [kind, { table, trigger, run }] of Object.entries(writes)) {
      const how = { table, trigger, write: (file) => run(write, file), files, processorMs };
      Object.assign(figures, await shareOf(`${name}.${kind}`, { ...how, admin, roundMs, rounds, log }));
    }
  };
  try {
    await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, 1000) n`;
    await sql`insert into customer (name, owner_id) select '第' || e.name || n || '有限公司', e.id from employee e, generate_series(1, 3) n`;
    await measure('capture', bySql, sql, () => processorMsWithChildren(database.pid));

    const { servers, stop } = await startServers({
      kinds: ['ours'],
      builds,
      url: scratch.url,
      env: signIn.env,
    });
    try {
      const [manager] = await signIn.managers(1);
      const [{ headers }] = await signIn.asEach([manager]);
      const [{ url, child }] = servers;
      await measure(
        'capture.api',
        byApi,
        (query, input) => post(`${url}/graphql`, headers, { query, variables: { input } }),
        () => processorMsWithChildren(database.pid) + processorMsWithChildren(child.pid),
      );
    } finally {
      await stop();
    }
    return { figures };
  } finally {
    await Promise.all([sql.end({ timeout: 5 }), admin.end({ timeout: 5 }), signIn.close()]);
    await scratch.drop();
  }
}

async function shareOf(name, { table, trigger, write, files, processorMs, admin, roundMs, rounds, log }) {
  const set = (state) => admin.unsafe(`alter table ${table} ${state} trigger ${trigger}`);
  const round = async (ms) => {
    const before = processorMs();
    const until = performance.now() + ms;
    let count = 0;
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        // Files of their own: a version is expected by one writer only.
        const own = files.filter((_file, i) => i % writers === writer);
        while (performance.now() < until) {
          await write(own[Math.floor(Math.random() * own.length)]);
          count += 1;
        }
      }),
    );
    return { perSecond: count / (ms / 1_000), ms: (processorMs() - before) / count };
  };
  await drain(admin);
  await admin.unsafe('vacuum analyze');
  await round(warmUpMs);
  const [on, off] = [[], []];
  for (let nth = 0; nth < rounds; nth += 1) {
    await set('disable');
    off.push(await round(roundMs));
    await set('enable');
    on.push(await round(roundMs));
    await drain(admin);
  }
  const share = median(on.map(({ perSecond }, i) => perSecond / off[i].perSecond));
  const middle = (list, key) => median(list.map((one) => one[key]));
  log(
    `${name}: ${middle(off, 'perSecond').toFixed(0)}/s without, ${middle(on, 'perSecond').toFixed(0)}/s with (${(share * 100).toFixed(0)} %); processor ms of a write ${middle(off, 'ms').toFixed(2)}, ${middle(on, 'ms').toFixed(2)}`,
  );
  return {
    [`${name}.share`]: share,
    [`${name}.perSecond`]: middle(on, 'perSecond'),
    [`${name}.processorMs`]: middle(on, 'ms'),
    [`${name}.processorMsWithout`]: middle(off, 'ms'),
  };
}

async function post(url, headers, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 400));
  return data;
}

const drain = async (sql) => {
  while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);
};
