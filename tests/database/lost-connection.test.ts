import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connection, connect, type Database } from '../../src/core/database/database.ts';
import { openRoad, type Road } from '../faults/unreliable-road.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let road: Road;
let connection: Connection;
beforeAll(async () => {
  database = await createTestDatabase();
  road = await openRoad(() => [Number(new URL(database.url).port)]);
  const address = new URL(database.url);
  address.port = String(road.port);
  connection = connect({ url: address.href, poolSize: 1 });
  await database.db.execute(sql`create table mark (name text)`);
});
afterAll(async () => {
  await connection.close();
  await road.close();
  await database.close();
});

const backendOf = async (db: Database) => {
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return row?.pid as number;
};
const marks = async () => {
  const rows = await database.db.execute<{ name: string }>(sql`select name from mark order by name`);
  return rows.map(({ name }) => name);
};

/** Resolves when the driver has seen the end of the connection: the one for transactions serves again. */
const servesAgain = () =>
  expect
    .poll(() =>
      connection.db
        .transaction((tx) => tx.execute(sql`select 1`))
        .then(
          (rows) => rows.length,
          () => 0,
        ),
    )
    .toBe(1);

const losses: Record<string, (pid: number) => Promise<unknown>> = {
  'the network fails': async () => road.cut(),
  'the backend is terminated': (pid) => database.db.execute(sql`select pg_terminate_backend(${pid})`),
};

test.each(Object.entries(losses))(
  'a transaction whose connection is lost between two statements ends with an error, and the pool goes on: %s',
  async (_title, lose) => {
    let isSeen = () => {};
    const seen = new Promise<void>((resolve) => {
      isSeen = resolve;
    });
    const afterwards: unknown[] = [];
    const lost = connection.db.transaction(async (tx) => {
      await tx.execute(sql`insert into mark values ('lost before')`);
      await lose(await backendOf(tx));
      await seen;
      afterwards.push(await tx.execute(sql`insert into mark values ('lost after')`).catch((error) => error));
    });
    await expect(lost).rejects.toThrow();
    await servesAgain();
    // The dead transaction asks while another is under way on the same connection of the pool.
    await connection.db.transaction(async (tx) => {
      await tx.execute(sql`insert into mark values ('kept')`);
      isSeen();
      await tx.execute(sql`select pg_sleep(0.02)`);
    });
    expect(afterwards).toEqual([expect.any(Error)]);
    expect(await marks()).toEqual(['kept']);
    await database.db.execute(sql`delete from mark`);
  },
);

test.each(Object.entries(losses))(
  'a transaction whose connection is lost during a statement ends with an error, and the pool goes on: %s',
  async (_title, lose) => {
    for (let round = 0; round < 5; round += 1) {
      const lost = connection.db.transaction(async (tx) => {
        const pid = await backendOf(tx);
        const sleeping = tx.execute(sql`select pg_sleep(10)`);
        await lose(pid);
        await sleeping;
      });
      await expect(lost).rejects.toThrow();
      await servesAgain();
    }
    expect(await connection.db.transaction((tx) => tx.execute(sql`select 2 as two`))).toEqual([{ two: 2 }]);
  },
);

test('a transaction that fails by itself is rolled back, and a failed inner one leaves the outer one whole', async () => {
  await connection.db.transaction(async (tx) => {
    await tx.execute(sql`insert into mark values ('outer')`);
    const inner = tx.transaction(async (nested) => {
      await nested.execute(sql`insert into mark values ('inner')`);
      await nested.execute(sql`select 1 / 0`);
    });
    await expect(inner).rejects.toThrow();
  });
  const unsendable = connection.client.begin((tx) => tx.unsafe('select $1::text', [undefined as never]));
  await expect(unsendable).rejects.toThrow('UNDEFINED_VALUE');
  const failed = connection.db.transaction(async (tx) => {
    await tx.execute(sql`insert into mark values ('failed')`);
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await marks()).toEqual(['outer']);
});

/** As the network fails, and as a backend that is terminated says goodbye. */
const breaks: ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => {
    const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0');
    const head = Buffer.from('E....');
    head.writeInt32BE(fields.length + 4, 1);
    socket.end(Buffer.concat([head, fields]));
  },
];

// What the driver asks of a new connection by itself nobody waits for: its failure would end the process, and this run.
test('a connection that breaks with its first statement fails that request, and nothing else', async () => {
  // AuthenticationOk, and ReadyForQuery outside of a transaction.
  const welcome = Buffer.from('5200000008000000005a0000000549', 'hex');
  const askedOf = async (breakOff: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(welcome, () => socket.once('data', () => breakOff(socket))));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { db, close } = connect({ url: `postgres://api@127.0.0.1:${port}/none`, poolSize: 1 });
    await expect(db.execute(sql`select 1`)).rejects.toThrow();
    await close();
    server.close();
  };
  await Promise.all(breaks.map(askedOf));
});
