import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customerCoOwner } from '../../src/domains/co-owner/co-owner.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

type File = Awaited<ReturnType<typeof openFile>>;
const fields = '{ customer { version coOwners { id name } } }';
const add = (by: Colleague, file: { id: string }, coOwner: { id: string }) =>
  by.write('addCoOwner', { id: file.id, coOwnerId: coOwner.id }, fields);
const remove = (by: Colleague, file: { id: string }, coOwner: { id: string }) =>
  by.write('removeCoOwner', { id: file.id, coOwnerId: coOwner.id }, fields);

/** A file of the owner, and the stranger as its co-owner. */
async function sharedFile(): Promise<File> {
  const file = await openFile(writing, writing.owner, { creditLimit: '1000.00' });
  await writing.db
    .insert(customerCoOwner)
    .values({ customerId: file.uuid, employeeId: uuidOf(writing.stranger.id) });
  return { ...file, version: file.version + 1 };
}

test('an owner names a co-owner; naming them again leaves no trace, and so does removing who is none', async () => {
  const { owner, stranger } = writing;
  const file = await openFile(writing, owner);
  const added = await add(owner, file, stranger);
  expect(added.payload.customer).toMatchObject({ version: 2, coOwners: [{ id: stranger.id }] });
  expect((await add(owner, file, stranger)).payload.customer.version).toBe(2);
  const removed = await remove(owner, file, stranger);
  expect(removed.payload.customer).toEqual({ version: 3, coOwners: [] });
  expect((await remove(owner, file, stranger)).payload.customer.version).toBe(3);
});

test('a co-owner reads, finds, filters and changes the file as its owner does, and writes in it', async () => {
  const { owner, stranger, server } = writing;
  const file = await openFile(writing, owner, { creditLimit: '1000.00' });
  const look = async () =>
    (
      await server
        .as('SALES_2')
        .query(
          `{ customer(id: "${file.id}") { creditLimit } customers(filter: { id: { eq: "${file.id}" }, creditLimit: { eq: "1000" } }) { totalCount nodes { id } } }`,
        )
    ).data;
  expect(await look()).toEqual({ customer: null, customers: { totalCount: 0, nodes: [] } });
  await add(owner, file, stranger);
  expect(await look()).toEqual({
    customer: { creditLimit: '1000.00' },
    customers: { totalCount: 1, nodes: [{ id: file.id }] },
  });
  const moved = await stranger.write(
    'updateCustomer',
    { id: file.id, expectedVersion: 2, city: '苏州市' },
    '{ customer { city } }',
  );
  expect(moved.payload).toEqual({ customer: { city: '苏州市' } });
  const named = await stranger.write(
    'createContact',
    { customerId: file.id, name: '李经理' },
    '{ contact { id } }',
  );
  expect(named.code).toBeUndefined();
  const call = { customerId: file.id, kind: 'REPORT', summary: '通话', occurredAt: '2024-01-01T00:00:00Z' };
  expect((await stranger.write('logInteraction', call, '{ interaction { id } }')).code).toBeUndefined();
  const tagged = await stranger.write(
    'tagCustomers',
    { ids: [file.id], tags: ['协办'] },
    '{ outcome { changed } }',
  );
  expect(tagged.payload.outcome).toEqual({ changed: 1 });
});

test('a co-owner decides nothing about the file: neither its end, nor who works on it, nor its credit', async () => {
  const { stranger, steward } = writing;
  const file = await sharedFile();
  const { version, id } = file;
  const refusals = [
    await stranger.write('archiveCustomer', { id, expectedVersion: version }, '{ customer { id } }'),
    await stranger.write('restoreCustomer', { id, expectedVersion: version }, '{ customer { id } }'),
    await stranger.write('assignCustomer', { id, ownerId: stranger.id }, '{ customer { id } }'),
    await add(stranger, file, steward),
    await remove(stranger, file, stranger),
    await stranger.write(
      'updateCustomer',
      { id, expectedVersion: version, creditLimit: '5' },
      '{ customer { id } }',
    ),
  ];
  expect(refusals.map(({ code }) => code)).toEqual(Array(6).fill('FORBIDDEN'));
  expect(refusals.map(({ refused }) => refused)).toEqual([
    ['archivedAt'],
    ['archivedAt'],
    [],
    ['coOwners'],
    ['coOwners'],
    ['creditLimit'],
  ]);
});

