import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Role } from '../../src/core/access/role.ts';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';

/** Within it a follower hears of what changed. */
const atOnceMs = 2_000;
/** Should the notification be lost: the period of the review, and some. */
const anywayMs = 8_000;

let server: TestServer;
let sockets: string[];
/** What is followed, by the subscription's name and arguments. */
let subscriptions: Record<string, string>;
let file: string;
const open: SocketClient[] = [];
beforeAll(async () => {
  server = await startTestServer({ socketBounds: { socketsPerEmployee: 1_000 } });
  sockets = [server.socketUrl, (await server.startAnother()).socketUrl];
  const { uuid } = viewer();
  const idOf = async (statement: ReturnType<typeof sql>) =>
    [...(await server.db.execute<{ id: string }>(statement))][0]?.id as string;
  file = await idOf(
    sql`insert into customer (name, owner_id) values ('上海第一精密机械有限公司', ${uuid}) returning id`,
  );
  const segment = await idOf(
    sql`insert into segment (name, rule, shared, owner_id) values ('全部', '{}', true, ${server.as('ADMIN').uuid}) returning id`,
  );
  const waiting = await idOf(sql`
    insert into customer_export (employee_id, format, columns, locale, purpose, expires_at)
    values (${uuid}, 'CSV', '{NAME}', 'ZH', '核对', now() + interval '1 hour') returning id`);
  const told = '{ cursor type customer { id creditLimit } }';
  const members = `segmentMembershipChanged(segmentId: "${encodeId('seg', segment)}")`;
  subscriptions = {
    'of one’s own files': `customerFileChanged ${told}`,
    'of one file': `customerFileChanged(customerId: "${encodeId('cus', file)}") ${told}`,
    'of a segment’s members': `customerFileChanged(segmentId: "${encodeId('seg', segment)}") ${told}`,
    'of who comes into a segment': `${members} ${told}`,
    'of requests': 'accessRequestChanged { type }',
    'of an export': `customerExportChanged(exportId: "${encodeId('exp', waiting)}") { status }`,
  };
  await server.db.execute(sql`select sequence_events(1000)`);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  await change((tx) => tx.execute(sql`update employee set disabled_at = null where id = ${viewer().uuid}`));
  // An event that is numbered later would be one for the next test's followers, who may read the file until it changes.
  await server.db.execute(sql`select sequence_events(1000)`);
});
afterAll(() => server.close());

const viewer = () => server.as('SALES');
type Transaction = Pick<Database, 'execute'>;
/** One transaction; without triggers nobody is notified of it. */
const change = (work: (tx: Transaction) => Promise<unknown>, isNotified = true) =>
  server.db.transaction(async (tx) => {
    if (!isNotified) await tx.execute(sql`set local session_replication_role = replica`);
    await work(tx);
  });
const become = (role: Role) => (tx: Transaction) =>
  tx.execute(sql`update employee set role = ${role} where id = ${viewer().uuid}`);

interface Followed {
  what: string;
  socket: SocketClient;
  stream: Stream;
}

/** Follows everything, each over a socket of its own, on both instances by turns, and waits until all are let in. */
async function followAll(): Promise<Followed[]> {
  const followed = Object.entries(subscriptions).map(([what, subscription], i) => {
    const socket = connectSocket(sockets[i % 2] as string, viewer().token);
    open.push(socket);
    return { what, socket, stream: socket.subscribe(`subscription { ${subscription} }`) };
  });
  for (const { socket } of followed)
    expect((await socket.query('{ viewer { id } }')).data?.viewer.id).toBe(viewer().id);
  for (const { what, stream } of followed) if (what === 'of an export') await stream.next();
  return followed;
}

/** Each socket is closed with 4403 within a time, and nothing of what was hidden in the change came through it. */
async function expectEnded(followed: Followed[], withinMs: number, hidden = '') {
  const late = new Promise<string>((resolve) => setTimeout(resolve, withinMs, 'open'));
  for (const { what, socket, stream } of followed) {
    expect([what, await Promise.race([socket.closed, late])]).toEqual([what, 4403]);
    const heard = JSON.stringify(stream.unread());
    if (hidden) expect([what, heard]).not.toEqual([what, expect.stringContaining(hidden)]);
  }
}

const roles = Object.values(Role);
const pairs = roles.flatMap((from) => roles.flatMap((to) => (from === to ? [] : [[from, to] as const])));
let amount = 700_000;

