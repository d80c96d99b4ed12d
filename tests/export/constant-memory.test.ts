import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { askExport, openDownload, stateOf } from './download.ts';

const mb = 1_000_000;

let server: TestServer;
let collect: () => void;
beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc');
  server = await startTestServer();
  await server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into customer (name, business_scope, credit_limit, owner_id)
      select '上海第' || i || '精密机械有限公司',
             (select string_agg(md5(i || '.' || j), '') from generate_series(1, 25) j), i, ${server.as('SALES').uuid}
      from generate_series(1, 100000) i`);
  });
});
afterAll(() => server.close());

/** What the process keeps, in bytes: its objects, and the buffers beside them. */
const keptBytes = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** A file's rows read so far, once they do not get more. The instance tells each second. */
async function rowsHeldBack(id: string): Promise<number> {
  let seen = 0;
  await expect
    .poll(
      async () => {
        const before = seen;
        seen = (await stateOf(server, 'MANAGER', id))?.rowCount ?? 0;
        return seen > 0 && seen === before;
      },
      { interval: 1_500, timeout: 60_000 },
    )
    .toBe(true);
  return seen;
}

test.each(['CSV', 'XLSX'] as const)(
  '100,000 customers as %s are read no faster than the client takes them, and none are kept',
  async (format) => {
    const columns = ['NAME', 'BUSINESS_SCOPE', 'CREDIT_LIMIT', 'CREATED_AT', 'OWNER', 'CONTACT_MOBILE'];
    const { id, url } = await askExport(server, 'MANAGER', { columns, format });
    const keptBefore = keptBytes();
    const response = await openDownload(server, 'MANAGER', url);
    // Of some 90 MB (half, compressed) what fits into the connection is on its way; the rest waits in the database.
    expect(await rowsHeldBack(id)).toBeLessThan(60_000);
    let keptAtMost = keptBytes();
    let bytes = 0;
    let lookAt = 0;
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes < lookAt) continue;
      lookAt += 8 * mb;
      keptAtMost = Math.max(keptAtMost, keptBytes());
    }
    expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'DONE', rowCount: 100_000 });
    expect(bytes).toBeGreaterThan(35 * mb);
    expect(keptAtMost - keptBefore).toBeLessThan(40 * mb);
  },
  300_000,
);
