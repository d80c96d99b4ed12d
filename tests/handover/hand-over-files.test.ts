import { eq, isNull, sql } from 'drizzle-orm';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { pseudonymousRoles } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customerCoOwner } from '../../src/domains/co-owner/co-owner.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { connectSocket, type Stream } from '../support/socket.ts';
import {
  addContact,
  addDeal,
  addNeed,
  type Colleague,
  missingId,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
// Each test hands over everything its leaver has, so each has a company of its own.
beforeEach(async () => {
  await writing?.close();
  writing = await startWriting();
});
afterAll(() => writing.close());

const selection = `{ handover { id disabled customers deals grants coOwnerships segments
  recipients { employeeId employeeName customers } fromEmployee { id } performedBy { id } } }`;
const handOver = (by: Colleague, input: object) =>
  by.write(
    'handOverFiles',
    { fromEmployeeId: writing.owner.id, rules: [{ toEmployeeId: writing.stranger.id }], ...input },
    selection,
  );

const ownerOf = async (uuid: string) => {
  const [row] = await writing.db.select().from(customer).where(eq(customer.id, uuid));
  return row?.ownerId;
};

/** What a sales person who leaves has: two files in 华东, one elsewhere, one archived, and what hangs on them. */
async function leaversDesk() {
  const { owner, stranger } = writing;
  const east = [
    await openFile(writing, owner, { region: 'EAST_CHINA', custodianId: uuidOf(owner.id) }),
    await openFile(writing, owner, { region: 'EAST_CHINA' }),
  ];
  const north = await openFile(writing, owner, { region: 'NORTH_CHINA' });
  const archived = await openFile(writing, owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const foreign = await openFile(writing, stranger, { custodianId: uuidOf(owner.id) });
  await addContact(writing, north.uuid);
  await addNeed(writing, north.uuid);
  await addNeed(writing, north.uuid, { status: 'FULFILLED' });
  const open = await addDeal(writing, owner, north.uuid);
  const onForeign = await addDeal(writing, owner, foreign.uuid);
  const won = await addDeal(writing, owner, north.uuid, {
    stage: 'WON',
    contractAmount: '1.00',
    effectiveOn: '2026-01-01',
  });
  await writing.db.insert(interaction).values({
    customerId: north.uuid,
    employeeId: uuidOf(owner.id),
    kind: 'VISIT',
    occurredAt: '2026-01-01T00:00:00Z',
    summary: '拜访',
    nextStep: '报价',
    nextStepAt: '2999-01-01T00:00:00Z',
  });
  await writing.db.insert(segment).values({ name: '大客户', rule: {}, ownerId: uuidOf(owner.id) });
  await writing.db.insert(accessGrant).values({
    customerId: foreign.uuid,
    granteeId: uuidOf(owner.id),
    classes: ['contact'],
    purpose: '代班',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  await writing.db.insert(customerCoOwner).values({ customerId: foreign.uuid, employeeId: uuidOf(owner.id) });
  return { east, north, archived, foreign, open, onForeign, won };
}

test('the preview counts what would move', async () => {
  await leaversDesk();
  const query = `query ($input: HandOverFilesInput!) { handoverPreview(input: $input) {
    customers archivedCustomers custodianships contacts openNeeds deals followUps grants coOwnerships segments
    customersLeft custodianshipsLeft recipients { employeeId employeeName customers custodianships } } }`;
  const rules = [
    { filter: { region: { eq: 'NORTH_CHINA' } }, toEmployeeId: writing.manager.id },
    { toEmployeeId: writing.stranger.id },
  ];
  const input = { fromEmployeeId: writing.owner.id, rules, segmentsToEmployeeId: writing.manager.id };
  const { data, statements } = await writing.server.as('MANAGER').query(query, { input });
  expect(data.handoverPreview).toEqual({
    customers: 4,
    archivedCustomers: 1,
    custodianships: 2,
    contacts: 1,
    openNeeds: 1,
    deals: 2,
    followUps: 1,
    grants: 1,
    coOwnerships: 1,
    segments: 1,
    customersLeft: 0,
    custodianshipsLeft: 0,
    recipients: [
      { employeeId: writing.stranger.id, employeeName: 'SALES_2', customers: 3, custodianships: 2 },
      { employeeId: writing.manager.id, employeeName: 'MANAGER', customers: 1, custodianships: 0 },
    ],
  });
  expect(statements).toBe(3);
  const refused = await writing.server.as('SALES').query(query, { input });
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const nobody = { ...input, fromEmployeeId: missingId('emp') };
  const missing = await writing.server.as('MANAGER').query(query, { input: nobody });
  expect(missing.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
});

test('files go to whom the first rule they meet names, with deals, custodianship and segments; loans end', async () => {
  const desk = await leaversDesk();
  const { payload } = await handOver(writing.admin, {
    rules: [
      { filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: writing.manager.id },
      { toEmployeeId: writing.stranger.id },
    ],
    disable: true,
  });
  expect(payload.handover).toMatchObject({
    disabled: true,
    customers: 4,
    deals: 2,
    grants: 1,
    coOwnerships: 1,
    segments: 1,
    recipients: [
      { employeeId: writing.manager.id, employeeName: 'MANAGER', customers: 2 },
      { employeeId: writing.stranger.id, employeeName: 'SALES_2', customers: 2 },
    ],
    fromEmployee: { id: writing.owner.id },
    performedBy: { id: writing.admin.id },
  });
  for (const { uuid } of desk.east) expect(await ownerOf(uuid)).toBe(uuidOf(writing.manager.id));
  for (const { uuid } of [desk.north, desk.archived])
    expect(await ownerOf(uuid)).toBe(uuidOf(writing.stranger.id));
  const leaver = uuidOf(writing.owner.id);
  const [{ kept } = { kept: 0 }] = await writing.db.execute<{ kept: number }>(sql`select
    (select count(*) from customer where ${leaver} in (owner_id, custodian_id)) +
    (select count(*) from segment where owner_id = ${leaver}) +
    (select count(*) from deal where owner_id = ${leaver} and stage = 'OPEN') as kept`);
  expect(Number(kept)).toBe(0);
  const [won] = await writing.db.select().from(deal).where(eq(deal.id, desk.won.uuid));
  expect(won?.ownerId).toBe(leaver);
  expect(await writing.db.select().from(accessGrant).where(isNull(accessGrant.endedAt))).toEqual([]);
});

test('the history names who handed over', async () => {
  const { north } = await leaversDesk();
  await handOver(writing.manager, {});
  const changes = await writing.db.execute(sql`
    select actor_id, new_value #>> '{}' as owner from file_history
    where customer_id = ${north.uuid} and subject = 'customer' and field = 'owner_id'`);
  expect([...changes]).toEqual([
    { actor_id: uuidOf(writing.manager.id), owner: uuidOf(writing.stranger.id) },
  ]);
});

test('both sides hear of it, and the leaver’s sockets close when they are disabled', async () => {
  const file = await openFile(writing, writing.owner);
  const follow =
    'subscription ($after: String) { customerFileChanged(after: $after) { type customerId customer { name } } }';
  const { data } = await writing.server.as('ADMIN').query('{ customers(first: 1) { changesCursor } }');
  const [leaver, receiver] = (['SALES', 'SALES_2'] as const).map((name) => {
    const socket = connectSocket(writing.server.socketUrl, writing.server.as(name).token);
    return { ...socket, events: socket.subscribe(follow, { after: data.customers.changesCursor }) };
  });
  await handOver(writing.manager, {});
  // The file's opening may have been given its place after the cursor was taken.
  const heard = async ({ events }: { events: Stream }) => {
    let event: Record<string, unknown>;
    do event = (await events.next()).data?.customerFileChanged;
    while (event.type === 'CREATED');
    return event;
  };
  expect(await heard(leaver!)).toEqual({
    type: 'ACCESS_ENDED',
    customerId: file.id,
    customer: null,
  });
  expect(await heard(receiver!)).toMatchObject({
    type: 'ACCESS_GAINED',
    customerId: file.id,
  });
  await openFile(writing, writing.owner);
  await handOver(writing.admin, { disable: true });
  expect(await leaver!.closed).toBe(4403);
  const answer = await writing.server.as('SALES').query('{ viewer { id } }');
  expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  await Promise.all([leaver!.close(), receiver!.close()]);
});

test('nobody is disabled while an active file would be left behind, and then nothing has moved', async () => {
  const { east, north } = await leaversDesk();
  const { code, errors } = await handOver(writing.admin, {
    rules: [{ filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: writing.stranger.id }],
    disable: true,
  });
  expect(code).toBe('CONFLICT');
  expect(errors[0]?.extensions.reason).toBe('ACTIVE_FILES_WITHOUT_OWNER');
  for (const { uuid } of [...east, north]) expect(await ownerOf(uuid)).toBe(uuidOf(writing.owner.id));
  expect((await writing.server.as('SALES').query('{ viewer { id } }')).errors).toBeUndefined();
});

test('a handover without an end leaves what no rule names, and the employee at work', async () => {
  const { north } = await leaversDesk();
  const { payload } = await handOver(writing.manager, {
    rules: [{ filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: writing.stranger.id }],
  });
  expect(payload.handover).toMatchObject({ customers: 2, segments: 0, disabled: false });
  expect(await ownerOf(north.uuid)).toBe(uuidOf(writing.owner.id));
});

test('who may not, cannot', async () => {
  for (const by of [writing.owner, writing.service, writing.finance]) {
    expect((await handOver(by, {})).code).toBe('FORBIDDEN');
  }
  expect((await handOver(writing.manager, { disable: true })).code).toBe('FORBIDDEN');
  const self = { fromEmployeeId: writing.admin.id, disable: true };
  expect((await handOver(writing.admin, self)).code).toBe('FORBIDDEN');
});

test('bad input is refused with its place', async () => {
  const to = writing.stranger.id;
  const issues = async (input: object) => (await handOver(writing.manager, input)).issues;
  expect(await issues({ rules: [] })).toEqual(['input.rules RULE_COUNT']);
  expect(await issues({ rules: [{ toEmployeeId: writing.owner.id }] })).toEqual([
    'input.rules.0.toEmployeeId SAME_EMPLOYEE',
  ]);
  expect(await issues({ rules: [{ toEmployeeId: to }, { toEmployeeId: missingId('emp') }] })).toEqual([
    'input.rules.1.toEmployeeId EMPLOYEE_NOT_ACTIVE',
  ]);
  const rules = [
    { toEmployeeId: 'nobody' },
    { toEmployeeId: writing.owner.id },
    { toEmployeeId: missingId('emp') },
  ];
  expect(await issues({ rules, segmentsToEmployeeId: missingId('cus') })).toEqual([
    'input.rules.0.toEmployeeId MALFORMED_ID',
    'input.rules.1.toEmployeeId SAME_EMPLOYEE',
    'input.segmentsToEmployeeId WRONG_ID_KIND',
    'input.rules.2.toEmployeeId EMPLOYEE_NOT_ACTIVE',
  ]);
  expect(await issues({ rules: [{ filter: { name: { contains: '' } }, toEmployeeId: to }] })).toEqual([
    'input.rules.0.filter.name.contains OUT_OF_BOUNDS',
  ]);
  expect((await handOver(writing.manager, { fromEmployeeId: missingId('emp') })).code).toBe('NOT_FOUND');
});

test.each(Object.values(Role))(
  'a %s receives a colleague’s segments only if they may read what others wrote',
  async (role) => {
    const { id: segmentsToEmployeeId } = writing.server.as(role);
    const fromEmployeeId = writing.stranger.id;
    await writing.db
      .insert(segment)
      .values({ name: '王磊的客户', rule: {}, ownerId: uuidOf(fromEmployeeId) });
    const rules = [{ toEmployeeId: writing.manager.id }];
    const { issues } = await handOver(writing.manager, { fromEmployeeId, rules, segmentsToEmployeeId });
    expect(issues).toEqual(
      pseudonymousRoles.includes(role) ? ['input.segmentsToEmployeeId EMPLOYEE_ROLE'] : [],
    );
    const left = await writing.db
      .select()
      .from(segment)
      .where(eq(segment.ownerId, uuidOf(fromEmployeeId)));
    expect(left.length > 0).toBe(pseudonymousRoles.includes(role));
    await writing.db.delete(segment);
  },
);

test('the number of statements does not depend on the number of files or rules', async () => {
  await openFile(writing, writing.owner);
  const first = await handOver(writing.manager, {});
  for (let i = 0; i < 20; i++) await openFile(writing, writing.stranger);
  const rules = [
    { filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: writing.manager.id },
    { toEmployeeId: writing.owner.id },
  ];
  const second = await handOver(writing.manager, { fromEmployeeId: writing.stranger.id, rules });
  expect(second.payload.handover.customers).toBe(21);
  expect(second.statementCount).toBe(first.statementCount);
});

test('no active file has an owner who left, whoever writes, also past the API', async () => {
  const file = await openFile(writing, writing.owner);
  const disable = (by: Writing['db']) =>
    by
      .update(employee)
      .set({ disabledAt: sql`now()` })
      .where(eq(employee.id, uuidOf(writing.owner.id)));
  const constraint = { cause: { constraint_name: 'customer_active_owner' } };
  await expect(disable(writing.db)).rejects.toMatchObject(constraint);
  // In one transaction the order does not matter.
  await writing.db.transaction(async (tx) => {
    await disable(tx);
    await tx
      .update(customer)
      .set({ ownerId: uuidOf(writing.stranger.id) })
      .where(eq(customer.id, file.uuid));
  });
  await expect(openFile(writing, writing.owner)).rejects.toMatchObject(constraint);
  const archived = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const restore = { id: archived.id, expectedVersion: archived.version };
  const { errors } = await writing.manager.write('restoreCustomer', restore, '{ customer { id } }');
  expect(errors[0]?.extensions).toEqual({ code: 'CONFLICT', reason: 'ACTIVE_FILES_WITHOUT_OWNER' });
  await writing.db.update(customer).set({ name: '改名有限公司' }).where(eq(customer.id, archived.uuid));
});
