import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { connectSocket } from '../support/socket.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

/** More than are told one by one. */
const many = 1_200;

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

/** Files of an owner who is custodian too, each with an open deal; nobody is told of them. */
const openFiles = (owner: Colleague, amount: number) =>
  writing.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      with file as (insert into customer (name, owner_id, custodian_id)
        select '批量' || i, ${uuidOf(owner.id)}::uuid, ${uuidOf(owner.id)}::uuid from generate_series(1, ${amount}::int) i returning id, owner_id)
      insert into deal (customer_id, owner_id, title) select id, owner_id, '产线改造' from file`);
  });

const handOver = (from: Colleague, to: Colleague) =>
  writing.manager.write(
    'handOverFiles',
    { fromEmployeeId: from.id, rules: [{ toEmployeeId: to.id }] },
    '{ handover { customers custodianships deals } }',
  );

test('very many files are handed over by as many statements as one, in one transaction, and each owner is notified once', async () => {
  const { owner, stranger, server, db } = writing;
  await openFiles(owner, 1);
  const one = await handOver(owner, stranger);
  expect(one.payload.handover).toEqual({ customers: 1, custodianships: 1, deals: 1 });
  await openFiles(owner, many);
  await db.execute(sql`select sequence_events(1000000)`);
  const { data } = await server.as('ADMIN').query('{ customers(first: 1) { changesCursor } }');
  const after = data.customers.changesCursor;
  const [before] = await db.execute<{ seq: number }>(sql`select max(seq)::int as seq from event_log`);

  const startedMs = performance.now();
  const { payload, statementCount } = await handOver(owner, stranger);
  const tookMs = performance.now() - startedMs;
  expect(payload.handover).toEqual({ customers: many, custodianships: many, deals: many });
  expect(statementCount).toBe(one.statementCount);
  // Well within the time that a request has, on a busy machine too.
  expect(tookMs).toBeLessThan(10_000);

  await db.execute(sql`select sequence_events(1000000)`);
  const [made] = await db.execute(sql`select count(distinct transaction_id)::int as transactions,
    count(*) filter (where type = 'OWNER_CHANGED')::int as owners, count(distinct customer_id)::int as files
    from event_log where seq > ${before?.seq ?? 0}`);
  expect(made).toEqual({ transactions: 1, owners: many, files: many });
  for (const [who, colleague] of [
    ['SALES', owner],
    ['SALES_2', stranger],
  ] as const) {
    const socket = connectSocket(server.socketUrl, server.as(who).token);
    const events = socket.subscribe(
      'subscription ($after: String) { customerFileChanged(after: $after) { type customerId } }',
      { after },
    );
    const hear = async () => (await events.next()).data?.customerFileChanged;
    expect(await hear()).toEqual({ type: 'BULK_CHANGED', customerId: null });
    // Nothing more came of it before what came later.
    const { id } = await openFile(writing, colleague);
    expect(await hear()).toEqual({ type: 'CREATED', customerId: id });
    await socket.close();
  }
});
