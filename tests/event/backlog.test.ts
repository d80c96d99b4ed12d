import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { type Answer, type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';

let server: TestServer;
const sockets: SocketClient[] = [];
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await server.close();
});

interface File {
  uuid: string;
  id: string;
}
const uuidOf = (name: StaffName) => server.as(name).uuid;
const newFile = async (owner: StaffName): Promise<File> => {
  const values = {
    name: '东方机械有限公司',
    ownerId: uuidOf(owner),
    address: '人民路1号',
    creditLimit: '5000',
  };
  const [row] = await server.db.insert(customer).values(values).returning();
  return { uuid: row?.id as string, id: encodeId('cus', row?.id as string) };
};
const update = ({ uuid }: File, fields: Partial<typeof customer.$inferInsert>, db: Database = server.db) =>
  db.update(customer).set(fields).where(eq(customer.id, uuid));
const renew = (file: File) => update(file, { city: `${Math.random()}` });
const give = (file: File, to: StaffName, db?: Database) => update(file, { ownerId: uuidOf(to) }, db);
const settleLog = () => server.db.execute(sql`select sequence_events(1000000)`);

const selection = `cursor type version customerId entityId changes { field oldValue newValue }
  customer { id city address creditLimit owner { id } contacts { nodes { name mobile } }
    interactions(filter: { occurredAt: { withinLast: "P6M" } }) { nodes { id } } }`;

/** Follows from `after` on, over a socket of its own. */
const follow = (name: StaffName, after: string, customerId?: string): Stream => {
  const socket = connectSocket(server.socketUrl, server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(
    `subscription($after: String, $id: ID) { customerFileChanged(after: $after, customerId: $id) { ${selection} } }`,
    { after, id: customerId },
  );
};
const cursorNow = async (): Promise<string> => {
  await settleLog();
  const { data } = await server.as('MANAGER').query('{ customerFileEvents { pageInfo { endCursor } } }');
  return data.customerFileEvents.pageInfo.endCursor;
};

const errorsOf = ({ errors = [] }: Pick<Answer, 'errors'>) =>
  errors
    .map(({ message, extensions }) => ({ message, extensions }))
    .sort((a, b) => (a.message < b.message ? -1 : 1));

interface ToldEvent {
  cursor: string;
  type: string;
  customerId: string;
}
interface Heard {
  event: ToldEvent;
  errors: ReturnType<typeof errorsOf>;
}

/** What somebody who asks for one event at a time is told from `after` on. */
async function pollEach(name: StaffName, from: string, customerId?: string): Promise<Heard[]> {
  const heard: Heard[] = [];
  for (let after = from; ; ) {
    const answer = await server
      .as(name)
      .query(
        `query($after: String, $id: ID) { customerFileEvents(after: $after, first: 1, customerId: $id) { nodes { ${selection} } pageInfo { endCursor hasNextPage } } }`,
        { after, id: customerId },
      );
    const { nodes, pageInfo } = answer.data.customerFileEvents;
    for (const event of nodes) heard.push({ event, errors: errorsOf(answer) });
    if (!pageInfo.hasNextPage) return heard;
    after = pageInfo.endCursor;
  }
}

/** What a client is told that comes back for its backlog, loses its socket now and then, and resumes. */
async function resumeUntil(
  amount: number,
  losses: number[],
  open: (after: string) => Stream,
  from: string,
): Promise<Heard[]> {
  const heard: Heard[] = [];
  let stream = open(from);
  while (heard.length < amount) {
    const result = await stream.next();
    const event: ToldEvent = result.data.customerFileChanged;
    heard.push({ event, errors: errorsOf(result as Answer) });
    if (losses.includes(heard.length)) {
      await sockets.pop()?.close();
      stream = open(event.cursor);
    }
  }
  return heard;
}

const kinds = ['city', 'address', 'credit', 'contact', 'handover', 'lend', 'recall', 'other'] as const;

test('a backlog is delivered in pages exactly as one event after another, whoever reads it and wherever the socket is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...kinds), { minLength: 8, maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
      async (changes, losses) => {
        const [file, other] = [await newFile('SALES'), await newFile('SALES_2')];
        const from = await cursorNow();
        let owner: StaffName = 'SALES';
        const act: Record<(typeof kinds)[number], () => Promise<unknown>> = {
          city: () => renew(file),
          address: () => update(file, { address: `${Math.random()}号` }),
          credit: () => update(file, { creditLimit: String(Math.floor(Math.random() * 10_000)) }),
          contact: () =>
            server.db.insert(contact).values({ customerId: file.uuid, name: '张三', mobile: '1' }),
          handover: () => {
            owner = owner === 'SALES' ? 'SALES_2' : 'SALES';
            return give(file, owner);
          },
          lend: () =>
            server.db.execute(sql`
              insert into access_grant (customer_id, grantee_id, classes, purpose, expires_at)
              select ${file.uuid}, ${uuidOf('SALES_2')}, '{contact}', '回访', now() + interval '1 day'
              where not exists (select from access_grant where customer_id = ${file.uuid} and ended_at is null)`),
          recall: () =>
            server.db.execute(
              sql`update access_grant set ended_at = now(), end_reason = 'RECALLED' where customer_id = ${file.uuid} and ended_at is null`,
            ),
          other: () => renew(other),
        };
        for (const change of changes) await act[change]();
        await renew(file);
        await settleLog();
        const readers: [StaffName, string?][] = [
          ['SALES'],
          ['SALES_2'],
          ['MANAGER', file.id],
          ['MARKETING', file.id],
          ['ANALYST', file.id],
        ];
        for (const [name, customerId] of readers) {
          const alone = await pollEach(name, from, customerId);
          const open = (after: string) => follow(name, after, customerId);
          const told = await resumeUntil(alone.length, losses, open, from);
          expect(told, `${name}: ${changes.join()}`).toEqual(alone);
        }
        expect(await pollEach('MANAGER', from, file.id)).not.toHaveLength(0);
        await Promise.all(sockets.splice(0).map((socket) => socket.close()));
      },
    ),
    {
      numRuns: 4,
      endOnFailure: true,
      examples: [
        [['city', 'contact', 'handover', 'city', 'credit', 'handover', 'city', 'other', 'address'], [1]],
      ],
    },
  );
}, 240_000);

