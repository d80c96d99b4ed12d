import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { delegation } from '../../src/domains/delegation/delegation.table.ts';
import { team } from '../../src/domains/employee/employee.table.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterEach(() => writing.db.delete(delegation));
afterAll(() => writing.close());

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const selection =
  '{ delegation { id startsAt endsAt endedAt employee { id } delegate { id } createdBy { id } } }';
const create = (by: Colleague, input: object = {}) =>
  by.write('createDelegation', { delegateId: writing.stranger.id, endsAt: inDays(5), ...input }, selection);

/** The stranger stands in for the owner in a period, in days from now. */
async function standIn(starts: number, ends: number): Promise<string> {
  const [row] = await writing.db
    .insert(delegation)
    .values({
      employeeId: uuidOf(writing.owner.id),
      delegateId: uuidOf(writing.stranger.id),
      startsAt: inDays(starts),
      endsAt: inDays(ends),
    })
    .returning();
  return encodeId('dlg', row!.id);
}

const sees = async (id: string) =>
  (await writing.server.as('SALES_2').query(`{ customer(id: "${id}") { creditLimit delegate { id } } }`)).data
    .customer;

test('in their time, and neither before nor after it, a delegate reads and changes what the absent employee owns', async () => {
  const { owner, stranger } = writing;
  const file = await openFile(writing, owner, { creditLimit: '1000.00' });
  await standIn(-3, -1);
  await standIn(1, 3);
  expect(await sees(file.id)).toBeNull();
  await standIn(-0.5, 0.5);
  expect(await sees(file.id)).toEqual({ creditLimit: '1000.00', delegate: { id: stranger.id } });
  const { data } = await writing.server
    .as('SALES_2')
    .query(`{ customers(filter: { owner: { id: { eq: "${owner.id}" } } }) { totalCount } }`);
  expect(data.customers.totalCount).toBeGreaterThan(0);
  const later = await openFile(writing, owner);
  const moved = await stranger.write(
    'updateCustomer',
    { id: later.id, expectedVersion: 1, city: '苏州市' },
    '{ customer { city } }',
  );
  expect(moved).toMatchObject({ payload: { customer: { city: '苏州市' } } });
});

test('a delegate decides about the files in the owner’s place, and not about files that the owner only co-owns', async () => {
  const { owner, stranger, manager, admin } = writing;
  const file = await openFile(writing, owner);
  const foreign = await openFile(writing, admin);
  await manager.write('addCoOwner', { id: foreign.id, coOwnerId: owner.id }, '{ customer { id } }');
  await standIn(-1, 1);
  const added = await stranger.write(
    'addCoOwner',
    { id: file.id, coOwnerId: manager.id },
    '{ customer { version } }',
  );
  const { version } = added.payload.customer;
  const archived = await stranger.write(
    'archiveCustomer',
    { id: file.id, expectedVersion: version },
    '{ customer { archivedAt } }',
  );
  expect(archived.payload.customer.archivedAt).not.toBeNull();
  expect(await sees(foreign.id)).toBeNull();
});

test('an employee, the leader of their team and administrators let somebody stand in; a manager of another team does not', async () => {
  const { owner, stranger, manager, admin, db } = writing;
  const own = await create(owner);
  expect(own.payload.delegation).toMatchObject({
    employee: { id: owner.id },
    delegate: { id: stranger.id },
    createdBy: { id: owner.id },
    endedAt: null,
  });
  await db.delete(delegation);
  const forOwner = { employeeId: owner.id };
  expect((await create(admin, forOwner)).code).toBeUndefined();
  await db.delete(delegation);
  expect((await create(manager, forOwner)).code).toBe('FORBIDDEN');
  expect((await create(stranger, forOwner)).code).toBe('FORBIDDEN');
  const [led] = await db
    .insert(team)
    .values({ name: '一部', leaderId: uuidOf(manager.id) })
    .returning();
  await db.execute(sql`update employee set team_id = ${led!.id} where id = ${uuidOf(owner.id)}`);
  expect((await create(manager, forOwner)).code).toBeUndefined();
});

test('everything wrong with an input is named', async () => {
  const { owner, service, admin } = writing;
  const issuesOf = async (input: object, by = owner) => (await create(by, input)).issues;
  expect(await issuesOf({ delegateId: 'emp_1', endsAt: inDays(-1) })).toEqual([
    'input.delegateId MALFORMED_ID',
    'input.endsAt PERIOD_OUT_OF_BOUNDS',
  ]);
  expect(await issuesOf({ delegateId: missingId('emp') })).toEqual(['input.delegateId EMPLOYEE_NOT_ACTIVE']);
  expect(await issuesOf({ delegateId: service.id })).toEqual(['input.delegateId EMPLOYEE_ROLE']);
  expect(await issuesOf({ employeeId: service.id }, admin)).toEqual(['input.employeeId EMPLOYEE_ROLE']);
  expect(await issuesOf({ delegateId: owner.id })).toEqual(['input.delegateId SAME_EMPLOYEE']);
  expect(await issuesOf({ startsAt: inDays(-1) })).toEqual(['input.startsAt IN_THE_PAST']);
  expect(await issuesOf({ endsAt: inDays(400) })).toEqual(['input.endsAt PERIOD_OUT_OF_BOUNDS']);
});

test('one colleague at a time stands in; a period that touches the next does not overlap it', async () => {
  const { owner, manager } = writing;
  const [from, to] = [inDays(2), inDays(4)];
  expect((await create(owner, { startsAt: from, endsAt: to })).code).toBeUndefined();
  const overlapping = await create(owner, { delegateId: manager.id, startsAt: inDays(3), endsAt: inDays(6) });
  expect(overlapping.issues).toEqual(['input.startsAt DELEGATION_OVERLAPS']);
  expect((await create(owner, { startsAt: to, endsAt: inDays(6) })).code).toBeUndefined();
});

