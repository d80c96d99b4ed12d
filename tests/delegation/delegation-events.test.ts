import { eq, isNull, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { delegation } from '../../src/domains/delegation/delegation.table.ts';
import { turnDelegations } from '../../src/domains/delegation/delegation.write.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
const sockets: SocketClient[] = [];
beforeAll(async () => {
  writing = await startWriting();
});
afterEach(async () => {
  await writing.db.delete(delegation);
  await writing.db.update(customer).set({ ownerId: uuidOf(writing.admin.id) });
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await writing.close();
});

const selection = 'cursor type version customerId customer { id city } changes { field newValue }';
const follow = (name: StaffName, after: string): Stream => {
  const socket = connectSocket(writing.server.socketUrl, writing.server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(
    `subscription ($after: String) { customerFileChanged(after: $after) { ${selection} } }`,
    { after },
  );
};
const next = async (stream: Stream) => (await stream.next()).data.customerFileChanged;
const cursorNow = async (): Promise<string> => {
  await writing.db.execute(sql`select sequence_events(100000)`);
  return (await writing.server.as('MANAGER').query('{ customerFileEvents { pageInfo { endCursor } } }')).data
    .customerFileEvents.pageInfo.endCursor;
};
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const day = 86_400_000;

/** The stranger stands in for the owner, written past the API; as if the server had been down where it lies behind. */
const standIn = (starts: number, ends: number) =>
  writing.db.insert(delegation).values({
    employeeId: uuidOf(writing.owner.id),
    delegateId: uuidOf(writing.stranger.id),
    startsAt: inMs(starts),
    endsAt: inMs(ends),
  });
/** The file after a change of delegations has been noticed. */
async function turned(uuid: string, change: () => Promise<unknown>) {
  const read = async () => (await writing.db.select().from(customer).where(eq(customer.id, uuid)))[0]!;
  const before = await read();
  await change();
  for (;;) {
    await turnDelegations(writing.db);
    const after = await read();
    if (after.version > before.version) return after;
  }
}
const move = (uuid: string, city: string) =>
  writing.db.update(customer).set({ city }).where(eq(customer.id, uuid));

test('a delegate gains each file when their time begins, follows its changes, and loses it when it ends', async () => {
  const file = await openFile(writing, writing.owner);
  const other = await openFile(writing, writing.owner);
  const live = follow('SALES_2', await cursorNow());
  const { payload } = await writing.owner.write(
    'createDelegation',
    { delegateId: writing.stranger.id, endsAt: inMs(day) },
    '{ delegation { id } }',
  );
  const gained = [await next(live), await next(live)];
  expect(gained.map(({ type }) => type)).toEqual(['ACCESS_GAINED', 'ACCESS_GAINED']);
  expect(new Set(gained.map(({ customerId }) => customerId))).toEqual(new Set([file.id, other.id]));
  // A version of its own, or a client that knew the file before would take it for an event it has seen.
  expect(gained.map(({ version }) => version)).toEqual([2, 2]);
  await move(file.uuid, '苏州市');
  expect(await next(live)).toMatchObject({ type: 'UPDATED', changes: [{ newValue: '苏州市' }] });
  const created = await openFile(writing, writing.owner);
  expect(await next(live)).toMatchObject({ type: 'CREATED', customerId: created.id });
  await writing.owner.write('endDelegation', { id: payload.delegation.id }, '{ delegation { id } }');
  const ended = [await next(live), await next(live), await next(live)];
  expect(ended).toMatchObject(Array(3).fill({ type: 'ACCESS_ENDED', customer: null, changes: [] }));
  await move(file.uuid, '无锡市');
  const own = await openFile(writing, writing.stranger);
  expect(await next(live)).toMatchObject({ type: 'CREATED', customerId: own.id });
});

test('a period that begins and ends by its time is noticed, also by who was offline at both moments', async () => {
  const file = await openFile(writing, writing.owner);
  const after = await cursorNow();
  await standIn(-1_000, 3_000);
  await turnDelegations(writing.db);
  await move(file.uuid, '常州市');
  const told: { type: string; customerId: string }[] = [];
  const stream = follow('SALES_2', after);
  while (told.at(-1)?.type !== 'ACCESS_ENDED') told.push(await next(stream));
  const seen = told.map(({ type }) => type);
  expect(seen.at(0)).toBe('ACCESS_GAINED');
  const late = follow('SALES_2', after);
  // By the rights of now, nothing of the file is left but its end.
  expect(await next(late)).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id, customer: null });
});

test('a period that nobody noticed while the server was down has an event for its end, and one cancelled before its time none', async () => {
  const file = await openFile(writing, writing.owner);
  const after = await cursorNow();
  await standIn(-2 * day, -day);
  await writing.db.insert(delegation).values({
    employeeId: uuidOf(writing.owner.id),
    delegateId: uuidOf(writing.stranger.id),
    startsAt: inMs(-day / 2),
    endsAt: inMs(day),
    endedAt: inMs(-day),
  });
  const live = follow('SALES_2', after);
  expect(await next(live)).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id });
  const own = await openFile(writing, writing.stranger);
  expect(await next(live)).toMatchObject({ type: 'CREATED', customerId: own.id });
});

