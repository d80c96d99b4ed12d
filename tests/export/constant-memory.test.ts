import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { employee } from '../../src/employee/employee.table.ts';
import { createTokenAuthority } from '../../src/session/access-token.ts';
import { session } from '../../src/session/session.table.ts';
import { buildServer, type Instance, startInstance } from '../faults/instance.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const mb = 1_000_000;
const isLinux = process.platform === 'linux';

let database: TestDatabase;
let instance: Instance;
let token: string;
beforeAll(async () => {
  await buildServer();
  database = await createTestDatabase();
  const signingKey = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  instance = await startInstance({
    DATABASE_URL: database.apiUrl,
    MIGRATION_DATABASE_URL: database.url,
    TOKEN_SIGNING_KEY: signingKey,
    // Without a bound V8 collects at leisure, and what it has not collected yet would look like what must be kept.
    NODE_OPTIONS: '--max-old-space-size=96',
  });
  const { db } = database;
  const [manager] = await db
    .insert(employee)
    .values({ name: '经理', email: 'manager@test.example', role: 'MANAGER' })
    .returning();
  const employeeId = manager?.id as string;
  const [opened] = await db
    .insert(session)
    .values({ employeeId, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
    .returning();
  const tokens = createTokenAuthority({
    signingKey,
    issuer: 'customer-file',
    audience: 'customer-file-api',
    accessTokenTtlMs: 3_600_000,
  });
  ({ token } = await tokens.sign({ employeeId, sessionId: opened?.id as string }, new Date()));
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into customer (name, business_scope, address, credit_limit, owner_id, stage)
      select '上海第' || i || '精密机械有限公司', md5(i::text) || repeat('营业范围', 60), '张江路' || i || '号', i, ${employeeId},
             case when i <= 10000 then 'WON' else 'INTENT' end
      from generate_series(1, 100000) i`);
  });
}, 300_000);
afterAll(async () => {
  await instance.stop();
  await database.close();
});

/** What the server's process occupies, in bytes. */
const residentBytes = (): number => {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${instance.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
};

/** Exports active files and tells how many bytes came, and what the server's process occupied at most meanwhile. */
async function exported(format: 'CSV' | 'XLSX', stage: 'WON' | 'INTENT') {
  const url = `http://127.0.0.1:${instance.port}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const input = `columns: [FILE_NUMBER, NAME, BUSINESS_SCOPE, ADDRESS, CREDIT_LIMIT, STAGE, CREATED_AT, OWNER, CONTACT_MOBILE],
    format: ${format}, purpose: "核对", filter: { stage: { eq: ${stage} } }`;
  const query = `mutation { exportCustomers(input: { ${input} }) { export { id url } } }`;
  const asked = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data } = (await asked.json()) as {
    data: { exportCustomers: { export: { id: string; url: string } } };
  };
  const { id, url: path } = data.exportCustomers.export;
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentBytes());
  }, 10);
  let bytes = 0;
  const response = await fetch(url + path, { headers });
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) bytes += piece.length;
  clearInterval(sampling);
  const state = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: `{ node(id: "${id}") { ... on CustomerExport { status rowCount } } }` }),
  });
  const end = (await state.json()) as { data: { node: { status: string; rowCount: number } } };
  return { bytes, peak, ...end.data.node };
}

test.runIf(isLinux).each(['CSV', 'XLSX'] as const)(
  '90,000 customers as %s take no more memory than 10,000',
  async (format) => {
    const few = await exported(format, 'WON');
    expect(few).toMatchObject({ status: 'DONE', rowCount: 10_000 });
    const many = await exported(format, 'INTENT');
    expect(many).toMatchObject({ status: 'DONE', rowCount: 90_000 });
    // Some 80 MB of text pass through.
    expect(many.bytes).toBeGreaterThan(8 * few.bytes);
    expect(many.peak - few.peak).toBeLessThan(40 * mb);
  },
  300_000,
);
