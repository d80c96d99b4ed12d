import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { holdNeeds, isWaiting } from './held-needs.ts';
import { bearer, openSignedIn, post } from './wire.ts';

const query = `mutation ($input: LogInteractionInput!) { logInteraction(input: $input) {
  interaction { summary customer { needs { totalCount } } }
} }`;
const answer = {
  logInteraction: { interaction: { summary: '回访', customer: { needs: { totalCount: 0 } } } },
};

/** A server with a mutation that is written but not answered until it is let go. */
async function start() {
  const server = await startTestServer();
  const [file] = await server.db
    .insert(customer)
    .values({ name: '苏州启明精密机械有限公司', ownerId: server.as('SALES').uuid })
    .returning();
  const customerId = encodeId('cus', file?.id as string);
  const input = { customerId, kind: 'VISIT', occurredAt: '2026-01-05T08:00:00Z', summary: '回访' };
  return { server, letGo: await holdNeeds(server), payload: { query, variables: { input } } };
}

/** Sends an operation; returns what its client hears until its connection has ended. */
const carriers: Record<string, (server: TestServer, payload: object) => Promise<unknown[]>> = {
  async 'a socket'(server, payload) {
    const { say, hear, closed } = await openSignedIn(server, server.as('CUSTOMER_SERVICE').token);
    say({ type: 'subscribe', id: '1', payload });
    const heard = [(await hear()).payload.data, (await hear()).type];
    await closed;
    return heard;
  },
  async 'a stream'(server, payload) {
    const url = new URL('/graphql/stream', server.url).href;
    const { text } = await post(url, payload, bearer(server.as('CUSTOMER_SERVICE').token));
    const [next = '', complete = ''] = text.split('\n\n');
    return [
      JSON.parse(next.replace('event: next\ndata: ', '')).data,
      complete.split('\n')[0]?.replace('event: ', ''),
    ];
  },
};

/** Ends connections, which has shown at an idle one; returns what stops the server. */
const endings: Record<string, (server: TestServer) => Promise<() => Promise<unknown>>> = {
  async 'its sender is disabled'(server) {
    const { token, uuid } = server.as('CUSTOMER_SERVICE');
    const idle = await openSignedIn(server, token);
    await server.db.execute(sql`update employee set disabled_at = now() where id = ${uuid}::uuid`);
    expect((await idle.closed).code).toBe(4403);
    return () => server.close();
  },
  async 'the server stops'(server) {
    const idle = await openSignedIn(server, server.as('SALES').token);
    const stopped = server.close();
    expect((await idle.closed).code).toBe(1001);
    return () => stopped;
  },
};

test.each(Object.keys(carriers).flatMap((carrier) => Object.keys(endings).map((end) => [carrier, end])))(
  'a mutation over %s is answered before the connection ends because %s',
  async (carrier, end) => {
    const { server, letGo, payload } = await start();
    const heard = carriers[carrier]?.(server, payload);
    await expect.poll(() => isWaiting(server)).toBe(true);
    const stop = await endings[end]?.(server);
    letGo();
    expect(await heard).toEqual([answer, 'complete']);
    await stop?.();
  },
);

test('what is sent over a connection that is about to end is not begun', async () => {
  const { server, letGo, payload } = await start();
  const { say, hear, closed } = await openSignedIn(server, server.as('CUSTOMER_SERVICE').token);
  say({ type: 'subscribe', id: '1', payload });
  await expect.poll(() => isWaiting(server)).toBe(true);
  const stop = await endings['its sender is disabled']?.(server);
  say({ type: 'subscribe', id: '2', payload: { query: '{ viewer { id } }' } });
  letGo();
  expect([await hear(), await hear()]).toMatchObject([
    { id: '1', payload: { data: answer } },
    { id: '1', type: 'complete' },
  ]);
  expect((await closed).code).toBe(4403);
  await stop?.();
});
