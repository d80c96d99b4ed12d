import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { session } from '../../src/domains/session/session.table.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { customerExport } from '../../src/features/export/customer-export.table.ts';
import { settleExports, trimExports } from '../../src/features/export/customer-export.write.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';
import { missingId, openFile, startWriting, type Writing } from '../support/writing.ts';
import { askExport, csvRows, openDownload, stateOf } from './download.ts';

/** More than the stream, the connection and the reader's buffers hold together. */
const manyFiles = 20_000;

let writing: Writing;
let server: Writing['server'];
let socket: SocketClient;
beforeAll(async () => {
  writing = await startWriting();
  ({ server } = writing);
  await openFile(writing, writing.owner, { name: '自己的有限公司', address: '张江路1号' });
  await openFile(writing, writing.stranger, {
    name: '别人的有限公司',
    address: '南京路2号',
    creditLimit: '1.00',
  });
});
beforeEach(() => {
  socket = connectSocket(server.socketUrl, server.as('MANAGER').token);
});
afterEach(() => socket.close());
afterAll(() => writing.close());

const codeOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

const refusal = async (who: 'MANAGER' | 'SALES' | null, url: string) => {
  const response = await openDownload(server, who, url);
  return [response.status, await codeOf(response)];
};

/** Files so many that a download that is not read cannot end. */
const openManyFiles = ({ db, as }: Pick<TestServer, 'db' | 'as'>): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into customer (name, business_scope, owner_id)
      select '批量' || i, repeat('营业范围', 200), ${as('SALES_2').uuid}
      from generate_series(1, ${manyFiles}::int) i`);
  });

async function withManyFiles<T>(work: () => Promise<T>): Promise<T> {
  await openManyFiles(server);
  try {
    return await work();
  } finally {
    await server.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.delete(customer).where(sql`name like '批量%'`);
    });
  }
}

const many = { columns: ['NAME', 'BUSINESS_SCOPE'], filter: { name: { startsWith: '批量' } } };

/** Statements that read for a download at this moment. */
const openCursors = async (): Promise<number> => {
  const rows = await server.db.execute(
    sql`select 1 from pg_stat_activity where datname = current_database() and backend_xmin is not null and query like '%each_row%' and pid <> pg_backend_pid()`,
  );
  return rows.length;
};

test('an export is there for its requester alone, and for nobody without sign-in', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  expect(await refusal('SALES', url)).toEqual([404, 'NOT_FOUND']);
  expect(await refusal(null, url)).toEqual([401, 'UNAUTHENTICATED']);
  expect(await stateOf(server, 'SALES', id)).toBeNull();
  for (const wrong of [missingId('exp'), missingId('cus'), 'x'])
    expect(await refusal('MANAGER', `/exports/${wrong}`)).toEqual([404, 'NOT_FOUND']);
  expect((await openDownload(server, 'MANAGER', url, { method: 'HEAD' })).status).toBe(404);
  expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'READY' });
});

test('an export is downloaded once', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  const [one, other] = await Promise.all([1, 2].map(() => openDownload(server, 'MANAGER', url)));
  const statuses = [one?.status, other?.status].sort();
  expect(statuses[0]).toBe(200);
  expect([409, 429]).toContain(statuses[1]);
  expect(csvRows(await ((one?.status === 200 ? one : other) as Response).text())).toHaveLength(2);
  expect(await refusal('MANAGER', url)).toEqual([409, 'CONFLICT']);
  expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'DONE', rowCount: 2 });
});

test('an export that nobody came for in time is refused, reported as expired, and forgotten a day later', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  await server.db
    .update(customerExport)
    .set({ expiresAt: '2026-01-01T00:00:00Z' })
    .where(eq(customerExport.id, uuidOf(id)));
  expect(await refusal('MANAGER', url)).toEqual([409, 'CONFLICT']);
  await settleExports(server.db);
  expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'EXPIRED' });
  await trimExports(server.db, new Date(Date.now() + 86_400_000 + 60_000));
  expect(await stateOf(server, 'MANAGER', id)).toBeNull();
});

test('rights are those of the download, not of the request', async () => {
  const asked = await askExport(server, 'MANAGER', { columns: ['NAME', 'CREDIT_LIMIT'] });
  const setRole = (role: 'MANAGER' | 'MARKETING') =>
    server.db
      .update(employee)
      .set({ role })
      .where(eq(employee.id, server.as('MANAGER').uuid));
  await setRole('MARKETING');
  try {
    expect(await refusal('MANAGER', asked.url)).toEqual([403, 'FORBIDDEN']);
  } finally {
    await setRole('MANAGER');
  }
  // Nothing was used up by the refusal.
  expect((await openDownload(server, 'MANAGER', asked.url)).status).toBe(200);

  const own = await askExport(server, 'SALES', { columns: ['NAME'] });
  await server.db
    .update(customer)
    .set({ ownerId: server.as('SALES_2').uuid })
    .where(eq(customer.name, '自己的有限公司'));
  try {
    expect(csvRows(await (await openDownload(server, 'SALES', own.url)).text())).toEqual([]);
  } finally {
    await server.db
      .update(customer)
      .set({ ownerId: server.as('SALES').uuid })
      .where(eq(customer.name, '自己的有限公司'));
  }
});

test('who, what for, which fields and how many is in the access log: before the first byte, and at the end', async () => {
  const { url } = await askExport(server, 'MANAGER', {
    columns: ['NAME', 'ADDRESS', 'CREDIT_LIMIT'],
    purpose: '审计抽查',
  });
  const response = await openDownload(server, 'MANAGER', url);
  const requestId = response.headers.get('x-request-id') as string;
  const lines = () =>
    server.db.select().from(accessLog).where(eq(accessLog.requestId, requestId)).orderBy(accessLog.id);
  expect((await lines())[0]).toMatchObject({
    kind: 'EXPORT_STARTED',
    employeeId: server.as('MANAGER').uuid,
    purpose: '审计抽查',
    code: 'CSV',
    classes: ['card', 'contact', 'credit'],
    fields: ['Customer.name', 'Customer.address', 'Customer.creditLimit'],
    rowCount: null,
  });
  await response.text();
  expect((await lines()).find(({ kind }) => kind === 'EXPORTED')).toMatchObject({
    purpose: '审计抽查',
    code: 'DONE',
    rowCount: 2,
  });
  // Which of colleagues' files were read is there as for every other way of reading.
  await expect.poll(async () => (await lines()).filter(({ kind }) => kind === 'READ')).toHaveLength(1);
  expect((await lines()).find(({ kind }) => kind === 'READ')).toMatchObject({
    classes: ['contact', 'credit'],
    operationName: 'exportCustomers',
    customerIds: [expect.any(String), expect.any(String)],
  });
});

test('without the access log there is no export', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  await server.db.execute(sql`alter table access_log rename to access_log_away`);
  try {
    const response = await openDownload(server, 'MANAGER', url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('有限公司');
  } finally {
    await server.db.execute(sql`alter table access_log_away rename to access_log`);
  }
  expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'FAILED', rowCount: 0 });
});

test.each([
  [
    'that was given up at its last moment',
    sql`create function give_up() returns trigger language plpgsql as 'begin return null; end';
        create trigger give_up before update on customer_export for each row when (new.status = 'DONE') execute function give_up()`,
    sql`drop trigger give_up on customer_export; drop function give_up`,
  ],
  [
    'whose end could not be logged',
    sql`alter table access_log add constraint no_end check (code is distinct from 'DONE') not valid`,
    sql`alter table access_log drop constraint no_end`,
  ],
])('an export %s is logged and kept as failed, and nothing else', async (_what, spoil, restore) => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  await server.db.execute(spoil);
  let requestId: string;
  try {
    const response = await openDownload(server, 'MANAGER', url);
    requestId = response.headers.get('x-request-id') as string;
    await expect(response.text()).rejects.toThrow();
  } finally {
    await server.db.execute(restore);
  }
  await expect.poll(() => stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'FAILED' });
  const ends = () =>
    server.db
      .select({ code: accessLog.code })
      .from(accessLog)
      .where(sql`request_id = ${requestId} and kind = 'EXPORTED'`);
  await expect.poll(ends).toEqual([{ code: 'FAILED' }]);
});

test('progress is reported from the request to the end, with the exact number of rows', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  const stream = socket.subscribe(
    'subscription ($id: ID!) { customerExportChanged(exportId: $id) { id status rowCount url } }',
    { id },
  );
  expect((await stream.next()).data.customerExportChanged).toEqual({ id, url, status: 'READY', rowCount: 0 });
  await (await openDownload(server, 'MANAGER', url)).text();
  let last: { status: string; rowCount: number };
  do last = (await stream.next()).data.customerExportChanged;
  while (last.status === 'RUNNING');
  expect(last).toMatchObject({ status: 'DONE', rowCount: 2 });
  expect(await stream.ended).toBeUndefined();
});

test('progress of an export whose instance died ends as failed, by the clock of the database', async () => {
  const { id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  const stream = socket.subscribe(
    'subscription ($id: ID!) { customerExportChanged(exportId: $id) { status rowCount } }',
    { id },
  );
  const next = async () => (await stream.next()).data.customerExportChanged;
  expect(await next()).toEqual({ status: 'READY', rowCount: 0 });
  const row = eq(customerExport.id, uuidOf(id));
  await server.db
    .update(customerExport)
    .set({ status: 'RUNNING', rowCount: 500, touchedAt: sql`now()` })
    .where(row);
  expect(await next()).toEqual({ status: 'RUNNING', rowCount: 500 });
  await settleExports(server.db);
  await server.db
    .update(customerExport)
    .set({ touchedAt: sql`now() - interval '1 hour'`, rowCount: 600 })
    .where(row);
  expect(await next()).toEqual({ status: 'RUNNING', rowCount: 600 });
  await settleExports(server.db);
  expect(await next()).toEqual({ status: 'FAILED', rowCount: 600 });
  expect(await stream.ended).toBeUndefined();
});

test('progress of a colleague’s export is not reported', async () => {
  const { id } = await askExport(server, 'SALES', { columns: ['NAME'] });
  const stream = socket.subscribe(
    'subscription ($id: ID!) { customerExportChanged(exportId: $id) { status } }',
    { id },
  );
  const { data, errors } = await stream.next();
  expect([data, errors?.[0]?.extensions.code]).toEqual([undefined, 'NOT_FOUND']);
  expect(await stream.ended).toBeUndefined();
});

test('a client that goes away ends the reading, and its export is cancelled', async () => {
  await withManyFiles(async () => {
    const { url, id } = await askExport(server, 'MANAGER', many);
    const leaving = new AbortController();
    const response = await openDownload(server, 'MANAGER', url, { signal: leaving.signal });
    expect(response.status).toBe(200);
    await expect.poll(openCursors).toBe(1);
    leaving.abort();
    await expect.poll(openCursors).toBe(0);
    await expect.poll(() => stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'CANCELLED' });
    const { rowCount } = (await stateOf(server, 'MANAGER', id)) as { rowCount: number };
    expect(rowCount).toBeLessThan(manyFiles);
    const [line] = await server.db
      .select()
      .from(accessLog)
      .where(sql`kind = 'EXPORTED' and code = 'CANCELLED'`);
    expect(line?.rowCount).toBe(rowCount);
  });
});

test('who is signed out in the middle gets no more, and a file that is visibly not whole', async () => {
  await withManyFiles(async () => {
    const { url, id } = await askExport(server, 'SALES_2', many);
    const response = await openDownload(server, 'SALES_2', url);
    expect(response.status).toBe(200);
    const endSession = (endedAt: string | null) =>
      server.db
        .update(session)
        .set({ endedAt })
        .where(eq(session.employeeId, server.as('SALES_2').uuid));
    await endSession(new Date().toISOString());
    try {
      await expect.poll(openCursors).toBe(0);
      await expect(response.text()).rejects.toThrow();
    } finally {
      await endSession(null);
    }
    expect(await stateOf(server, 'SALES_2', id)).toMatchObject({ status: 'FAILED' });
  });
});

test('an employee downloads one export at a time, an instance three', async () => {
  await withManyFiles(async () => {
    const open: Response[] = [];
    for (const who of ['MANAGER', 'FINANCE', 'MARKETING'] as const) {
      const { url } = await askExport(server, who, many);
      open.push(await openDownload(server, who, url));
      if (who !== 'MANAGER') continue;
      const second = await askExport(server, who, many);
      const refused = await openDownload(server, who, second.url);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
      expect(await codeOf(refused)).toBe('RATE_LIMITED');
    }
    expect(open.map(({ status }) => status)).toEqual([200, 200, 200]);
    const fourth = await askExport(server, 'ADMIN', many);
    expect((await openDownload(server, 'ADMIN', fourth.url)).status).toBe(429);
    for (const response of open) await response.body?.cancel();
    await expect.poll(openCursors).toBe(0);
    // The refused one still waits.
    await expect
      .poll(async () => {
        const response = await openDownload(server, 'ADMIN', fourth.url);
        await response.body?.cancel();
        return response.status;
      })
      .toBe(200);
  });
});

test('a download whose instance died is reported as failed, and makes room', async () => {
  const { url, id } = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  await server.db
    .update(customerExport)
    .set({ status: 'RUNNING', touchedAt: sql`now() - interval '31 seconds'` })
    .where(eq(customerExport.id, uuidOf(id)));
  const next = await askExport(server, 'MANAGER', { columns: ['NAME'] });
  const response = await openDownload(server, 'MANAGER', next.url);
  expect(csvRows(await response.text())).toHaveLength(2);
  expect(await stateOf(server, 'MANAGER', id)).toMatchObject({ status: 'FAILED' });
  expect(await refusal('MANAGER', url)).toEqual([409, 'CONFLICT']);
});

test('a server that stops cuts off what does not end in its time, and reports it as failed', async () => {
  const other = await startTestServer();
  await openManyFiles(other);
  const { url } = await askExport(other, 'MANAGER', { columns: ['NAME', 'BUSINESS_SCOPE'] });
  const response = await openDownload(other, 'MANAGER', url);
  expect(response.status).toBe(200);
  try {
    await other.stop();
    await expect(response.text()).rejects.toThrow();
    const ends = await other.db.select({ status: customerExport.status }).from(customerExport);
    expect(ends).toEqual([{ status: 'FAILED' }]);
  } finally {
    await other.close();
  }
});
