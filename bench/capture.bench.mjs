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

/**
 * A write of each kind that changes a file, and the trigger that captures it. What comes into a file also raises the file's
 * version and times, captured or not: `kept` is what it would have to set in the file besides.
 */
const bySql = {
  update: {
    table: 'customer',
    trigger: 'capture_update',
    run: (sql, { id }) => sql`update customer set city = ${String(Math.random())} where id = ${id}`,
  },
  contact: {
    table: 'contact',
    trigger: 'capture_insert',
    kept: 'version = version + 1, updated_at = clock_timestamp()',
    run: (sql, { id }) =>
      sql`insert into contact (customer_id, name, title, mobile, email) values (${id}, '王小明', '采购经理', ${`+86138${String(Math.random()).slice(2, 10)}`}, ${`${Math.random()}@bench.example`})`,
  },
  interaction: {
    table: 'interaction',
    trigger: 'capture_insert',
    kept: 'version = version + 1, updated_at = clock_timestamp(), last_interaction_at = greatest(last_interaction_at, added.occurred_at)',
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
 *
 * Without capture a file that something comes into still has its version and times, which stale writes are refused by and
 * lists are ordered by: a trigger of the benchmark's own keeps them in those rounds. `shareOfBare` is the share of writers
 * who leave the file as it was.
 */
export async function capture({ builds, database, encodeId, signInTo, roundMs: longMs, rounds: long, log }) {
  // Many short rounds: what else runs on a machine comes and goes by the second.
  const [roundMs, rounds] = [longMs / 2, long * 4];
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
    for (const [kind, { table, trigger, kept, run }] of Object.entries(writes)) {
      const how = { table, trigger, kept, write: (file) => run(write, file), files, processorMs };
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

async function shareOf(
  name,
  { table, trigger, kept, write, files, processorMs, admin, roundMs, rounds, log },
) {
  const set = (state, which) => admin.unsafe(`alter table ${table} ${state} trigger ${which}`);
  if (kept) await admin.unsafe(keeping(table, kept));
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
  const [on, off, bare] = [[], [], []];
  for (let nth = 0; nth < rounds; nth += 1) {
    await set('disable', trigger);
    if (kept) {
      bare.push(await round(roundMs));
      await set('enable', keeper);
    }
    off.push(await round(roundMs));
    if (kept) await set('disable', keeper);
    await set('enable', trigger);
    on.push(await round(roundMs));
    await drain(admin);
  }
  if (kept) await admin.unsafe(`drop trigger ${keeper} on ${table}; drop function ${keeper}()`);
  const shareOfThose = (others) => median(on.map(({ perSecond }, i) => perSecond / others[i].perSecond));
  const middle = (list, key) => median(list.map((one) => one[key]));
  const share = shareOfThose(off);
  const shareOfBare = kept ? shareOfThose(bare) : share;
  log(
    `${name}: ${middle(off, 'perSecond').toFixed(0)}/s without, ${middle(on, 'perSecond').toFixed(0)}/s with (${(share * 100).toFixed(0)} %; of bare writes ${(shareOfBare * 100).toFixed(0)} %); processor ms of a write ${middle(off, 'ms').toFixed(2)}, ${middle(on, 'ms').toFixed(2)}`,
  );
  return {
    [`${name}.share`]: share,
    ...(kept && { [`${name}.shareOfBare`]: shareOfBare }),
    [`${name}.perSecond`]: middle(on, 'perSecond'),
    [`${name}.processorMs`]: middle(on, 'ms'),
    [`${name}.processorMsWithout`]: middle(off, 'ms'),
  };
}

const keeper = 'bench_keep_file';

/** A trigger, asleep, that keeps a file's version and times as the capture does, and tells nobody. */
const keeping = (table, kept) => `
  create function ${keeper}() returns trigger language plpgsql as $$
  declare
    added ${table};
    done text;
  begin
    select * into added from new_rows;
    done := set_config('app.capturing', 'on', true);
    update customer set ${kept} where id = added.customer_id;
    done := set_config('app.capturing', '', true);
    return null;
  end
  $$;
  create trigger ${keeper} after insert on ${table} referencing new table as new_rows
    for each statement execute function ${keeper}();
  alter table ${table} disable trigger ${keeper}`;

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
