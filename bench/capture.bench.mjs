import postgres from 'postgres';
import { median } from './load.mjs';
import { processorMsWithChildren } from './processor.mjs';

const writers = 16;
const warmUpMs = 1_000;

/** One statement of each kind that changes a file, and the trigger that captures it. */
const writes = {
  update: {
    table: 'customer',
    trigger: 'capture_update',
    run: (sql, { customer }) =>
      sql`update customer set city = ${String(Math.random())} where id = ${customer.id}`,
  },
  contact: {
    table: 'contact',
    trigger: 'capture_insert',
    run: (sql, { customer }) =>
      sql`insert into contact (customer_id, name, title, mobile, email) values (${customer.id}, '王小明', '采购经理', ${`+86138${String(Math.random()).slice(2, 10)}`}, ${`${Math.random()}@bench.example`})`,
  },
  interaction: {
    table: 'interaction',
    trigger: 'capture_insert',
    run: (sql, { customer }) =>
      sql`insert into interaction (customer_id, employee_id, kind, direction, occurred_at, summary, outcome) values (${customer.id}, ${customer.owner_id}, 'VISIT', 'OUTBOUND', now(), '上门拜访设备报价与交付周期，客户关注质量与售后服务', '继续跟进')`,
  },
};

/**
 * Writers' throughput with the capture of changes as a share of that without, for a change of a file and for what is
 * added to one: rounds with and without the trigger in turn, so that what else runs on the machine meets both. What was
 * captured is sequenced between the rounds: instances do that while writers write, and it is not part of the share. A
 * share also falls when the write itself becomes cheaper, so the processor's time per write is measured with it.
 */
export async function capture({ database, roundMs, rounds, log }) {
  const scratch = await database.scratch();
  const sql = postgres(scratch.url, { max: writers, onnotice: () => {} });
  const admin = postgres(scratch.url, { max: 1, onnotice: () => {} });
  try {
    await sql`insert into employee (name, email, role) select '销售' || n, 'sales' || n || '@bench.example', 'SALES' from generate_series(1, 1000) n`;
    await sql`insert into customer (name, owner_id) select '第' || e.name || n || '有限公司', e.id from employee e, generate_series(1, 3) n`;
    const customers = await sql`select id, owner_id from customer`;
    const figures = {};
    for (const [name, write] of Object.entries(writes)) {
      const set = (state) => admin.unsafe(`alter table ${write.table} ${state} trigger ${write.trigger}`);
      const round = async (ms) => {
        const before = processorMsWithChildren(database.pid);
        const until = performance.now() + ms;
        let count = 0;
        await Promise.all(
          Array.from({ length: writers }, async () => {
            while (performance.now() < until) {
              const customer = customers[Math.floor(Math.random() * customers.length)];
              await write.run(sql, { customer });
              count += 1;
            }
          }),
        );
        const processor = processorMsWithChildren(database.pid) - before;
        return { perSecond: count / (ms / 1_000), ms: processor / count };
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
        `capture of ${name}: ${middle(off, 'perSecond').toFixed(0)}/s without, ${middle(on, 'perSecond').toFixed(0)}/s with (${(share * 100).toFixed(0)} %); processor ms of a write ${middle(off, 'ms').toFixed(2)}, ${middle(on, 'ms').toFixed(2)}`,
      );
      figures[`capture.${name}.share`] = share;
      figures[`capture.${name}.perSecond`] = middle(on, 'perSecond');
      figures[`capture.${name}.processorMs`] = middle(on, 'ms');
      figures[`capture.${name}.processorMsWithout`] = middle(off, 'ms');
    }
    return { figures };
  } finally {
    await Promise.all([sql.end({ timeout: 5 }), admin.end({ timeout: 5 })]);
    await scratch.drop();
  }
}

const drain = async (sql) => {
  while ((await sql`select sequence_events(5000) as moved`)[0].moved > 0);
};
