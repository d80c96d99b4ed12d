import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customerCoOwner } from '../../src/domains/co-owner/co-owner.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import {
  addContact,
  addDeal,
  type Colleague,
  openFile,
  startWriting,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeEach(async () => {
  await writing?.close();
  writing = await startWriting();
});
afterAll(() => writing.close());

const inputOf = (input: object = {}) => ({
  fromEmployeeId: writing.owner.id,
  rules: [{ filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: writing.stranger.id }],
  segmentsToEmployeeId: writing.manager.id,
  ...input,
});

// biome-ignore lint/suspicious/noExplicitAny: each test knows what it selected
async function preview(selection: string, input: object = {}): Promise<any> {
  const document = `query ($input: HandOverFilesInput!) { handoverPreview(input: $input) { ${selection} } }`;
  const { data, errors } = await writing.server.as('MANAGER').query(document, { input: inputOf(input) });
  expect(errors).toBeUndefined();
  return data.handoverPreview;
}

const handOver = (input: object = {}) =>
  writing.manager.write('handOverFiles', inputOf(input), '{ handover { id customers } }');

/** A file that moves, one that stays, a colleague's with a deal, a segment and a loan. */
async function desk() {
  const { owner, stranger } = writing;
  const moves = await openFile(writing, owner, { region: 'EAST_CHINA', custodianId: uuidOf(owner.id) });
  const stays = await openFile(writing, owner, { region: 'NORTH_CHINA' });
  const foreign = await openFile(writing, stranger);
  const dealAway = await addDeal(writing, owner, foreign.uuid);
  await writing.db.insert(segment).values({ name: '大客户', rule: {}, ownerId: uuidOf(owner.id) });
  return { moves, stays, foreign, dealAway };
}
type Desk = Awaited<ReturnType<typeof desk>>;

const set = (uuid: string, values: Partial<typeof customer.$inferInsert>) =>
  writing.db.update(customer).set(values).where(eq(customer.id, uuid));

/** Everything of what a preview shows that can change before it is decided on. */
const changes: Record<string, (desk: Desk) => PromiseLike<unknown>> = {
  'a file comes': () => openFile(writing, writing.owner, { region: 'EAST_CHINA' }),
  'a file goes': ({ moves }) => set(moves.uuid, { ownerId: uuidOf(writing.manager.id) }),
  'a file that moves is another': ({ moves }) => set(moves.uuid, { name: '改名有限公司' }),
  'a file meets a rule': ({ stays }) => set(stays.uuid, { region: 'EAST_CHINA' }),
  'a file is archived': ({ moves }) => set(moves.uuid, { archivedAt: '2026-01-01T00:00:00Z' }),
  'a file that stays is another': ({ stays }) => set(stays.uuid, { name: '改名有限公司' }),
  'a contact comes': ({ moves }) => addContact(writing, moves.uuid),
  'a deal comes': ({ foreign }) => addDeal(writing, writing.owner, foreign.uuid),
  'a deal ends': ({ dealAway }) =>
    writing.db.execute(sql`update deal set stage = 'LOST' where id = ${dealAway.uuid}::uuid`),
  'a deal’s file goes to another': ({ foreign }) =>
    set(foreign.uuid, { ownerId: uuidOf(writing.manager.id) }),
  'a segment comes': () =>
    writing.db.insert(segment).values({ name: '华东', rule: {}, ownerId: uuidOf(writing.owner.id) }),
  'a co-ownership comes': ({ foreign }) =>
    writing.db
      .insert(customerCoOwner)
      .values({ customerId: foreign.uuid, employeeId: uuidOf(writing.owner.id) }),
  'a grant comes': ({ foreign }) =>
    writing.db.insert(accessGrant).values({
      customerId: foreign.uuid,
      granteeId: uuidOf(writing.owner.id),
      classes: ['contact'],
      purpose: '代班',
      expiresAt: '2999-01-01T00:00:00Z',
    }),
};

test.each(Object.keys(changes))('what was shown is handed over or nothing: %s', async (what) => {
  const shown = await desk();
  const { state } = await preview('state');
  expect((await preview('state')).state).toBe(state);
  await changes[what]?.(shown);
  const records = () => writing.db.execute(sql`select from handover union all select from handover_file`);
  const { code, errors } = await handOver({ expectedState: state });
  expect([code, errors[0]?.extensions.reason]).toEqual(['CONFLICT', 'HANDOVER_CHANGED']);
  expect(await records()).toHaveLength(0);

  const again = await preview('state', { expectedState: state });
  expect(again.state).not.toBe(state);
  expect((await handOver({ expectedState: again.state })).errors).toEqual([]);
});

test('the state changes with who receives, and with nothing that belongs to others', async () => {
  const { foreign } = await desk();
  const { state } = await preview('state');
  const rules = [{ toEmployeeId: writing.manager.id }];
  expect((await handOver({ rules, expectedState: state })).code).toBe('CONFLICT');
  const segmentsToEmployeeId = writing.stranger.id;
  expect((await handOver({ segmentsToEmployeeId, expectedState: state })).code).toBe('CONFLICT');
  await set(foreign.uuid, { name: '改名有限公司' });
  await openFile(writing, writing.stranger, { region: 'EAST_CHINA' });
  expect((await handOver({ expectedState: state })).payload.handover.customers).toBe(1);
});

