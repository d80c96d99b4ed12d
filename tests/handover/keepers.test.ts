import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { custodians, fileOwners } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { addDeal, fileNow, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

let entered = 0;
/** A fresh colleague of a role. */
async function enter(role: Role, values: Partial<typeof employee.$inferInsert> = {}) {
  entered += 1;
  const row = { name: `员工${entered}`, email: `e${entered}@keepers.example`, role, ...values };
  const [made] = await writing.db.insert(employee).values(row).returning();
  return encodeId('emp', made?.id as string);
}

/** Every way in which a client makes somebody owner or custodian; gives the refusal, "path code". */
const ways: Record<
  string,
  { field: 'owner' | 'custodian'; make: (employeeId: string) => Promise<string[]> }
> = {
  createCustomer: {
    field: 'owner',
    make: async (ownerId) =>
      (
        await writing.manager.write(
          'createCustomer',
          { name: '上海新精密机械有限公司', ownerId },
          '{ customer { id } }',
        )
      ).issues,
  },
  'createCustomer, custodian': {
    field: 'custodian',
    make: async (custodianId) => {
      const input = { name: '上海新精密机械有限公司', ownerId: writing.owner.id, custodianId };
      return (await writing.manager.write('createCustomer', input, '{ customer { id } }')).issues;
    },
  },
  assignCustomer: {
    field: 'owner',
    make: async (ownerId) => {
      const { id } = await openFile(writing, writing.owner);
      return (await writing.manager.write('assignCustomer', { id, ownerId }, '{ customer { id } }')).issues;
    },
  },
  updateCustomer: {
    field: 'custodian',
    make: async (custodianId) => {
      const { id, version: expectedVersion } = await openFile(writing, writing.owner);
      const input = { id, expectedVersion, custodianId };
      return (await writing.owner.write('updateCustomer', input, '{ customer { id } }')).issues;
    },
  },
  revertCustomerField: {
    field: 'custodian',
    make: async (id) => {
      const file = await openFile(writing, writing.owner, { custodianId: uuidOf(id) });
      const [past] = await writing.db.execute<{ at: string }>(sql`select to_json(clock_timestamp()) as at`);
      // Instants are whole milliseconds, so the change has to fall into a later one.
      while (Date.now() <= Date.parse(past?.at ?? '')) await new Promise(setImmediate);
      await writing.db.update(customer).set({ custodianId: null }).where(eq(customer.id, file.uuid));
      const { version: expectedVersion } = await fileNow(writing, file.uuid);
      const input = { id: file.id, expectedVersion, field: 'custodian', to: past?.at };
      return (await writing.owner.write('revertCustomerField', input, '{ customer { id } }')).issues;
    },
  },
  createDeal: {
    field: 'owner',
    make: async (ownerId) => {
      const { id: customerId } = await openFile(writing, writing.owner);
      const input = { customerId, title: '设备', ownerId };
      return (await writing.manager.write('createDeal', input, '{ deal { id } }')).issues;
    },
  },
  updateDeal: {
    field: 'owner',
    make: async (ownerId) => {
      const file = await openFile(writing, writing.owner);
      const { id, version: expectedVersion } = await addDeal(writing, writing.owner, file.uuid);
      return (await writing.manager.write('updateDeal', { id, expectedVersion, ownerId }, '{ deal { id } }'))
        .issues;
    },
  },
  'handOverFiles, owner': {
    field: 'owner',
    make: async (toEmployeeId) => {
      const fromEmployeeId = await enter('SALES');
      await writing.db.insert(customer).values({ name: '移交公司', ownerId: uuidOf(fromEmployeeId) });
      const input = { fromEmployeeId, rules: [{ toEmployeeId }] };
      return (await writing.manager.write('handOverFiles', input, '{ handover { id } }')).issues;
    },
  },
  'handOverFiles, custodian': {
    field: 'custodian',
    make: async (toEmployeeId) => {
      const fromEmployeeId = await enter('DATA_STEWARD');
      const keeps = { custodianId: uuidOf(fromEmployeeId) };
      await openFile(writing, writing.owner, keeps);
      const input = { fromEmployeeId, rules: [{ toEmployeeId }] };
      return (await writing.manager.write('handOverFiles', input, '{ handover { id } }')).issues;
    },
  },
};

const able = { owner: fileOwners, custodian: custodians };

test.each(Object.keys(ways).flatMap((way) => Object.values(Role).map((role) => [way, role] as const)))(
  'by %s a %s comes to a file only where the policy page lets that role',
  async (way, role) => {
    const { field, make } = ways[way] as (typeof ways)[string];
    const issues = await make(await enter(role));
    if (able[field].includes(role)) expect(issues).toEqual([]);
    else expect(issues).toEqual([expect.stringMatching(/(?:Id) EMPLOYEE_ROLE$/)]);
  },
);

test.each(Object.keys(ways))('by %s nobody who has left comes to a file', async (way) => {
  const left = await enter('MANAGER', { disabledAt: '2026-01-01T00:00:00Z' });
  expect(await ways[way]?.make(left)).toEqual([expect.stringMatching(/ EMPLOYEE_NOT_ACTIVE$/)]);
});

const lower = (id: string, role: Role, expectedVersion = 1) =>
  writing.admin.write('updateEmployee', { id, expectedVersion, role }, '{ employee { role } }');

test.each(Object.values(Role))(
  'who owns files, keeps some and has a deal becomes a %s only where that role can',
  async (role) => {
    const id = await enter('SALES');
    const ownerId = uuidOf(id);
    await writing.db.insert(customer).values({ name: '一号公司', ownerId });
    await writing.db
      .insert(customer)
      .values({ name: '二号公司', ownerId, archivedAt: '2026-01-01T00:00:00Z' });
    const file = await openFile(writing, writing.owner, { custodianId: ownerId });
    await addDeal(writing, { ...writing.owner, id }, file.uuid);
    const { code, errors, payload } = await lower(id, role);
    if (fileOwners.includes(role)) return expect(payload.employee.role).toBe(role);
    expect(code).toBe('CONFLICT');
    expect(errors[0]?.extensions).toMatchObject({
      reason: 'FILES_TO_HAND_OVER',
      customers: 2,
      custodianships: 1,
      openDeals: 1,
    });
    expect(errors[0]?.message).toMatch(/handOverFiles/);
    const input = { fromEmployeeId: id, rules: [{ toEmployeeId: writing.stranger.id }] };
    expect((await writing.manager.write('handOverFiles', input, '{ handover { id } }')).errors).toEqual([]);
    expect((await lower(id, role)).payload.employee.role).toBe(role);
  },
);

test('nobody is disabled while custodian of active files, and the refusal says of how many', async () => {
  const id = await enter('CUSTOMER_SERVICE');
  const files = [1, 2].map(() => openFile(writing, writing.owner, { custodianId: uuidOf(id) }));
  const [file] = await Promise.all(files);
  const disable = () => writing.admin.write('disableEmployee', { id }, '{ employee { id } }');
  expect((await disable()).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    reason: 'ACTIVE_FILES_WITHOUT_CUSTODIAN',
    custodianships: 2,
  });
  const rules = [{ toEmployeeId: writing.service.id }];
  await writing.manager.write('handOverFiles', { fromEmployeeId: id, rules }, '{ handover { id } }');
  expect((await disable()).errors).toEqual([]);
  const now = await fileNow(writing, file?.uuid as string);
  expect([now.ownerId, now.custodianId]).toEqual([uuidOf(writing.owner.id), uuidOf(writing.service.id)]);
});