test('a manager names and removes co-owners of any file; whoever may not write it does not, and a stranger does not find it', async () => {
  const { owner, stranger, manager, finance, steward } = writing;
  const file = await openFile(writing, owner);
  expect((await add(manager, file, stranger)).code).toBeUndefined();
  expect((await remove(manager, file, stranger)).code).toBeUndefined();
  expect((await add(stranger, file, steward)).code).toBe('NOT_FOUND');
  expect((await add(finance, file, stranger)).code).toBe('FORBIDDEN');
});

test('everything wrong with an input is named: who is none, has left, cannot own files, or owns this one', async () => {
  const { owner, service, stranger, db } = writing;
  const file = await openFile(writing, owner);
  const issuesOf = async (coOwner: string) => (await add(owner, file, { id: coOwner })).issues;
  expect(await issuesOf('emp_1')).toEqual(['input.coOwnerId MALFORMED_ID']);
  expect(await issuesOf(missingId('emp'))).toEqual(['input.coOwnerId EMPLOYEE_NOT_ACTIVE']);
  expect(await issuesOf(service.id)).toEqual(['input.coOwnerId EMPLOYEE_ROLE']);
  expect(await issuesOf(owner.id)).toEqual(['input.coOwnerId OWNS_FILE']);
  await db
    .update(employee)
    .set({ disabledAt: sql`now()` })
    .where(eq(employee.id, uuidOf(stranger.id)));
  expect(await issuesOf(stranger.id)).toEqual(['input.coOwnerId EMPLOYEE_NOT_ACTIVE']);
  await db
    .update(employee)
    .set({ disabledAt: null })
    .where(eq(employee.id, uuidOf(stranger.id)));
});

test('a file has at most 20 co-owners, and an archived one stays as it is', async () => {
  const { owner, stranger, db } = writing;
  const file = await openFile(writing, owner);
  await db.execute(sql`
    with made as (insert into employee (name, email, role) select '协办', 'co' || n || '@test.example', 'SALES'
                  from generate_series(1, 20) n returning id)
    insert into customer_coowner (customer_id, employee_id) select ${file.uuid}, id from made`);
  expect((await add(owner, file, stranger)).issues).toEqual(['input.coOwnerId TOO_MANY_CO_OWNERS']);
  await db.update(customer).set({ archivedAt: '2026-01-01T00:00:00Z' }).where(eq(customer.id, file.uuid));
  expect((await remove(owner, file, stranger)).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    archived: true,
  });
});

test('files are found by their co-owner, and their past says who it was', async () => {
  const { owner, stranger, manager, server } = writing;
  const file = await openFile(writing, owner);
  await add(owner, file, stranger);
  const at = new Date().toISOString();
  await remove(manager, file, stranger);
  const { data } = await server.as('MANAGER').query(`{
    none: customers(filter: { id: { eq: "${file.id}" }, coOwners: { some: { id: { eq: "${stranger.id}" } } } }) { totalCount }
    customer(id: "${file.id}") { history(first: 10) { nodes { field oldValue newValue actor { id } } } }
    past: customer(id: "${file.id}", asOf: "${at}") { coOwners { id } } }`);
  expect(data.none.totalCount).toBe(0);
  expect(data.past.coOwners).toEqual([{ id: stranger.id }]);
  expect(data.customer.history.nodes.filter(({ field }: { field: string }) => field === 'coOwners')).toEqual([
    { field: 'coOwners', oldValue: stranger.id, newValue: null, actor: { id: manager.id } },
    { field: 'coOwners', oldValue: null, newValue: stranger.id, actor: { id: owner.id } },
  ]);
  // Under the rights of today: who was a co-owner then does not see what the file was like.
  const past = await server.as('SALES_2').query(`{ customer(id: "${file.id}", asOf: "${at}") { name } }`);
  expect(past.data.customer).toBeNull();
});

test('whoever comes to own a file is no co-owner of it any more, whoever makes them its owner', async () => {
  const { stranger, manager, server } = writing;
  const file = await sharedFile();
  await manager.write('assignCustomer', { id: file.id, ownerId: stranger.id }, '{ customer { id } }');
  const { data } = await server
    .as('SALES_2')
    .query(`{ customer(id: "${file.id}") { owner { id } coOwners { id } } }`);
  expect(data.customer).toEqual({ owner: { id: stranger.id }, coOwners: [] });
});