test('delegations of two employees to each other, entered at the same time, are all entered', async () => {
  const { owner, stranger } = writing;
  const entered = await Promise.all(
    Array.from({ length: 16 }, (_, i) => {
      const [by, delegateId] = i % 2 === 0 ? [owner, stranger.id] : [stranger, owner.id];
      return create(by, { delegateId, startsAt: inDays(10 * i + 1), endsAt: inDays(10 * i + 2) });
    }),
  );
  expect(entered.map(({ code }) => code)).toEqual(entered.map(() => undefined));
});

test('the same key enters a delegation once', async () => {
  const input = { endsAt: inDays(5), idempotencyKey: 'leave-1' };
  const [first, second] = [await create(writing.owner, input), await create(writing.owner, input)];
  expect(second.payload.delegation.id).toBe(first.payload.delegation.id);
});

test('a delegation ends at once when a side or an administrator ends it; who only oversees it does not', async () => {
  const { owner, stranger, steward, admin } = writing;
  const file = await openFile(writing, owner);
  const end = (by: Colleague, id: string) => by.write('endDelegation', { id }, selection);
  const id = await standIn(-1, 1);
  expect(await sees(file.id)).not.toBeNull();
  expect((await end(steward, id)).code).toBe('FORBIDDEN');
  expect((await end(writing.finance, id)).code).toBe('NOT_FOUND');
  const ended = await end(stranger, id);
  expect(ended.payload.delegation.endedAt).not.toBeNull();
  expect(await sees(file.id)).toBeNull();
  expect((await end(admin, id)).payload.delegation.endedAt).toBe(ended.payload.delegation.endedAt);
  expect((await end(owner, await standIn(1, 2))).payload.delegation.endedAt).not.toBeNull();
});

test('delegations are seen by both sides and by who oversees, and by nobody else', async () => {
  const id = await standIn(-1, 1);
  const seen = async (name: 'SALES' | 'SALES_2' | 'DATA_STEWARD' | 'FINANCE') =>
    (await writing.server.as(name).query(`{ delegations { nodes { id } } node(id: "${id}") { id } }`)).data;
  for (const name of ['SALES', 'SALES_2', 'DATA_STEWARD'] as const)
    expect(await seen(name)).toEqual({ delegations: { nodes: [{ id }] }, node: { id } });
  expect(await seen('FINANCE')).toEqual({ delegations: { nodes: [] }, node: null });
});

test('a delegate sees the grants on the files as their owner does, and may recall them', async () => {
  const { owner, stranger, service, db } = writing;
  const file = await openFile(writing, owner);
  const [grant] = await db.execute<{ id: string }>(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at)
    values (${file.uuid}, ${uuidOf(service.id)}, '{special}', '核对', '同意书', now() + interval '1 day') returning id`);
  const recall = () =>
    stranger.write('recallGrant', { grantId: encodeId('grant', grant!.id) }, '{ grant { id } }');
  expect((await recall()).code).toBe('NOT_FOUND');
  await standIn(-1, 1);
  expect((await recall()).code).toBeUndefined();
});

test('handing over ends what the employee stands in for; who stands in for them goes on unless they leave', async () => {
  const { owner, stranger, manager, admin, server, db } = writing;
  await openFile(writing, stranger);
  await standIn(-1, 1);
  await db.insert(delegation).values({
    employeeId: uuidOf(stranger.id),
    delegateId: uuidOf(manager.id),
    startsAt: inDays(-1),
    endsAt: inDays(1),
  });
  const input = (disable: boolean) => ({
    fromEmployeeId: stranger.id,
    rules: [{ toEmployeeId: owner.id }],
    disable,
  });
  const preview = async (disable: boolean) =>
    (
      await server
        .as('ADMIN')
        .query('query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { delegations } }', {
          input: input(disable),
        })
    ).data.handoverPreview.delegations;
  expect([await preview(false), await preview(true)]).toEqual([1, 2]);
  const done = await admin.write('handOverFiles', input(false), '{ handover { delegations } }');
  expect(done.payload.handover.delegations).toBe(1);
  const open = await db.execute(sql`select employee_id from delegation where ended_at is null`);
  expect([...open]).toEqual([{ employee_id: uuidOf(stranger.id) }]);
  await admin.write('disableEmployee', { id: stranger.id }, '{ employee { id } }');
  expect([...(await db.execute(sql`select 1 from delegation where ended_at is null`))]).toEqual([]);
  await admin.write('disableEmployee', { id: stranger.id, disabled: false }, '{ employee { id } }');
});

test('what a delegate reads is no reading of a colleague’s file for the log', async () => {
  const { owner, db, server } = writing;
  const file = await openFile(writing, owner, { creditLimit: '1000.00' });
  await standIn(-1, 1);
  await sees(file.id);
  const readers = async () =>
    (
      await db.execute<{ reader: string }>(
        sql`select distinct employee_id as reader from access_log where ${file.uuid}::uuid = any(customer_ids)`,
      )
    ).map(({ reader }) => reader);
  while ((await readers()).length === 0)
    await server.as('MANAGER').query(`{ customer(id: "${file.id}") { creditLimit } }`);
  expect(await readers()).toEqual([uuidOf(writing.manager.id)]);
  await db.delete(delegation).where(eq(delegation.delegateId, uuidOf(writing.stranger.id)));
});
