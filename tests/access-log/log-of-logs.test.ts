import { generateKeyPairSync } from 'node:crypto';
import { PassThrough, type Writable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { openAccessLog } from '../../src/features/access-log/access-log.queue.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { createServer } from '../../src/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let file: { id: string; uuid: string };
beforeAll(async () => {
  writing = await startWriting();
  file = await openFile(writing, writing.owner, { address: '张江路1号' });
  await addContact(writing, file.uuid, { phone: '+862112345678', birthday: '1980-01-01' });
});
afterAll(() => writing.close());

const readPersonal = (name: string) =>
  writing.server
    .as('MANAGER')
    .query(`query ${name}($id: ID!) { customer(id: $id) { name contacts { nodes { phone birthday } } } }`, {
      id: file.id,
    });

const list = `query Log($filter: AccessLogEntryFilter) { accessLog(filter: $filter) {
  totalCount nodes { kind classes customerIds fields operationName requestId employee { name } grants { purpose } } } }`;

test('managers, data stewards and administrators read the log, by who, what, which file and when', async () => {
  await readPersonal('First');
  for (const role of ['MANAGER', 'DATA_STEWARD', 'ADMIN'] as const) {
    const filter = {
      customerId: file.id,
      classes: { hasAny: ['PERSONAL'] },
      kind: { eq: 'READ' },
      occurredAt: { withinLast: 'PT1H' },
      employee: { name: { eq: 'MANAGER' } },
      operationName: { eq: 'First' },
    };
    const { data, errors, statements } = await writing.server.as(role).query(list, { filter });
    expect(errors).toBeUndefined();
    expect(data.accessLog).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          kind: 'READ',
          classes: ['CONTACT', 'PERSONAL'],
          customerIds: [file.id],
          employee: { name: 'MANAGER' },
          grants: [],
        },
      ],
    });
    // One asks what the condition on the colleague would cost.
    expect(statements).toBe(3);
  }
});

test('nobody else reads the log, by list or by id', async () => {
  const [line] = await writing.db.select().from(accessLog).limit(1);
  const id = encodeId('log', line?.id as string);
  for (const role of ['SALES', 'CUSTOMER_SERVICE', 'MARKETING', 'FINANCE', 'ANALYST'] as const) {
    const refused = await writing.server.as(role).query(list, {});
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const byId = await writing.server.as(role).query('query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(byId.data.node).toBeNull();
  }
  const byId = await writing.server.as('ADMIN').query('query ($id: ID!) { node(id: $id) { id } }', { id });
  expect(byId.data.node).toEqual({ id });
});

test('bad input is refused with its place', async () => {
  const { errors } = await writing.server
    .as('ADMIN')
    .query(list, { filter: { customerId: encodeId('emp', file.uuid) } });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    issues: [{ code: 'WRONG_ID_KIND' }],
  });
});

test('nobody changes or empties the log, and what is trimmed is older than six months', async () => {
  const refused = { cause: { message: 'the access log only grows' } };
  await expect(writing.db.execute(sql`update access_log set employee_id = null`)).rejects.toMatchObject(
    refused,
  );
  await expect(writing.db.execute(sql`delete from access_log`)).rejects.toMatchObject(refused);
  await expect(writing.db.execute(sql`truncate access_log`)).rejects.toMatchObject(refused);
  await expect(
    writing.db.execute(sql`select trim_access_log(now() - interval '5 months')`),
  ).rejects.toThrow();
  await writing.db.insert(accessLog).values({ kind: 'SIGNED_IN', occurredAt: '2024-01-01T00:00:00Z' });
  const [trimmed] = await writing.db.execute(
    sql`select trim_access_log(now() - interval '7 months') as count`,
  );
  expect(trimmed?.count).toBe(1);
  await expect(writing.db.execute(sql`delete from access_log`)).rejects.toMatchObject(refused);
});