test('the preview counts what blocks a change of post as the change does', async () => {
  const { owner, stranger } = writing;
  const ownerId = uuidOf(owner.id);
  const archivedAt = '2026-01-01T00:00:00Z';
  for (const region of ['EAST_CHINA', 'NORTH_CHINA'] as const)
    for (const at of [null, archivedAt]) {
      const own = await openFile(writing, owner, { region, archivedAt: at, custodianId: ownerId });
      await addDeal(writing, owner, own.uuid);
      await openFile(writing, stranger, { region, archivedAt: at, custodianId: ownerId });
    }
  const left = await preview(
    'customersLeft custodianshipsLeft dealsLeft activeCustomersLeft activeCustodianshipsLeft',
  );
  expect(left).toEqual({
    customersLeft: 2,
    custodianshipsLeft: 4,
    dealsLeft: 2,
    activeCustomersLeft: 1,
    activeCustodianshipsLeft: 2,
  });
  expect((await handOver()).errors).toEqual([]);
  const lower = async () => {
    const input = { id: owner.id, expectedVersion: 1, role: 'ANALYST' };
    return writing.admin.write('updateEmployee', input, '{ employee { role } }');
  };
  expect((await lower()).errors[0]?.extensions).toMatchObject({
    customers: left.customersLeft,
    custodianships: left.custodianshipsLeft,
    openDeals: left.dealsLeft,
  });
  const all = [{ toEmployeeId: stranger.id }];
  expect((await handOver({ rules: all })).errors).toEqual([]);
  expect((await lower()).errors).toEqual([]);
});

const confirm = (by: Colleague, id: string) =>
  by.write(
    'confirmHandover',
    { id },
    '{ handover { state listUrl recipients { employeeId state confirmedById confirmedByName } } }',
  );

test('a receiver who is disabled is confirmed for by whoever may hand over, and only then', async () => {
  const { owner, stranger, manager, service } = writing;
  await openFile(writing, owner, { region: 'EAST_CHINA' });
  await openFile(writing, stranger, { custodianId: uuidOf(owner.id) });
  const rules = [
    { filter: { region: { eq: 'EAST_CHINA' } }, toEmployeeId: stranger.id },
    { toEmployeeId: service.id },
  ];
  const { id } = (await handOver({ rules })).payload.handover;
  expect((await confirm(manager, id)).code).toBe('FORBIDDEN');
  await writing.db
    .update(employee)
    .set({ disabledAt: sql`now()` })
    .where(eq(employee.id, uuidOf(service.id)));
  expect((await confirm(owner, id)).code).toBe('FORBIDDEN');
  const { handover } = (await confirm(manager, id)).payload;
  const inPlace = {
    employeeId: service.id,
    state: 'CONFIRMED',
    confirmedById: manager.id,
    confirmedByName: 'MANAGER',
  };
  const pending = { employeeId: stranger.id, state: 'PENDING', confirmedById: null, confirmedByName: null };
  expect(handover).toMatchObject({ state: 'PENDING', recipients: [pending, inPlace] });
  const again = (await confirm(manager, id)).payload.handover;
  expect(again).toMatchObject({ state: 'PENDING', recipients: handover.recipients });
  const last = (await confirm(stranger, id)).payload.handover;
  const themselves = {
    ...pending,
    state: 'CONFIRMED',
    confirmedById: stranger.id,
    confirmedByName: 'SALES_2',
  };
  expect(last).toMatchObject({ state: 'CONFIRMED', recipients: [themselves, inPlace] });
  const page = async (locale: string) =>
    (await fetch(new URL(`${again.listUrl}&locale=${locale}`, writing.server.url))).text();
  expect((await page('zh')).match(/（由[^）]*代为确认）/g)).toEqual(['（由MANAGER代为确认）']);
  expect((await page('en')).match(/, by \w+ in their place/g)).toEqual([', by MANAGER in their place']);
});

test('receivers of as much are in the order of their names, unless the viewer knows them as ids', async () => {
  const { owner, stranger, manager } = writing;
  await openFile(writing, owner, { region: 'EAST_CHINA' });
  await openFile(writing, owner, { region: 'NORTH_CHINA' });
  await openFile(writing, owner, { region: 'SOUTH_CHINA' });
  const rules = ['EAST_CHINA', 'NORTH_CHINA', 'SOUTH_CHINA'].map((region, i) => ({
    filter: { region: { eq: region } },
    toEmployeeId: [writing.steward, stranger, manager][i]?.id as string,
  }));
  const { id } = (await handOver({ rules })).payload.handover;
  const names = (await confirm(manager, id)).payload.handover;
  const { data } = await writing.server
    .as('ADMIN')
    .query(`{ node(id: "${id}") { ... on Handover { recipients { employeeId employeeName } } } }`);
  expect(data.node.recipients.map(({ employeeName }: { employeeName: string }) => employeeName)).toEqual([
    'DATA_STEWARD',
    'MANAGER',
    'SALES_2',
  ]);
  expect(names.recipients.map(({ employeeId }: { employeeId: string }) => employeeId)).toEqual(
    data.node.recipients.map(({ employeeId }: { employeeId: string }) => employeeId),
  );
  await writing.db
    .update(employee)
    .set({ role: 'ANALYST' })
    .where(eq(employee.id, uuidOf(owner.id)));
  const asIds = await writing.server
    .as('SALES')
    .query(`{ node(id: "${id}") { ... on Handover { recipients { employeeId } } } }`);
  const ids = asIds.data.node.recipients.map(({ employeeId }: { employeeId: string }) => employeeId);
  expect(ids).toEqual([...ids].sort());
});
