// What keeping the figures of files adds to a write. Needs a build: npm run build && node bench/figures.mjs [--customers N]
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { openBenchDatabase } from './database.mjs';
import { median } from './load.mjs';
import { circumstances, report, table } from './report.mjs';

const { values: options } = parseArgs({
  options: { customers: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '200' } },
});
const [customers, rounds] = [Number(options.customers), Number(options.rounds)];

/** Each write, and the trigger that keeps the figures after it. */
const cases = [
  {
    what: 'a city changed (nothing filled)',
    trigger: 'figure_update',
    write: ({ id }, i) => `update customer set city = '${i}' where id = '${id}'`,
  },
  {
    what: 'a field filled or emptied',
    trigger: 'figure_update',
    write: ({ id }) =>
      `update customer set founded_on = case when founded_on is null then '2001-01-01'::date end where id = '${id}'`,
  },
  {
    what: 'a file opened',
    trigger: 'figure_insert',
    write: ({ owner_id }, i) =>
      `insert into customer (name, owner_id, file_number) values ('北京信息技术股份有限公司', '${owner_id}', 'B${i}')`,
  },
  {
    what: 'a contact added',
    trigger: 'figure_insert',
    write: ({ id }) =>
      `insert into contact (customer_id, name, mobile) values ('${id}', '王经理', '+8613800138000')`,
  },
  {
    what: 'a need added',
    trigger: 'figure_insert',
    write: ({ id }) => `insert into need (customer_id, item, budget_min) values ('${id}', '设备', 500000)`,
  },
];

const database = await openBenchDatabase({ dist: resolve('dist'), customers, log: console.log });
const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} });
/** Milliseconds of one write and of its trigger in it, as PostgreSQL itself counts them; rolled back. */
const timed = async ({ trigger, write }, file, i) => {
  let ms;
  const undone = new Error('undone');
  await sql
    .begin(async (tx) => {
      const [{ 'QUERY PLAN': plan }] = await tx.unsafe(`explain (analyze, format json) ${write(file, i)}`);
      const [{ Triggers: triggers, 'Execution Time': whole }] = plan;
      ms = { whole, trigger: triggers.find((one) => one['Trigger Name'] === trigger).Time };
      throw undone;
    })
    .catch((error) => {
      if (error !== undone) throw error;
    });
  return ms;
};
const files = await sql`select id, owner_id from customer order by id limit ${rounds}`;
const rows = [];
for (const one of cases) {
  const all = [];
  for (const [i, file] of files.entries()) all.push(await timed(one, file, i));
  rows.push([
    one.what,
    ...['whole', 'trigger'].flatMap((name) => {
      const times = all.map((ms) => ms[name]);
      return [Math.min(...times).toFixed(3), median(times).toFixed(3)];
    }),
  ]);
}
const startedMs = performance.now();
await sql`select complete_figures()`;
await sql`update completeness_epoch set epoch = epoch + 1`;
let swept = 0;
for (let step = -1; step !== 0; swept += step) [{ step }] = await sql`select sweep_figures(2000) as step`;
const seconds = (performance.now() - startedMs) / 1_000;
const sweep = [[String(swept), seconds.toFixed(1), String(Math.round(swept / seconds))]];
const text = report({
  title: 'What the figures of files cost',
  about: { ...circumstances({ customers }), rounds },
  sections: [
    {
      heading: 'A write by bare SQL and the trigger in it, in milliseconds: fastest, median',
      body: table(['write', 'fastest', 'median', 'its trigger: fastest', 'median'], rows),
    },
    { heading: 'Other requirements', body: table(['files', 'seconds', 'files a second'], sweep) },
  ],
});
console.log(text);
writeFileSync(new URL('./results/figures.md', import.meta.url), text);
await sql.end();
await database.stop();
