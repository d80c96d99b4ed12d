import {
  buildSchema,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  isInputObjectType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { type Permission, permissionsOf as permissions } from '../../src/core/access/permissions.ts';
import { type FieldAccess, policy, type TextKind } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { read } from '../conventions/sources.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import { addContact, openFile, startWriting, type Writing } from '../support/writing.ts';
import { reachTo } from './file-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const permissionsOf = async (name: StaffName): Promise<Permission[]> => {
  const { data } = await writing.server
    .as(name)
    .query('{ viewer { permissions { type field class read write reason } } }');
  return data.viewer.permissions;
};
const roles = Object.values(Role);
const schema = buildSchema(read('schema.graphql'));

const declared = sharedSchema();
/** What the declaration says that the field's text holds. */
const textOf = (type: string, field: string) =>
  (declared.getType(type) as GraphQLObjectType).getFields()[field]?.extensions.text as TextKind | null;

const fieldAccessOf = (access: string | null) => (access?.toLowerCase() ?? 'open') as FieldAccess;

test.each(roles)('%s sees of every classified field what the policy page says', async (role) => {
  const permissions = await permissionsOf(role);
  expect(permissions.length).toBeGreaterThan(60);
  for (const { type, field, class: access, read: reach, reason } of permissions) {
    const expected = reachTo(role, { access: fieldAccessOf(access), text: textOf(type, field) });
    expect(reach, `${type}.${field}`).toBe(expected);
    const reasons = { ALL: null, OWN: 'NOT_OWNER', GRANTED: 'APPROVAL_REQUIRED', NONE: 'ROLE' };
    expect(reason, `${type}.${field}`).toBe(reasons[expected]);
  }
});

test('whoever records reports alone is shown so', async () => {
  for (const role of roles) {
    const { data } = await writing.server.as(role).query('{ viewer { permissions { type field values } } }');
    const limited = data.viewer.permissions.filter(({ values }: { values: string[] | null }) => values);
    const isReporter = role === 'MARKETING' || role === 'FINANCE';
    const expected = isReporter ? [{ type: 'Interaction', field: 'kind', values: ['REPORT'] }] : [];
    expect([role, limited]).toEqual([role, expected]);
  }
});

/** Sends an update that clears every field of the input, and hears which of them are refused. */
async function refusedFields(role: StaffName, mutation: string, target: object): Promise<string[] | 'ALL'> {
  const { query } = writing.server.as(role);
  const name = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const type = schema.getType(name);
  if (!isInputObjectType(type)) throw new Error(`There is no ${name}.`);
  const fields = Object.values(type.getFields()).filter((field) => !isNonNullType(field.type));
  const input = { ...Object.fromEntries(fields.map((field) => [field.name, null])), ...target };
  const document = `mutation ($input: ${name}!) { ${mutation}(input: $input) { __typename } }`;
  const { errors } = await query(document, { input });
  const extensions = errors?.[0]?.extensions;
  return extensions?.code === 'FORBIDDEN' ? (extensions.fields ?? 'ALL') : [];
}

test.each(roles)('the rights to write that %s sees are those that writing grants', async (role) => {
  const permissions = await permissionsOf(role);
  const file = await openFile(writing, writing.stranger);
  const own = await openFile(writing, { ...writing.owner, id: writing.server.as(role).id });
  for (const [type, mutation, targetOf] of [
    ['Customer', 'updateCustomer', async ({ id }: { id: string }) => ({ id, expectedVersion: 99 })],
    [
      'Contact',
      'updateContact',
      async ({ uuid }: { uuid: string }) => ({
        id: (await addContact(writing, uuid)).id,
        expectedVersion: 99,
      }),
    ],
  ] as const) {
    for (const isOwn of [true, false]) {
      if (!isOwn && policy[role].files === 'OWN') continue;
      const refused = await refusedFields(role, mutation, await targetOf(isOwn ? own : file));
      const input = schema.getType(`Update${type}Input`);
      const fields = isInputObjectType(input) ? Object.keys(input.getFields()) : [];
      for (const field of fields) {
        const permission = permissions.find(
          (one) => one.type === type && one.field === field.replace(/Id$/, ''),
        );
        if (!permission) continue;
        const mayWrite = permission.write === 'ALL' || (permission.write === 'OWN' && isOwn);
        const isRefused = refused === 'ALL' || refused.includes(field);
        expect(isRefused, `${role} ${type}.${field} own=${isOwn}`).toBe(!mayWrite);
      }
    }
  }
});

test('what an employee may record, assign and archive is among their permissions too', async () => {
  const writes = async (role: StaffName, type: string, field: string) =>
    (await permissionsOf(role)).find((one) => one.type === type && one.field === field)?.write;
  expect(await writes('CUSTOMER_SERVICE', 'Interaction', 'summary')).toBe('ALL');
  expect(await writes('SALES', 'Interaction', 'summary')).toBe('OWN');
  expect(await writes('ANALYST', 'Interaction', 'summary')).toBe('NONE');
  expect(await writes('SALES', 'Customer', 'owner')).toBe('NONE');
  expect(await writes('SALES', 'Customer', 'tier')).toBe('NONE');
  expect(await writes('MANAGER', 'Customer', 'owner')).toBe('ALL');
  expect(await writes('SALES', 'Customer', 'archivedAt')).toBe('OWN');
  expect(await writes('SALES', 'Customer', 'tags')).toBe('OWN');
  expect(await writes('SALES', 'Customer', 'coOwners')).toBe('OWN');
  expect(await writes('SALES', 'Customer', 'createdAt')).toBe('NONE');
  expect(await writes('FINANCE', 'Customer', 'creditLimit')).toBe('ALL');
  expect(await writes('FINANCE', 'Customer', 'name')).toBe('NONE');
});

test.each(['Create', 'Update', 'Assign'])(
  'a field that only one input sets, %s, is shown as writable',
  (verb) => {
    const live = createSchema();
    const inputs = ['Create', 'Update', 'Assign'].map((one) => live.getType(`${one}CustomerInput`));
    const [given] = Object.values((inputs[0] as GraphQLInputObjectType).getFields());
    for (const input of inputs) delete (input as GraphQLInputObjectType).getFields().industry;
    const writtenBy = () =>
      permissions(live, { id: '0', role: 'ADMIN', groups: [] as Viewer['groups'] } as Viewer).find(
        ({ type, field }) => type === 'Customer' && field === 'industry',
      )?.write;
    expect(writtenBy()).toBe('NONE');
    (live.getType(`${verb}CustomerInput`) as GraphQLInputObjectType).getFields().industry = given as never;
    expect(writtenBy()).toBe('ALL');
  },
);

test('nobody learns a colleague’s permissions, and one error says so', async () => {
  const { data, errors } = await writing.server
    .as('ADMIN')
    .query('{ employees { nodes { permissions { field } } } }');
  const told = data.employees.nodes.filter((node: { permissions: unknown }) => node.permissions !== null);
  expect(told).toHaveLength(1);
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'Employee.permissions' });
});

test('permissions cost no statement of their own', async () => {
  const { statements } = await writing.server.as('SALES').query('{ viewer { permissions { field } } }');
  expect(statements).toBe(2);
});
