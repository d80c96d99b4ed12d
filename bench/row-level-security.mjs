// What row-level security would cost as a second line behind the predicates in the statements: see
// docs/decisions/0010. Needs a build: npm run build && node bench/row-level-security.mjs [customers]
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { readConfig } from '../dist/config/config.js';
import { startEmbeddedDatabase } from '../dist/core/database/embedded.js';
import { createTokenAuthority } from '../dist/core/session/access-token.js';
import { createServer } from '../dist/server.js';

const customers = Number(process.argv[2] ?? 20_000);
const rounds = 150;
const silent = () => {};
const dataDir = mkdtempSync(join(tmpdir(), 'customer-file-rls-'));
const database = await startEmbeddedDatabase({ dataDir, log: silent });
const owner = postgres(database.adminUrl.replace(/\/postgres$/, '/customer_file'), {
  max: 1,
  onnotice: silent,
});

const signingKey = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const config = readConfig({
  DATABASE_URL: database.apiUrl,
  MIGRATION_DATABASE_URL: database.url,
  PORT: '0',
  LOG_LEVEL: 'silent',
  TOKEN_SIGNING_KEY: signingKey,
});
const sent = [];
const server = await createServer(config, {
  onStatement: (text, parameters) => sent.push({ text, parameters }),
});

/** 200 sales people share the files; every file has 3 contacts and 5 interactions. */
async function fill() {
  await owner.unsafe(`
    set session_replication_role = replica;
    insert into employee (email, name, role) select 'sales' || n || '@bench.example', '销售' || n, 'SALES' from generate_series(1, 200) n;
    insert into employee (email, name, role) values ('manager@bench.example', '经理', 'MANAGER');
    insert into customer (name, owner_id, created_at, updated_at)
      select '第' || n || '精密机械有限公司', s.id, now() - n * interval '1 minute', now() - n * interval '1 minute'
      from generate_series(1, ${customers}) n
      join (select id, row_number() over (order by email) as place from employee where role = 'SALES') s on s.place = n % 200 + 1;
    insert into contact (customer_id, name, phone) select id, '联系人' || n, '+862112345678' from customer, generate_series(1, 3) n;
    insert into interaction (customer_id, employee_id, kind, occurred_at, summary)
      select id, owner_id, 'VISIT', now() - n * interval '1 day', '拜访' from customer, generate_series(1, 5) n;
    insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
      select c.id, e.id, '{contact,business}', '核对', now() + interval '1 day'
      from employee e cross join lateral (select id from customer where owner_id <> e.id limit 3) c where e.role = 'SALES';
    set session_replication_role = origin;
    analyze;`);
}

/** The same rule as in src/core/access/row-predicates.ts, by the settings of the transaction. */
const policies = `
  create function bench_sees(file uuid, keeper uuid) returns boolean language sql stable as $$
    select current_setting('app.files', true) = 'ALL' or keeper = nullif(current_setting('app.viewer', true), '')::uuid
      or file in (select g.customer_id from access_grant g where g.grantee_id = nullif(current_setting('app.viewer', true), '')::uuid
                  and g.ended_at is null and g.expires_at > now()) $$;
  create policy bench on customer for select using (bench_sees(id, owner_id));
  create policy bench on contact for select using (exists (select from customer c where c.id = customer_id));
  create policy bench on interaction for select using (exists (select from customer c where c.id = customer_id));`;
const switchTo = (on) =>
  owner.unsafe(
    ['customer', 'contact', 'interaction']
      .map((table) => `alter table ${table} ${on ? 'enable' : 'disable'} row level security`)
      .join('; '),
  );

const documents = {
  single: (id) =>
    `{ customer(id: "${id}") { name stage owner { name } contacts(first: 3) { nodes { name phone } } interactions(first: 5) { nodes { kind summary } } } }`,
  list: () =>
    '{ customers(first: 50) { nodes { name stage owner { name } contacts(first: 3) { nodes { name phone } } interactions(first: 5) { nodes { kind summary } } } } }',
};

/** The statement that the API sends for a document. */
async function statementOf(employee, document) {
  const tokens = createTokenAuthority({
    signingKey,
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    accessTokenTtlMs: 3_600_000,
  });
  const [session] =
    await owner`insert into session (employee_id, expires_at) values (${employee.id}, now() + interval '1 day') returning id`;
  const { token } = await tokens.sign({ employeeId: employee.id, sessionId: session.id }, new Date());
  sent.length = 0;
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: document }),
  });
  const { errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  // The longest: besides it only the look-up of who asks is sent.
  return sent.toSorted((a, b) => a.text.length - b.text.length).at(-1);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** One statement as now; the same in a transaction that says who asks; and that with row-level security. */
async function measure(api, employee, { text, parameters }) {
  const settings = [employee.role === 'MANAGER' ? 'ALL' : 'OWN', employee.id];
  const plain = () => api.unsafe(text, parameters, { prepare: true });
  const told = () =>
    api.begin(async (tx) => {
      await tx`select set_config('app.files', ${settings[0]}, true), set_config('app.viewer', ${settings[1]}, true)`;
      return tx.unsafe(text, parameters, { prepare: true });
    });
  const timesMs = {
    'predicates alone': [],
    'in a transaction that names the viewer': [],
    'with row-level security': [],
  };
  const take = async (name, work) => {
    const start = performance.now();
    await work();
    timesMs[name].push(performance.now() - start);
  };
  for (let block = 0; block < 3; block += 1) {
    for (const on of [false, true]) {
      await switchTo(on);
      for (let warm = 0; warm < 8; warm += 1) await told();
      for (let round = 0; round < rounds / 3; round += 1) {
        if (on) await take('with row-level security', told);
        else {
          await take('predicates alone', plain);
          await take('in a transaction that names the viewer', told);
        }
      }
    }
  }
  await switchTo(false);
  return Object.fromEntries(Object.entries(timesMs).map(([name, values]) => [name, median(values)]));
}

try {
  await fill();
  await owner.unsafe(policies);
  const api = postgres(database.apiUrl, { max: 1, onnotice: silent, connection: { TimeZone: 'UTC' } });
  const [sales] = await owner`select id, role from employee where email = 'sales7@bench.example'`;
  const [manager] = await owner`select id, role from employee where role = 'MANAGER'`;
  const [file] = await owner`select id from customer where owner_id = ${sales.id} limit 1`;
  const { encodeId } = await import('../dist/core/graphql/schema/type-id.js');
  console.log(`${customers} customers; median of ${rounds} each, milliseconds`);
  for (const [who, employee] of Object.entries({ sales, manager })) {
    for (const [name, documentOf] of Object.entries(documents)) {
      const medians = await measure(
        api,
        employee,
        await statementOf(employee, documentOf(encodeId('cus', file.id))),
      );
      const base = medians['predicates alone'];
      console.log(`${who}, ${name}:`);
      for (const [mode, ms] of Object.entries(medians))
        console.log(`  ${mode.padEnd(40)} ${ms.toFixed(2)}  ${(ms / base).toFixed(2)} x`);
    }
  }
  await api.end();
} finally {
  await owner.end();
  await server.close();
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