test.each(pairs)(
  'a follower who becomes of %s %s is sent away at once, whatever they follow, on every instance, and hears nothing between',
  async (from, to) => {
    await change(become(from));
    const followed = await followAll();
    amount += 1;
    await change(async (tx) => {
      await become(to)(tx);
      await tx.execute(sql`update customer set credit_limit = ${amount} where id = ${file}`);
    });
    await expectEnded(followed, atOnceMs, String(amount));
  },
);

const team = () => sql`(select id from team order by id limit 1)`;
const otherTeam = () => sql`(insert into team (name) values (${`团队${Math.random()}`}) returning id)`;
const rightsChanges: Record<string, (tx: Transaction) => Promise<unknown>> = {
  'of another team': (tx) =>
    tx.execute(
      sql`with another as ${otherTeam()} update employee set team_id = (select id from another) where id = ${viewer().uuid}`,
    ),
  'the leader of a team': (tx) =>
    tx.execute(sql`update team set leader_id = ${viewer().uuid} where id = ${team()}`),
  'no leader any more': (tx) => tx.execute(sql`update team set leader_id = null where id = ${team()}`),
  disabled: async (tx) => {
    await tx.execute(sql`update customer set owner_id = ${server.as('SALES_2').uuid} where id = ${file}`);
    await tx.execute(sql`update employee set disabled_at = now() where id = ${viewer().uuid}`);
  },
};
test.each(Object.entries(rightsChanges))(
  'a follower who is %s is sent away at once, whatever they follow',
  async (_who, rightsChange) => {
    const followed = await followAll();
    await change(rightsChange);
    await expectEnded(followed, atOnceMs);
  },
);

test('a follower whose role changes is sent away soon even if no instance is notified', async () => {
  await change(become(Role.MANAGER));
  const followed = await followAll();
  await change(become(Role.MARKETING), false);
  await expectEnded(followed, anywayMs);
});

test('a follower who comes to lead a team is sent away soon even if no instance is notified', async () => {
  const followed = await followAll();
  const lead = (leader: string | null) => (tx: Transaction) =>
    tx.execute(sql`update team set leader_id = ${leader} where id = ${team()}`);
  await change(lead(viewer().uuid), false);
  await expectEnded(followed, anywayMs);
  await change(lead(null), false);
});

test('whoever comes back is answered by the rights they have now, and goes on from their cursor', async () => {
  await change(become(Role.MANAGER));
  await change((tx) =>
    tx.execute(sql`update customer set owner_id = ${server.as('SALES_2').uuid} where id = ${file}`),
  );
  await server.db.execute(sql`select sequence_events(1000)`);
  const after = (await viewer().query('{ customerFileEvents { pageInfo { endCursor } } }')).data
    .customerFileEvents.pageInfo.endCursor;
  const ended = await followAll();
  await change(become(Role.SALES));
  await expectEnded(ended, atOnceMs);
  const socket = connectSocket(server.socketUrl, viewer().token);
  open.push(socket);
  const own = socket.subscribe(
    'subscription($after: String) { customerFileChanged(after: $after) { type customerId } }',
    { after },
  );
  const foreign = socket.subscribe(`subscription { ${subscriptions['of one file']} }`);
  expect((await foreign.next()).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  await change((tx) => tx.execute(sql`update customer set owner_id = ${viewer().uuid} where id = ${file}`));
  expect((await own.next()).data.customerFileChanged.type).toBe('ACCESS_GAINED');
});

test('a segment that is made private ends the streams of others with the next notice, even one of no file', async () => {
  const [{ id }] = (await server.db.execute<{ id: string }>(
    sql`insert into segment (name, rule, shared, owner_id) values ('共享', '{}', true, ${server.as('ADMIN').uuid}) returning id`,
  )) as unknown as [{ id: string }];
  const socket = connectSocket(server.socketUrl, viewer().token);
  open.push(socket);
  const stream = socket.subscribe(
    `subscription { customerFileChanged(segmentId: "${encodeId('seg', id)}") { type } }`,
  );
  await socket.query('{ viewer { id } }');
  await server.db.execute(sql`update segment set shared = false where id = ${id}`);
  // More than a follower is told one by one: a notice to load again.
  await server.db.execute(
    sql`insert into contact (customer_id, name) select ${file}, '批量' || n from generate_series(1, 1100) n`,
  );
  expect(await stream.ended).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});

test('a follower whose session ends is sent away at once, whatever they follow', async () => {
  const followed = await followAll();
  await change((tx) =>
    tx.execute(sql`update session set ended_at = now() where employee_id = ${viewer().uuid}`),
  );
  await expectEnded(followed, atOnceMs);
});
