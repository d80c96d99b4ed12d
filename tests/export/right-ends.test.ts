import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { askExport, openDownload, stateOf } from './download.ts';

/** More than the stream, the connection and the reader's buffers hold together. */
const manyFiles = 20_000;
const last = `批量${manyFiles}号`;
/** The last of their own, in the same batch. */
const ownLast = `批量${manyFiles - 1}号`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const { db, as } = server;
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into customer (name, business_scope, owner_id)
      select '批量' || i || '号', repeat('营业范围', 200), ${as('SALES').uuid}
      from generate_series(1, ${manyFiles}::int) i`);
    await tx.execute(sql`update customer set owner_id = ${as('SALES_2').uuid} where name = ${last}`);
    await tx.execute(sql`
      insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
      select id, ${as('SALES').uuid}, '{contact}', '联合拜访', now() + interval '1 day' from customer where name = ${last}`);
  });
}, 60_000);
afterAll(() => server.close());

const input = { columns: ['NAME', 'BUSINESS_SCOPE', 'ADDRESS'], filter: { name: { startsWith: '批量' } } };

test('a borrower who keeps what they have borrowed gets all of it', async () => {
  const { url, id } = await askExport(server, 'SALES', input);
  const text = await (await openDownload(server, 'SALES', url)).text();
  expect(text).toContain(last);
  expect(await stateOf(server, 'SALES', id)).toMatchObject({ status: 'DONE', rowCount: manyFiles });
}, 60_000);

test.each([
  [
    'a grant is recalled',
    'SALES',
    sql`update access_grant set ended_at = now() where customer_id = (select id from customer where name = ${last})`,
  ],
  [
    'a grant is narrowed to other classes',
    'SALES',
    sql`update access_grant set classes = '{business}', ended_at = null where customer_id = (select id from customer where name = ${last})`,
  ],
  [
    'a file is handed over',
    'SALES',
    sql`update customer set owner_id = (select id from employee where role = 'MANAGER') where name = ${ownLast}`,
  ],
] as const)(
  'when %s in the middle of a download, it breaks off before that file',
  async (_what, who, end) => {
    await server.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(sql`update access_grant set ended_at = null, classes = '{contact}'`);
    });
    const { url, id } = await askExport(server, who, input);
    const response = await openDownload(server, who, url);
    expect(response.status).toBe(200);
    await server.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(end);
    });
    let text = '';
    const reading = async () => {
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? [])
        text += decoder.decode(bytes as Uint8Array, { stream: true });
    };
    await expect(reading()).rejects.toThrow();
    expect(text).toContain('批量1号');
    expect(text).not.toContain(last);
    expect(await stateOf(server, who, id)).toMatchObject({ status: 'FAILED' });
  },
  60_000,
);
