import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Connection, connect } from '../../src/core/database/database.ts';
import { unavailabilityOf } from '../../src/core/database/unavailable.ts';
import { createTestDatabase } from '../support/database.ts';

const opened: Connection[] = [];
afterEach(() => Promise.all(opened.splice(0).map(({ close }) => close())));
/** One connection, so that the next statement has no other. */
function connectTo(url: string): Connection {
  const connection = connect({ url, poolSize: 1, connectTimeoutMs: 3_000 });
  opened.push(connection);
  return connection;
}

test('a connection that ends with a statement not yet sent serves the next statement, however often', async () => {
  const dials = vi.spyOn(Socket.prototype, 'connect');
  onTestFinished(() => dials.mockRestore());
  const database = await createTestDatabase();
  onTestFinished(() => database.close());
  const { client } = connectTo(database.url);
  for (let round = 0; round < 3; round += 1) {
    const read = async () => (await client.unsafe('select inet_client_port() as port'))[0]?.port;
    // The driver's by its port: whatever ran before in this process may dial too.
    const port = await read();
    const socket = dials.mock.contexts.find((dialled) => (dialled as Socket).localPort === port) as Socket;
    // The driver sends at the end of the turn after this one, and sees the end of the connection at the end of this one.
    await nextTurn();
    const unsent = client.unsafe('select 2').execute();
    for (let i = 0; i < 5; i += 1) await Promise.resolve();
    socket.destroy();
    await expect(unsent).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await read()).toBeGreaterThan(0);
    expect(await read()).toBeGreaterThan(0);
  }
});

const message = (type: string, ...parts: (string | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
/** AuthenticationOk, and ReadyForQuery outside of a transaction. */
const ready = message('Z', 'I');
const welcome = Buffer.concat([message('R', Buffer.alloc(4)), ready]);
const fatal = (code: string, text: string) => message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
const refusal = fatal('57P03', 'the database system is not yet accepting connections');
const farewell = fatal('57P01', 'terminating connection due to unexpected postmaster exit');
const done = Buffer.concat([message('C', 'SELECT 0\0'), ready]);

type Mode = 'BREAKS' | 'SAYS_FAREWELL' | 'REFUSES' | 'SERVES';

/** What looks like PostgreSQL, and breaks as it does. */
async function startImitation() {
  const state: { mode: Mode; sessions: number } = { mode: 'SERVES', sessions: 0 };
  const answer = (socket: Socket) => {
    if (state.mode === 'SERVES') socket.write(done);
    else if (state.mode === 'SAYS_FAREWELL') socket.end(farewell);
    else socket.end();
  };
  const server = createServer((socket) => {
    state.sessions += 1;
    socket.on('error', () => {});
    socket.once('data', () => {
      if (state.mode === 'REFUSES') return socket.end(refusal);
      // In two pieces, as a slow network delivers it.
      socket.write(welcome.subarray(0, 3));
      setTimeout(() => socket.write(welcome.subarray(3)), 5);
      return socket.on('data', () => answer(socket));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { state, ...connectTo(`postgres://api@127.0.0.1:${port}/none`) };
}

test('while a database refuses sessions after a loss, each statement fails at once with its reason; the first afterwards succeeds', async () => {
  const { state, db, client } = await startImitation();
  state.mode = 'BREAKS';
  await expect(client.unsafe('select 1')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  state.mode = 'REFUSES';
  for (let i = 0; i < 3; i += 1) {
    const failed = await db.execute(sql`select 1`).catch((error) => error);
    expect(failed.cause).toMatchObject({
      code: '57P03',
      severity: 'FATAL',
      message: 'the database system is not yet accepting connections',
    });
    expect(unavailabilityOf(failed)).toBe('DOWN');
  }
  expect(state.sessions).toBe(4);
  state.mode = 'SERVES';
  expect(await client.unsafe('select 1')).toEqual([]);
});

test('a statement whose session PostgreSQL ends fails with the reason, and the next one does not', async () => {
  const { state, client } = await startImitation();
  expect(await client.unsafe('select 1')).toEqual([]);
  for (let round = 0; round < 3; round += 1) {
    state.mode = 'SAYS_FAREWELL';
    await expect(client.unsafe('select 1')).rejects.toMatchObject({ code: '57P01', severity: 'FATAL' });
    state.mode = 'SERVES';
    expect(await client.unsafe('select 1')).toEqual([]);
  }
});
