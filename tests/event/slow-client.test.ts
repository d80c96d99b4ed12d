import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { countSockets, subscriptionsStand } from '../support/gauges.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ socketBounds: { unreadTimeoutMs: 300 } });
});
afterAll(() => server.close());

const subscription = 'subscription { customerFileChanged { cursor type customer { businessScope } } }';

/** A client that subscribes and then takes nothing from its connection any more. */
async function openStubborn(): Promise<WebSocket & { _socket: { pause: () => void; resume: () => void } }> {
  const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  const token = server.as('SALES').token;
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: subscription } }));
  socket.send(JSON.stringify({ type: 'ping' }));
  // The answer proves that the subscription before it was received.
  await new Promise((resolve) => socket.once('message', resolve));
  (socket as never as { _socket: { pause: () => void } })._socket.pause();
  return socket as never;
}

test('a client that does not read is ended, while others get every event', async () => {
  const [row] = await server.db
    .insert(customer)
    .values({ name: '东方机械有限公司', ownerId: server.as('SALES').uuid })
    .returning();
  const reader = connectSocket(server.socketUrl, server.as('SALES').token);
  const stream = reader.subscribe(
    'subscription($id: ID) { customerFileChanged(customerId: $id) { cursor type customer { businessScope } } }',
    { id: encodeId('cus', row!.id) },
  );
  await subscriptionsStand(server, 1);
  const stubborn = await openStubborn();
  const closed = new Promise<number>((resolve) => stubborn.once('close', resolve));

  // More than the two ends of a connection hold: the system takes some megabytes before a sender has to wait.
  let delivered = 0;
  while ((await countSockets(server)) > 1) {
    const businessScope = `${delivered}`.padEnd(150_000, '文');
    await server.db.update(customer).set({ businessScope }).where(eq(customer.id, row!.id));
    let event = (await stream.next()).data.customerFileChanged;
    while (event.type === 'CREATED') event = (await stream.next()).data.customerFileChanged;
    expect(event.customer.businessScope).toBe(businessScope);
    delivered += 1;
  }
  expect(delivered).toBeGreaterThan(1);
  stubborn._socket.resume();
  expect([1006, 4420]).toContain(await closed);
  await reader.close();
});