test('who has read a file before a period began or ended writes it as if nothing had happened', async () => {
  const { owner } = writing;
  const file = await openFile(writing, owner);
  const { version } = await turned(file.uuid, () => standIn(-1_000, day));
  expect(version).toBe(file.version + 1);
  const update = (expectedVersion: number, city: string) =>
    owner.write('updateCustomer', { id: file.id, expectedVersion, city }, '{ customer { version } }');
  expect((await update(file.version, '苏州市')).payload?.customer).toEqual({ version: version + 1 });
  await turned(file.uuid, () => writing.db.update(delegation).set({ endedAt: sql`now()` }));
  expect((await update(version + 1, '无锡市')).payload?.customer).toEqual({ version: version + 3 });
  expect((await update(file.version, '无锡市')).payload?.customer).toEqual({ version: version + 3 });
});

test('delegations that begin at the same time do not hold the files of one employee while they wait for another’s', async () => {
  const { db, owner, admin, stranger } = writing;
  const [first, second] = [await openFile(writing, owner), await openFile(writing, admin)];
  let turning: Promise<void> | undefined;
  await db.transaction(async (tx) => {
    await tx.execute(sql`select from customer where id = ${second.uuid} for no key update`);
    for (const [i, { id }] of [owner, admin].entries())
      await db.insert(delegation).values({
        employeeId: uuidOf(id),
        delegateId: uuidOf(stranger.id),
        startsAt: inMs(-2_000 + i),
        endsAt: inMs(day),
      });
    turning = turnDelegations(db);
    for (;;) {
      // Outside of the transaction, which would see the same activity for ever.
      const [blocked] = await db.execute(
        sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (blocked) break;
    }
    // Fails at once while the file is locked.
    await tx.execute(sql`select from customer where id = ${first.uuid} for no key update nowait`);
  });
  await turning;
  expect(await db.select().from(delegation).where(isNull(delegation.begunAt))).toEqual([]);
});

test('a file that goes to somebody else, or comes to who is away, is lost or gained by the delegate at once', async () => {
  const file = await openFile(writing, writing.owner);
  const coming = await openFile(writing, writing.admin);
  await standIn(-1_000, day);
  await turnDelegations(writing.db);
  const live = follow('SALES_2', await cursorNow());
  const assign = (id: string, to: string) =>
    writing.manager.write('assignCustomer', { id, ownerId: to }, '{ customer { id } }');
  await assign(file.id, writing.admin.id);
  expect(await next(live)).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id, customer: null });
  await assign(coming.id, writing.owner.id);
  expect(await next(live)).toMatchObject({ type: 'ACCESS_GAINED', customerId: coming.id });
});

test('the owner hears nothing of somebody standing in for them, and a co-owner keeps the file when it ends', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.manager.write(
    'addCoOwner',
    { id: file.id, coOwnerId: writing.stranger.id },
    '{ customer { id } }',
  );
  const after = await cursorNow();
  await standIn(-2_000, -1_000);
  await turnDelegations(writing.db);
  await move(file.uuid, '扬州市');
  expect(await next(follow('SALES', after))).toMatchObject({ type: 'UPDATED' });
  const coOwner = follow('SALES_2', after);
  expect(await next(coOwner)).toMatchObject({ type: 'ACCESS_CHANGED', customer: { id: file.id } });
  expect(await next(coOwner)).toMatchObject({ type: 'UPDATED' });
});

test('when an absent employee leaves, the delegate hears that every file is lost, by whichever way it went', async () => {
  const file = await openFile(writing, writing.owner);
  await standIn(-1_000, day);
  await turnDelegations(writing.db);
  const live = follow('SALES_2', await cursorNow());
  const input = {
    fromEmployeeId: writing.owner.id,
    rules: [{ toEmployeeId: writing.manager.id }],
    disable: true,
  };
  const done = await writing.admin.write('handOverFiles', input, '{ handover { delegations } }');
  expect(done.payload.handover.delegations).toBe(1);
  expect(await next(live)).toMatchObject({ type: 'ACCESS_ENDED', customerId: file.id });
  await writing.admin.write(
    'disableEmployee',
    { id: writing.owner.id, disabled: false },
    '{ employee { id } }',
  );
});

test('of delegations that begin together, every process turns the same one first', async () => {
  const begun = inMs(-1_000);
  const ids = ['01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001'];
  const people = [writing.owner, writing.manager];
  for (const [i, id] of ids.entries())
    await writing.db.insert(delegation).values({
      id,
      employeeId: uuidOf(people[i]!.id),
      delegateId: uuidOf(writing.stranger.id),
      startsAt: begun,
      endsAt: inMs(day),
    });
  await writing.db.execute(sql`select turn_delegation()`);
  const waiting = await writing.db.select().from(delegation).where(isNull(delegation.begunAt));
  expect(waiting.map(({ id }) => id)).toEqual([ids[0]]);
});
