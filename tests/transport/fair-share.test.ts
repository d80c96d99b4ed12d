import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { bearer, type Json, openSignedIn, post } from './wire.ts';

/** Of each pool: so one caller has three at most, also of the five that serve sockets. */
const poolSize = 5;
const share = 3;

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ config: { databasePoolSize: poolSize } });
  await server.db
    .insert(customer)
    .values({ name: '苏州启明精密机械有限公司', ownerId: server.as('SALES').uuid });
});
afterAll(() => server.close());

/**
 * A list that waits as long as the table of tags is locked, as a heavy one takes long; and one that does not. Not a table
 * of parts: the access log's statement names each of them, and would wait too.
 */
const heavy = '{ customers { nodes { tags { label } } } }';
const light = '{ customers { totalCount nodes { name } } }';
const write = (i: number) =>
  `mutation { createSegment(input: { name: "客户分群${i}", kind: DYNAMIC, rule: { stage: { eq: WON } } }) { segment { id } } }`;

/** Does work while a table is locked. */
const whileLocked = (table: string, work: () => Promise<unknown>) =>
  server.db.transaction(async (tx) => {
    await tx.execute(sql.raw(`lock table ${table} in access exclusive mode`));
    await work();
  });

/** The moment at which exactly so many statements wait for what is held. */
async function whenWaiting(amount: number): Promise<void> {
  for (;;) {
    const [row] = await server.db.execute<{ waiting: number }>(sql`
      select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    if (row?.waiting === amount) return;
    expect(row?.waiting).toBeLessThan(amount);
  }
}

const http = async (who: StaffName, query: string): Promise<Json> =>
  (await post(server.url, { query }, bearer(server.as(who).token))).json;

/** Ways to send many operations at once, and to send another one beside them. */
const ways = {
  HTTP: async () => ({ send: http, close: () => {} }),
  'the socket': async () => {
    const open = await Promise.all(
      (['MANAGER', 'DATA_STEWARD', 'ADMIN'] as const).map(
        async (who) => [who, await openSignedIn(server, server.as(who).token)] as const,
      ),
    );
    const sockets = new Map<StaffName, (typeof open)[number][1]>(open);
    const answers = new Map<string, (answer: Json) => void>();
    for (const [who, raw] of open)
      raw.socket.on('message', (bytes) => {
        const { id, type, payload } = JSON.parse(String(bytes));
        if (type === 'next' || type === 'error') answers.get(`${who} ${id}`)?.(payload);
      });
    let sent = 0;
    return {
      send: (who: StaffName, query: string) =>
        new Promise<Json>((resolve) => {
          const id = String(++sent);
          answers.set(`${who} ${id}`, resolve);
          sockets.get(who)?.say({ type: 'subscribe', id, payload: { query } });
        }),
      close: () => {
        for (const [, raw] of open) raw.socket.close();
      },
    };
  },
};

test.each(Object.entries(ways))(
  'twenty heavy lists of one viewer take their share, and another’s list passes beside them: over %s',
  async (_way, open) => {
    const { send, close } = await open();
    const answered: string[] = [];
    let all: Promise<number>[] = [];
    await whileLocked('tag', async () => {
      all = Array.from({ length: 20 }, () => send('MANAGER', heavy).then(() => answered.push('heavy')));
      await whenWaiting(share);
      expect((await send('DATA_STEWARD', light)).data.customers.totalCount).toBe(1);
      expect(answered).toEqual([]);
    });
    await Promise.all(all);
    expect(answered).toHaveLength(20);
    close();
  },
);

test('while all places are taken a list has its turn after one of each who waited before', async () => {
  const answered: string[] = [];
  let sent: Promise<number>[] = [];
  await whileLocked('tag', async () => {
    sent = (['MANAGER', 'DATA_STEWARD'] as const).flatMap((who) =>
      Array.from({ length: 20 }, () => http(who, heavy).then(() => answered.push(who))),
    );
    await whenWaiting(poolSize - 1);
    sent.push(http('ADMIN', heavy).then(() => answered.push('ADMIN')));
    // What is sent later is answered, so that one has come to the queue.
    await http('SALES', '{ __typename }');
  });
  await Promise.all(sent);
  expect(answered).toHaveLength(41);
  // Those that ran, one of each that waited before, and as many as may run beside it; far from the last in any case.
  expect(answered.indexOf('ADMIN')).toBeLessThan(20);
});

test('what waits of one viewer is bounded, and the rest is refused at once: nobody else’s', async () => {
  let sent: Promise<Json>[] = [];
  await whileLocked('tag', async () => {
    sent = Array.from({ length: share + 200 + 10 }, () => http('MANAGER', heavy));
    const refused = await Promise.any(
      sent.map(async (answer) => {
        const { errors } = await answer;
        return errors?.[0]?.extensions ?? Promise.reject(new Error('It was answered.'));
      }),
    );
    expect(refused).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
    expect((await http('DATA_STEWARD', light)).errors).toBeUndefined();
  });
  const codes = (await Promise.all(sent)).map(({ errors }) => errors?.[0]?.extensions.code);
  const refused = codes.filter((code) => code !== undefined);
  expect(new Set(refused)).toEqual(new Set(['RATE_LIMITED']));
  expect(refused.length).toBeLessThanOrEqual(10);
});

test('writers take turns too: another’s write waits for one of the many, not for all', async () => {
  const answered: string[] = [];
  let sent: Promise<unknown>[] = [];
  await whileLocked('segment', async () => {
    sent = Array.from({ length: 20 }, (_, i) =>
      http('DATA_STEWARD', write(i)).then(({ errors }) => {
        expect(errors).toBeUndefined();
        answered.push('many');
      }),
    );
    await whenWaiting(poolSize);
    sent.push(http('ADMIN', write(99)).then(() => answered.push('one')));
    await http('SALES', '{ __typename }');
  });
  await Promise.all(sent);
  expect(answered.indexOf('one')).toBeLessThan(poolSize + 1 + poolSize);
});