test('a page of a backlog costs the same statements however many events it has', async () => {
  const file = await newFile('SALES');
  const statementsFor = async (amount: number): Promise<number> => {
    const from = await cursorNow();
    for (let nth = 0; nth < amount; nth += 1) await renew(file);
    await settleLog();
    const takeAll = async () => {
      const stream = follow('SALES', from);
      for (let nth = 0; nth < amount; nth += 1) await stream.next();
      await sockets.pop()?.close();
    };
    // Until somebody has been told of all, the server's feed may not have them yet.
    await takeAll();
    server.statements.length = 0;
    await takeAll();
    return server.statements.filter((text) => !text.includes('access_log')).length;
  };
  await statementsFor(10);
  expect(await statementsFor(40)).toBe(await statementsFor(10));
});

/** Holds whoever reads changes for delivery in the middle of it, makes a change meanwhile, and lets them go on. */
async function whileReading(begin: () => unknown, change: (tx: Database) => Promise<unknown>): Promise<void> {
  await server.db.transaction(async (tx) => {
    await tx.execute(sql`lock table file_change in access exclusive mode`);
    begin();
    for (;;) {
      // A reader: the sequencer, which adds to the history, waits as well.
      const [row] = await server.db.execute(
        sql`select from pg_locks where relation = 'file_change'::regclass and mode = 'AccessShareLock' and not granted`,
      );
      if (row) break;
    }
    await change(tx as Database);
  });
}

test('a right that ends in the middle of a page stops all of that file in it, and nothing else', async () => {
  const [gone, lost, kept] = [await newFile('SALES'), await newFile('SALES'), await newFile('SALES')];
  const from = await cursorNow();
  // Told without reading anything, so that what follows is a page.
  await give(gone, 'SALES_2');
  for (let nth = 0; nth < 5; nth += 1) {
    await renew(lost);
    await renew(kept);
  }
  await settleLog();
  let stream!: Stream;
  await whileReading(
    () => {
      stream = follow('SALES', from);
    },
    async (tx) => {
      await update(lost, { name: '不可告人有限公司' }, tx);
      await give(lost, 'SALES_2', tx);
    },
  );
  const told: Record<string, ToldEvent[]> = { [gone.id]: [], [lost.id]: [], [kept.id]: [] };
  while (told[lost.id]?.length === 0) {
    const { data } = await stream.next();
    told[data.customerFileChanged.customerId]?.push(data.customerFileChanged);
  }
  expect(told[gone.id]).toMatchObject([{ type: 'ACCESS_ENDED' }]);
  expect(told[kept.id]).toHaveLength(5);
  expect(told[lost.id]).toMatchObject([{ type: 'ACCESS_ENDED', version: null, changes: [], customer: null }]);
  await renew(lost);
  await renew(kept);
  expect((await stream.next()).data.customerFileChanged).toMatchObject({
    type: 'UPDATED',
    customerId: kept.id,
  });
  expect(stream.unread()).toEqual([]);
});
