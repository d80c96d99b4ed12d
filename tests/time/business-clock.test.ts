import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../../src/core/database/database.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { team } from '../../src/domains/employee/employee.table.ts';
import { type MovableClock, openMovableClock } from '../../src/features/demo/movable-clock.ts';
import { approve, ask } from '../grant/granted-file.ts';
import { workAroundTheClock } from '../support/calendar.ts';
import { createTestDatabase } from '../support/database.ts';
import { connectSocket } from '../support/socket.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

const dayMs = 86_400_000;
let clock: MovableClock;
let writing: Writing;
beforeAll(async () => {
  const database = await createTestDatabase();
  clock = await openMovableClock(database.db);
  writing = await startWriting({ database, clock, taskRules: true });
  await workAroundTheClock(writing.db);
  await writing.db.update(team).set({ leaderId: uuidOf(writing.finance.id) });
});
afterAll(() => writing.close());

const inDays = (days: number) => new Date(clock.now().getTime() + days * dayMs);
const waitDays = (days: number) => clock.forwardTo(inDays(days));
/** Whether an instant is business time, give or take what a test may take. */
const isNow = (instant: string) => Math.abs(Date.parse(instant) - clock.now().getTime()) < 60_000;

test('with the machine’s clock, business time in SQL is now() itself', async () => {
  const plain = await createTestDatabase();
  const plan = await plain.db.execute(
    sql`explain (verbose, costs off) select business_now(), business_clock() from customer`,
  );
  expect(JSON.stringify(plan)).toMatch(/Output: now\(\), clock_timestamp\(\)/);
  await plain.close();
});

test('what is written has the clock’s time, and so have its history and its event', async () => {
  await waitDays(30);
  const { as, socketUrl } = writing.server;
  const socket = connectSocket(socketUrl, as('SALES').token);
  const events = socket.subscribe('subscription { customerFileChanged { type occurredAt } }');
  await socket.query('{ viewer { id } }');
  const { payload } = await writing.owner.write(
    'createCustomer',
    { name: '上海走时精密机械有限公司', customerType: 'PROSPECT' },
    '{ customer { id createdAt updatedAt openedOn } }',
  );
  const { id, createdAt, updatedAt, openedOn } = payload.customer;
  const event = (await events.next()).data.customerFileChanged;
  const { data } = await as('SALES').query(
    `{ customer(id: "${id}") { history(first: 1) { edges { node { occurredAt } } } } }`,
  );
  const [line] = data.customer.history.edges;
  for (const instant of [createdAt, updatedAt, event.occurredAt, line.node.occurredAt])
    expect(isNow(instant), instant).toBe(true);
  expect(Math.abs(Date.parse(openedOn) - clock.now().getTime())).toBeLessThan(2 * dayMs);
  await socket.close();
});

test('a grant ends when the clock has come to it, on every instance and path, and sessions go on', async () => {
  const { owner, stranger, finance, server } = writing;
  const another = await server.startAnother();
  const file = await openFile(writing, owner, { address: '张江路1号' });
  const asked = await ask(stranger, { customerId: file.id, until: inDays(7).toISOString() });
  const approved = await approve(finance, asked.payload.request.id);
  expect(approved.errors).toEqual([]);
  const { token, query } = server.as('SALES_2');
  const seen = async () => {
    const document = `{ customer(id: "${file.id}") { address } }`;
    const there = connectSocket(another.socketUrl, token);
    const answers = [await query(document), await there.query(document)];
    await there.close();
    const { data } = await query('{ customers(first: 50) { edges { node { id } } } }');
    const isListed = data.customers.edges.some((edge: { node: { id: string } }) => edge.node.id === file.id);
    return [...answers.map((answer) => answer.data?.customer?.address), isListed];
  };
  await waitDays(6);
  expect(await seen()).toEqual(['张江路1号', '张江路1号', true]);
  await waitDays(2);
  expect(await seen()).toEqual([undefined, undefined, false]);
});

test('a task comes due, and is escalated, when the clock has come to it', async () => {
  const dueAt = inDays(20).toISOString();
  const { payload } = await writing.owner.write(
    'createTask',
    { title: '回电', dueAt },
    '{ task { id overdue } }',
  );
  const { id, overdue } = payload.task;
  expect(overdue).toBe(false);
  await waitDays(21);
  const stands = async () => {
    const { data } = await writing.server
      .as('SALES')
      .query(`{ node(id: "${id}") { ... on Task { overdue escalations { at } } } }`);
    return data.node;
  };
  expect((await stands()).overdue).toBe(true);
  const { escalations } = await vi.waitFor(
    async () => {
      await waitDays(1);
      const found = await stands();
      expect(found.escalations).toHaveLength(1);
      return found;
    },
    { timeout: 30_000, interval: 500 },
  );
  expect(Date.parse(escalations[0].at)).toBeGreaterThan(Date.parse(dueAt));
});

test('the clock is set forward only, and only where nobody has files', async () => {
  await expect(clock.forwardTo(inDays(-1))).rejects.toThrow('only forward');
  await expect(openMovableClock(writing.db)).rejects.toThrow('no files');
});

test('who serves the API cannot set it', async () => {
  const database = await createTestDatabase();
  const served = connect({ url: database.apiUrl, poolSize: 1 });
  await expect(openMovableClock(served.db)).rejects.toThrow();
  await openMovableClock(database.db);
  await expect(served.db.execute(sql`update business_time set ahead = '1 year'`)).rejects.toThrow();
  await served.close();
  await database.close();
});