test('who has been removed while their write waited for the file does not write', async () => {
  const { stranger, db } = writing;
  const file = await sharedFile();
  const update = { id: file.id, expectedVersion: file.version, city: '南京市' };
  let waiting: ReturnType<Colleague['write']> | undefined;
  await db.transaction(async (tx) => {
    await tx.delete(customerCoOwner).where(eq(customerCoOwner.customerId, file.uuid));
    waiting = stranger.write('updateCustomer', update, '{ customer { city } }');
    for (;;) {
      // Outside of the transaction, which would see the same activity for ever.
      const [blocked] = await db.execute(
        sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (blocked) break;
    }
  });
  expect((await waiting)?.code).toBe('NOT_FOUND');
});

test('what a co-owner reads of the file is no reading of a colleague’s file, and is not logged', async () => {
  const { db, server, stranger, owner } = writing;
  const shared = await sharedFile();
  const ask = (name: 'SALES_2' | 'MANAGER') =>
    server.as(name).query(`{ customer(id: "${shared.id}") { creditLimit } }`);
  await ask('SALES_2');
  await ask('MANAGER');
  const readers = async () =>
    (
      await db.execute<{ reader: string }>(
        sql`select distinct employee_id as reader from access_log where ${shared.uuid}::uuid = any(customer_ids)`,
      )
    ).map(({ reader }) => reader);
  while ((await readers()).length === 0) await ask('MANAGER');
  expect(await readers()).toEqual([uuidOf(writing.manager.id)]);
  expect([stranger.id, owner.id]).not.toContain(writing.manager.id);
});

test('a role that cannot own files leaves no co-ownership behind, and disabling neither', async () => {
  const { db, admin, stranger, server } = writing;
  const held = async () =>
    (
      await db
        .select()
        .from(customerCoOwner)
        .where(eq(customerCoOwner.employeeId, uuidOf(stranger.id)))
    ).length;
  await db.delete(customerCoOwner).where(eq(customerCoOwner.employeeId, uuidOf(stranger.id)));
  await sharedFile();
  const version = async () =>
    (await server.as('ADMIN').query(`{ node(id: "${stranger.id}") { ... on Employee { version } } }`)).data
      .node.version;
  const become = async (role: string) =>
    admin.write(
      'updateEmployee',
      { id: stranger.id, expectedVersion: await version(), role },
      '{ employee { id } }',
    );
  await db.delete(customer).where(eq(customer.ownerId, uuidOf(stranger.id)));
  expect((await become('MANAGER')).code).toBeUndefined();
  expect(await held()).toBe(1);
  expect((await become('MARKETING')).code).toBeUndefined();
  expect(await held()).toBe(0);
  await become('SALES');
  await sharedFile();
  const disable = (disabled: boolean) =>
    admin.write('disableEmployee', { id: stranger.id, disabled }, '{ employee { id } }');
  expect((await disable(true)).code).toBeUndefined();
  expect(await held()).toBe(0);
  await disable(false);
});

test('who is disabled, or gets a role that can own no files, is not locked while their co-ownerships wait for a file', async () => {
  const { db, admin, stranger, server } = writing;
  await db.delete(customer).where(eq(customer.ownerId, uuidOf(stranger.id)));
  const update = async (role: string) => {
    const { data } = await server
      .as('ADMIN')
      .query(`{ node(id: "${stranger.id}") { ... on Employee { version } } }`);
    const input = { id: stranger.id, expectedVersion: data.node.version, role };
    return admin.write('updateEmployee', input, '{ employee { id } }');
  };
  const disable = (disabled: boolean) =>
    admin.write('disableEmployee', { id: stranger.id, disabled }, '{ employee { id } }');
  for (const end of [() => update('MARKETING'), () => disable(true)]) {
    const file = await sharedFile();
    let ending: ReturnType<typeof end> | undefined;
    await db.transaction(async (tx) => {
      await tx.execute(sql`select from customer where id = ${file.uuid} for no key update`);
      ending = end();
      for (;;) {
        // Outside of the transaction, which would see the same activity for ever.
        const [blocked] = await db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        if (blocked) break;
      }
      // As whoever assigns the file to them; fails at once while they are locked.
      await tx.execute(sql`select from employee where id = ${uuidOf(stranger.id)} for share nowait`);
    });
    expect((await ending)?.code).toBeUndefined();
    await update('SALES');
  }
  await disable(false);
});