test('no file is restored whose custodian has left', async () => {
  const id = await enter('CUSTOMER_SERVICE');
  const archived = { custodianId: uuidOf(id), archivedAt: '2026-01-01T00:00:00Z' };
  const file = await openFile(writing, writing.owner, archived);
  await writing.db
    .update(employee)
    .set({ disabledAt: '2026-01-02T00:00:00Z' })
    .where(eq(employee.id, uuidOf(id)));
  const input = { id: file.id, expectedVersion: file.version, archived: false };
  const { code } = await writing.owner.write('archiveCustomer', input, '{ customer { id } }');
  expect(code).toBe('CONFLICT');
});

test('nobody is disabled while open deals in colleagues’ files are theirs, and the refusal says how many', async () => {
  const id = await enter('SALES');
  const leaver = { ...writing.owner, id };
  const [file, archived] = [
    await openFile(writing, writing.owner),
    await openFile(writing, writing.owner, { archivedAt: '2026-01-01T00:00:00Z' }),
  ];
  const deals = [
    await addDeal(writing, leaver, file.uuid),
    await addDeal(writing, leaver, archived.uuid),
    await addDeal(writing, leaver, file.uuid, { stage: 'LOST', lostReason: '价格' }),
  ];
  const disable = () => writing.admin.write('disableEmployee', { id }, '{ employee { disabledAt } }');
  const { code, errors } = await disable();
  expect(code).toBe('CONFLICT');
  expect(errors[0]?.extensions).toMatchObject({
    reason: 'OPEN_DEALS_WITHOUT_OWNER',
    custodianships: 0,
    openDeals: 2,
  });
  expect(errors[0]?.message).toMatch(/2 open deals/);
  // The handover that takes them may disable with it.
  const rules = [{ toEmployeeId: writing.stranger.id }];
  const input = { fromEmployeeId: id, rules, disable: true };
  const { payload } = await writing.admin.write('handOverFiles', input, '{ handover { deals disabled } }');
  expect(payload.handover).toEqual({ deals: 2, disabled: true });
  const owners = await Promise.all(
    deals.map(
      async ({ uuid }) => (await writing.db.select().from(deal).where(eq(deal.id, uuid)))[0]?.ownerId,
    ),
  );
  expect(owners).toEqual([uuidOf(writing.owner.id), uuidOf(writing.owner.id), uuidOf(id)]);
});