test('lines older than the retention are deleted by the running server, as the owner of the tables', async () => {
  const database = await createTestDatabase();
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  await database.db.insert(accessLog).values([
    { kind: 'SIGNED_IN', occurredAt: daysAgo(201), requestId: 'old' },
    { kind: 'SIGNED_IN', occurredAt: daysAgo(199), requestId: 'young' },
  ]);
  const server = await createServer(
    readConfig({
      DATABASE_URL: database.apiUrl,
      MIGRATION_DATABASE_URL: database.url,
      PORT: '0',
      LOG_LEVEL: 'silent',
      TOKEN_SIGNING_KEY: signingKey.toString(),
      ACCESS_LOG_RETENTION: 'P200D',
    }),
  );
  const kept = async () => (await database.db.select().from(accessLog)).map(({ requestId }) => requestId);
  await expect.poll(kept).toEqual(['young']);
  await server.close();
  await database.close();
});

test('what cannot be logged is not read: personal fields are withheld, the rest is answered and logged later', async () => {
  await writing.db.execute(
    sql`alter table access_log add constraint broken check (operation_name is distinct from 'Unlogged') not valid`,
  );
  const { data, errors } = await readPersonal('Unlogged');
  expect(data.customer.contacts.nodes[0]).toEqual({ phone: '+862112345678', birthday: null });
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(JSON.stringify(errors)).not.toContain('1980');
  const contactOnly = await writing.server
    .as('MANAGER')
    .query('query Later { customers { nodes { address } } }');
  expect(contactOnly.errors).toBeUndefined();
  await writing.db.execute(sql`alter table access_log drop constraint broken`);
  await expect
    .poll(async () => (await writing.db.select().from(accessLog).where(sql`operation_name = 'Later'`)).length)
    .toBe(1);
});

describe('the queue', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  const occasion = (operationName: string) => ({
    viewer: null,
    operationName,
    requestId: 'request',
    address: '127.0.0.1',
    purpose: null,
  });
  const opened = (mostQueued?: number, stream: Writable = new PassThrough()) =>
    openAccessLog({ url: database.url, log: pino(stream), ...(mostQueued !== undefined && { mostQueued }) });
  const names = async () =>
    (await database.db.select().from(accessLog).orderBy(accessLog.occurredAt)).map(
      ({ operationName }) => operationName,
    );

  test('entries that still wait when the server stops are written', async () => {
    const log = opened();
    for (const name of ['a', 'b', 'c']) log.noteRefusal(occasion(name), { code: 'FORBIDDEN', fields: [] });
    await log.close();
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  test('an entry that the database cannot take does not hold up the others', async () => {
    const log = opened();
    log.noteRefusal(occasion('before'), { code: 'FORBIDDEN', fields: [] });
    log.noteRefusal(occasion('poison\0'), { code: 'FORBIDDEN', fields: [] });
    log.noteRefusal(occasion('after'), { code: 'FORBIDDEN', fields: [] });
    await log.close();
    expect((await names()).slice(-2)).toEqual(['before', 'after']);
  });

  test('while nothing can be written the queue stays bounded, and what is lost is counted and reported', async () => {
    const said: string[] = [];
    const stream = new PassThrough().on('data', (line) => said.push(String(line)));
    const log = opened(10, stream);
    await database.db.execute(sql`alter table access_log rename to access_log_away`);
    const refusal = { code: 'FORBIDDEN', fields: [] };
    try {
      log.noteRefusal(occasion('first'), refusal);
      await expect.poll(() => log.lastFailure?.(), { timeout: 60_000 }).toBeDefined();
      for (let i = 1; i <= 29; i += 1) log.noteRefusal(occasion(`flood ${i}`), refusal);
    } finally {
      await database.db.execute(sql`alter table access_log_away rename to access_log`);
    }
    await log.close();
    expect((await names()).slice(-10)).toEqual([
      'first',
      ...Array.from({ length: 9 }, (_, i) => `flood ${i + 1}`),
    ]);
    expect(said.join('')).toContain(
      '"entries":20,"msg":"access log: entries lost while none could be written"',
    );
  });

  test('a sign-in with half a letter is logged like any other', async () => {
    const log = opened();
    log.noteSignIn(occasion('half'), { account: 'x\ud800@test.example', sessionId: null });
    await log.close();
    expect((await names()).at(-1)).toBe('half');
  });
});
