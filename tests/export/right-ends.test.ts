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
});
afterAll(() => server.close());

const input = { columns: ['NAME', 'BUSINESS_SCOPE', 'ADDRESS'], filter: { name: { startsWith: '批量' } } };

/** Puts everything back as it began: all files their own but the last, which is lent. */
const asItBegan = () =>
  server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`update customer set owner_id = ${server.as('SALES').uuid} where name = ${ownLast}`);
  });

test('a grantee gets all that is theirs, and nothing of what was granted to them', async () => {
  const { url, id } = await askExport(server, 'SALES', input);
  const text = await (await openDownload(server, 'SALES', url)).text();
  expect(text).toContain(ownLast);
  expect(text).not.toContain(last);
  expect(await stateOf(server, 'SALES', id)).toMatchObject({ status: 'DONE', rowCount: manyFiles - 1 });
});

const handedOver = sql`update customer set owner_id = (select id from employee where role = 'MANAGER') where name = ${ownLast}`;
const lentBack = sql`
  insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
  select id, (select id from employee where email = 'sales@test.example'), '{contact}', '交接', now() + interval '1 day'
  from customer where name = ${ownLast}`;

test.each([
  ['is handed over', [handedOver]],
  ['is handed over and lent back', [handedOver, lentBack]],
] as const)(
  'when a file %s in the middle of a download, it breaks off before that file',
  async (_what, changes) => {
    await asItBegan();
    const { url, id } = await askExport(server, 'SALES', input);
    const response = await openDownload(server, 'SALES', url);
    expect(response.status).toBe(200);
    await server.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      for (const change of changes) await tx.execute(change);
    });
    let text = '';
    const reading = async () => {
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? [])
        text += decoder.decode(bytes as Uint8Array, { stream: true });
    };
    await expect(reading()).rejects.toThrow();
    expect(text).toContain('批量1号');
    expect(text).not.toContain(ownLast);
    expect(await stateOf(server, 'SALES', id)).toMatchObject({ status: 'FAILED' });
  },
);
