import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callers } from '../../src/core/access/callers.ts';
import { departmentCallers, departmentReach } from '../../src/core/access/department-policy.ts';
import { FieldGroup } from '../../src/core/access/field-group.ts';
import { accessClasses, assignerFields, assigners, policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { ownFile, requireWritable, viewerReach, writeReach } from '../../src/core/access/write-policy.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { groupOf, rootModel } from '../../src/core/model/registry.ts';
import { allParts } from '../../src/core/part/parts.ts';
import { department } from '../../src/domains/employee/department.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { connectSocket } from '../support/socket.ts';
import { addContact, type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';
import { fileTypes, modelOf } from './file-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

/** Puts a colleague into a department that answers for these groups, and for no other. */
async function answerFor({ id }: Colleague, groups: FieldGroup[]): Promise<string> {
  await writing.db.update(department).set({ responsibleFor: [] });
  const [row] = await writing.db
    .insert(department)
    .values({ name: `部门${Math.random()}`, responsibleFor: groups })
    .returning();
  await writing.db
    .update(employee)
    .set({ departmentId: row?.id })
    .where(eq(employee.id, uuidOf(id)));
  return row?.id as string;
}
const update = (by: Colleague, input: object) =>
  by.write('updateCustomer', input, '{ customer { industry version } }');

// Which classes members of a department write beyond their role, and where; written a second time, on purpose.
test('as far as their role reads a class its department’s members write it, but neither credit nor special data', () => {
  const published = `
    SALES             OWN  OWN  OWN  OWN  NONE OWN  NONE
    CUSTOMER_SERVICE  ALL  ALL  ALL  ALL  NONE ALL  NONE
    MARKETING         ALL  ALL  NONE ALL  NONE NONE NONE
    FINANCE           ALL  ALL  ALL  ALL  NONE NONE NONE
    MANAGER           ALL  ALL  ALL  ALL  NONE ALL  NONE
    DATA_STEWARD      ALL  ALL  ALL  ALL  NONE ALL  NONE
    ANALYST           NONE NONE NONE NONE NONE NONE NONE
    ADMIN             ALL  ALL  ALL  ALL  NONE ALL  NONE`;
  const rows = Object.values(Role).map((role) =>
    [role, ...accessClasses.map((access) => departmentReach(role, access))].join(' '),
  );
  const lines = published.trim().split('\n');
  expect(rows).toEqual(lines.map((line) => line.trim().replace(/\s+/g, ' ')));
});

test('what a department opens: mutations of its groups, by name', () => {
  const opened = Object.entries(departmentCallers).map(([name, groups]) => `${name.split('.')[1]} ${groups}`);
  const ofFile = 'REGISTRATION,CONTACTS,MARKET,RELATIONSHIP,FINANCE,KEEPING';
  // What a part records is open to whoever may record it, and to no department besides.
  const ofParts = allParts().flatMap(({ model: { groups }, rules: { operations, recordedBy } }) =>
    typeof groups !== 'string' || recordedBy
      ? []
      : Object.values(operations).map((operation) => `${operation} ${groups}`),
  );
  expect(ofParts).toContain('createNeed NEEDS');
  expect(opened.sort()).toEqual(
    [
      ...ofParts,
      `revertCustomerField ${ofFile}`,
      ...['tagCustomer RELATIONSHIP', 'tagCustomers RELATIONSHIP'],
      ...['untagCustomer RELATIONSHIP', 'untagCustomers RELATIONSHIP'],
      ...[`updateCustomer ${ofFile}`, `updateCustomers ${ofFile}`],
    ].sort(),
  );
  expect(Object.keys(departmentCallers).filter((name) => !(name in callers))).toEqual([]);
  const ofCustomer = new Set((rootModel().groups as ReadonlyMap<string, FieldGroup>).values());
  expect([...ofCustomer]).toEqual(departmentCallers['Mutation.updateCustomer']);
});

describe.each(Object.values(Role))('%s', (role) => {
  const fields = fileTypes.flatMap((type) =>
    [...modelOf(type).attributes.values(), ...modelOf(type).relations.values()].map(({ field, access }) => ({
      type,
      field,
      access: access === 'open' ? ('basic' as const) : access,
    })),
  );
  const viewerWith = (groups: Viewer['groups']) => ({ id: 'me', role, groups }) as Viewer;

  test('gains by a department the fields of its groups and no other, and loses none', () => {
    for (const group of Object.values(FieldGroup)) {
      const viewer = viewerWith([group]);
      for (const { type, field, access } of fields) {
        const byRole = writeReach(role, type, field);
        const isKept = assignerFields.includes(`${type}.${field}`) && !assigners.includes(role);
        const gained = groupOf(type, field) === group && !isKept ? departmentReach(role, access) : 'NONE';
        const reach = [byRole, gained].includes('ALL') ? 'ALL' : gained === 'OWN' ? 'OWN' : byRole;
        expect(viewerReach(viewer, type, field), `${group} ${type}.${field}`).toBe(reach);
        for (const file of [ownFile, { isOwn: false, isKept: false }]) {
          const attempt = () => requireWritable(viewer, file, type, [field]);
          if (reach === 'ALL' || (reach === 'OWN' && file === ownFile)) expect(attempt).not.toThrow();
          else expect(attempt).toThrow();
        }
      }
    }
  });

  test('never writes on files that they do not see, whatever their department answers for', () => {
    if (policy[role].files === 'ALL') return expect(role).not.toBe('SALES');
    const viewer = viewerWith(Object.values(FieldGroup));
    const reaches = fields.map(({ type, field }) => viewerReach(viewer, type, field));
    expect(reaches).not.toContain('ALL');
  });
});

test('marketing enters the industry of any file once its department answers for it, and nothing else', async () => {
  const { marketing, owner } = writing;
  const { id, version } = await openFile(writing, owner);
  const input = { id, expectedVersion: version, industry: '通用设备制造业' };
  expect(await update(marketing, input)).toMatchObject({ code: 'FORBIDDEN', refused: [] });
  await answerFor(marketing, ['MARKET']);
  expect((await update(marketing, input)).payload.customer.industry).toBe('通用设备制造业');
  const beyond = {
    ...input,
    expectedVersion: version + 1,
    industry: '餐饮业',
    stage: 'INTENT',
    address: '一号',
  };
  expect(await update(marketing, beyond)).toMatchObject({ code: 'FORBIDDEN', refused: ['address', 'stage'] });
  const many = { ids: [id], patch: { industry: '餐饮业' } };
  const { payload } = await marketing.write('updateCustomers', many, '{ outcome { changed } }');
  expect(payload).toEqual({ outcome: { changed: 1 } });
  const part = { customerId: id, name: '李工' };
  expect((await marketing.write('createContact', part, '{ contact { id } }')).code).toBe('FORBIDDEN');
  expect(
    (await marketing.write('createCustomer', { name: '上海新华贸易有限公司' }, '{ customer { id } }')).code,
  ).toBe('FORBIDDEN');
});

test('a department that no longer answers for a group, or is left, gives no right any more, on an open socket neither', async () => {
  const { marketing, owner, admin } = writing;
  const { id, version } = await openFile(writing, owner);
  const departmentId = await answerFor(marketing, ['MARKET']);
  const socket = connectSocket(writing.server.socketUrl, writing.server.as('MARKETING').token);
  const set = async (industry: string, expectedVersion: number) => {
    const { data, errors } = await socket.query(
      'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } } }',
      { input: { id, expectedVersion, industry } },
    );
    return data?.updateCustomer?.customer.version ?? errors?.[0]?.extensions?.code;
  };
  expect(await set('餐饮业', version)).toBe(version + 1);
  await writing.db.update(department).set({ responsibleFor: [] }).where(eq(department.id, departmentId));
  expect(await set('零售业', version + 1)).toBe('FORBIDDEN');
  await writing.db
    .update(department)
    .set({ responsibleFor: ['MARKET'] })
    .where(eq(department.id, departmentId));
  expect(await set('零售业', version + 1)).toBe(version + 2);
  const [row] = await writing.db
    .select()
    .from(employee)
    .where(eq(employee.id, uuidOf(marketing.id)));
  const left = { id: marketing.id, expectedVersion: row?.version, departmentId: null };
  expect((await admin.write('updateEmployee', left, '{ employee { id } }')).code).toBeUndefined();
  expect(await set('餐饮业', version + 2)).toBe('FORBIDDEN');
  await socket.close();
});

test('customer service keeps contacts whose department answers for them, their special data aside', async () => {
  const { service, owner } = writing;
  const file = await openFile(writing, owner);
  const held = await addContact(writing, file.uuid);
  await answerFor(service, ['CONTACTS']);
  const changed = await service.write(
    'updateContact',
    { id: held.id, expectedVersion: held.version, mobile: '13812345678' },
    '{ contact { mobile } }',
  );
  expect(changed.payload.contact.mobile).toBe('+8613812345678');
  const special = { id: held.id, expectedVersion: held.version + 1, religion: '佛教' };
  expect((await service.write('updateContact', special, '{ contact { id } }')).code).toBeDefined();
  const { data } = await writing.server
    .as('CUSTOMER_SERVICE')
    .query('{ viewer { permissions { type field write } } }');
  const writes = (type: string, field: string) =>
    data.viewer.permissions.find(
      (one: { type: string; field: string }) => one.type === type && one.field === field,
    ).write;
  expect([writes('Contact', 'mobile'), writes('Customer', 'phones'), writes('Customer', 'industry')]).toEqual(
    ['ALL', 'ALL', 'NONE'],
  );
});

test('the department that keeps files is not shown a right to archive them, which takes a role', async () => {
  const { service, owner } = writing;
  const { id, version } = await openFile(writing, owner);
  await answerFor(service, ['KEEPING']);
  const { data } = await writing.server
    .as('CUSTOMER_SERVICE')
    .query('{ viewer { permissions { type field write } } }');
  const write = (name: string) =>
    data.viewer.permissions.find(
      ({ type, field }: { type: string; field: string }) => type === 'Customer' && field === name,
    ).write;
  expect([write('notes'), write('archivedAt'), write('coOwners')]).toEqual(['ALL', 'NONE', 'NONE']);
  const archived = await service.write(
    'archiveCustomer',
    { id, expectedVersion: version },
    '{ customer { id } }',
  );
  expect(archived.code).toBe('FORBIDDEN');
});

test('a deal that a department enters is the file’s owner’s, where its member may own none', async () => {
  const { service, owner } = writing;
  const { id } = await openFile(writing, owner);
  await answerFor(service, ['DEALS']);
  const made = await service.write(
    'createDeal',
    { customerId: id, title: '年度采购' },
    '{ deal { owner { id } } }',
  );
  expect(made.errors).toEqual([]);
  expect(made.payload.deal.owner.id).toBe(owner.id);
});

test('an analyst’s department answers for nothing, and a grant lets nobody write', async () => {
  await answerFor(
    { id: writing.server.as('ANALYST').id, write: writing.owner.write },
    Object.values(FieldGroup),
  );
  const { id, version } = await openFile(writing, writing.owner);
  const { errors } = await writing.server
    .as('ANALYST')
    .query('mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { id } } }', {
      input: { id, expectedVersion: version, industry: '餐饮业' },
    });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  await answerFor(writing.stranger, Object.values(FieldGroup));
  const lent = await openFile(writing, writing.owner);
  await writing.db.insert(accessGrant).values({
    customerId: lent.uuid,
    granteeId: uuidOf(writing.stranger.id),
    classes: ['basic', 'contact', 'business'],
    purpose: '拜访客户',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const input = { id: lent.id, expectedVersion: lent.version, industry: '餐饮业' };
  expect(await update(writing.stranger, input)).toMatchObject({ code: 'FORBIDDEN', refused: ['industry'] });
});
