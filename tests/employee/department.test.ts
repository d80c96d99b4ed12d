import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissionsOf } from '../../src/core/access/permissions.ts';
import { queryJson } from '../../src/core/database/database.ts';
import { defineModel } from '../../src/core/model/model.ts';
import { fileModels } from '../../src/core/model/registry.ts';
import { department } from '../../src/domains/employee/department.table.ts';
import { Department } from '../../src/domains/employee/department.type.ts';
import { sharedSchema } from '../support/schema.ts';
import { staffNames } from '../support/server.ts';
import { type Colleague, missingId, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const fields = '{ department { id name responsibleFor version } }';
const create = (input: object, by: Colleague = writing.admin) => by.write('createDepartment', input, fields);
const update = (input: object, by: Colleague = writing.admin) => by.write('updateDepartment', input, fields);

test('an administrator creates a department with what it answers for and moves a colleague there; all staff read it', async () => {
  const { payload } = await create({ name: ' 工程部 ', responsibleFor: ['NEEDS', 'REGISTRATION', 'NEEDS'] });
  const { id, version } = payload.department;
  expect(payload.department).toMatchObject({ name: '工程部', responsibleFor: ['REGISTRATION', 'NEEDS'] });
  const moved = { id: writing.stranger.id, expectedVersion: 1, departmentId: id };
  const outcome = await writing.admin.write('updateEmployee', moved, '{ employee { department { name } } }');
  expect(outcome.payload).toEqual({ employee: { department: { name: '工程部' } } });
  const changed = await update({ id, expectedVersion: version, name: '工程中心', responsibleFor: [] });
  expect(changed.payload.department).toMatchObject({
    name: '工程中心',
    responsibleFor: [],
    version: version + 1,
  });
  const list = `{ departments(search: "工程") { nodes { name responsibleFor members { nodes { id } } } } }`;
  for (const name of staffNames) {
    const { data } = await writing.server.as(name).query(list);
    expect(data.departments.nodes).toEqual([
      { name: '工程中心', responsibleFor: [], members: { nodes: [{ id: writing.stranger.id }] } },
    ]);
  }
});

test('departments are in the order of pinyin, and files are found by the department of their owner', async () => {
  const { payload } = await create({ name: '采购部' });
  const joins = {
    name: '何采购',
    email: 'buyer@test.example',
    role: 'SALES',
    departmentId: payload.department.id,
  };
  const { payload: joined } = await writing.admin.write('createEmployee', joins, '{ employee { id } }');
  await writing.admin.write(
    'createCustomer',
    { name: '常州采购咨询有限公司', ownerId: joined.employee.id },
    '{ customer { id } }',
  );
  const { data } = await writing.server.as('MANAGER').query(
    `{ customers(filter: { owner: { department: { name: { eq: "采购部" } } } }) { nodes { name } }
       departments { nodes { name } } }`,
  );
  expect(data.customers.nodes).toEqual([{ name: '常州采购咨询有限公司' }]);
  const names = data.departments.nodes.map(({ name }: { name: string }) => name);
  expect(names.indexOf('采购部')).toBeLessThan(names.indexOf('工程中心'));
});

test('one department answers for a group: another that names it is refused, two at once included', async () => {
  const { payload } = await create({ name: '财务部', responsibleFor: ['FINANCE', 'DEALS'] });
  const taken = await create({ name: '出纳室', responsibleFor: ['MARKET', 'FINANCE'] });
  expect(taken.errors?.[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    field: 'responsibleFor',
    groups: ['FINANCE'],
  });
  expect(taken.errors?.[0]?.message).toContain('财务部');
  const { id, version } = payload.department;
  const kept = await update({ id, expectedVersion: version, responsibleFor: ['FINANCE'] });
  expect(kept.payload.department.responsibleFor).toEqual(['FINANCE']);
  const both = await Promise.all(
    ['一厅', '二厅', '三厅'].map((name) => create({ name, responsibleFor: ['INTERACTIONS'] })),
  );
  expect(both.map(({ code }) => code).sort()).toEqual(['CONFLICT', 'CONFLICT', undefined]);
});

test('only administrators keep departments; names are unique; a stale version is a conflict, the same update is not', async () => {
  const { payload } = await create({ name: '唯一部', idempotencyKey: 'dep-1' });
  const again = await create({ name: '唯一部', idempotencyKey: 'dep-1' });
  expect(again.payload.department.id).toBe(payload.department.id);
  const { id, version } = payload.department;
  for (const name of staffNames.filter((one) => one !== 'ADMIN')) {
    const { errors } = await writing.server
      .as(name)
      .query(
        'mutation ($input: UpdateDepartmentInput!) { updateDepartment(input: $input) { department { id } } }',
        { input: { id, expectedVersion: version, name: '别名' } },
      );
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect((await create({ name: '经理部' }, writing.manager)).code).toBe('FORBIDDEN');
  expect((await create({ name: '唯一部' })).code).toBe('CONFLICT');
  expect((await update({ id, expectedVersion: version + 1, name: '别名' })).code).toBe('CONFLICT');
  const input = { id, expectedVersion: version, name: '唯一处' };
  for (let time = 1; time <= 2; time += 1)
    expect((await update(input)).payload.department).toMatchObject({ name: '唯一处', version: version + 1 });
  expect((await update({ ...input, name: '别名' })).code).toBe('CONFLICT');
  expect((await update({ ...input, id: missingId('dep') })).code).toBe('NOT_FOUND');
});

test('all violations come at once; an employee joins a department that exists', async () => {
  const long = await create({ name: '', idempotencyKey: 'x'.repeat(65) });
  expect(long.issues.sort()).toEqual([
    'input.idempotencyKey IDEMPOTENCY_KEY_LENGTH',
    'input.name TEXT_REQUIRED',
  ]);
  const { issues } = await writing.admin.write(
    'createEmployee',
    { name: '', email: 'x', role: 'SALES', departmentId: missingId('dep') },
    '{ employee { id } }',
  );
  expect(issues).toContain('input.departmentId NO_SUCH_DEPARTMENT');
  expect(issues.length).toBe(3);
});

test('who changed what a department answers for is in its history', async () => {
  const { payload } = await create({ name: '客服部', responsibleFor: ['KEEPING'] });
  const { id, version } = payload.department;
  await update({ id, expectedVersion: version, responsibleFor: [] });
  const lines = await queryJson<object[]>(
    writing.db,
    sql`select json_agg(json_build_object('field', field, 'old', old_value, 'new', new_value, 'actor', actor_id) order by version, field)
        from scoped_change where subject = 'department' and new_value is distinct from '客服部'
          and subject_id = (select id from department where name = '客服部') and version > 1`,
  );
  const actor = writing.server.as('ADMIN').uuid;
  expect(lines).toEqual([{ field: 'responsible_for', old: '["KEEPING"]', new: '[]', actor }]);
});

test('every field of a file that somebody may write is in one group, and a client sees in which', async () => {
  const schema = sharedSchema();
  const admin = {
    id: '',
    name: '',
    email: '',
    role: 'ADMIN',
    teamId: null,
    leads: [],
    groups: [],
    sessionId: '',
  } as const;
  // A task is a duty about a file and no information in it.
  const inFiles = fileModels().flatMap(({ name }) => (name === 'Task' ? [] : name));
  const written = permissionsOf(schema, admin).filter(
    ({ type, write }) => inFiles.includes(type) && write !== 'NONE',
  );
  expect(written.filter(({ group }) => group === null)).toEqual([]);
  for (const { name, groups, attributes, relations } of fileModels()) {
    if (typeof groups === 'string') continue;
    const fields = [...groups.keys()];
    expect(
      fields.filter((field) => !attributes.has(field) && !relations.has(field)),
      name,
    ).toEqual([]);
  }
  const twice = { MARKET: ['name'], KEEPING: ['name'] };
  const options = {
    name: 'Twice',
    prefix: 'dep',
    type: Department,
    table: department,
    kind: 'scoped',
  } as const;
  expect(() => defineModel({ ...options, groups: twice })).toThrow('Twice.name is in two groups.');
  const { data } = await writing.server.as('SALES').query('{ viewer { permissions { type field group } } }');
  expect(data.viewer.permissions).toContainEqual({ type: 'Customer', field: 'industry', group: 'MARKET' });
  expect(data.viewer.permissions).toContainEqual({ type: 'Contact', field: 'mobile', group: 'CONTACTS' });
  expect(data.viewer.permissions).toContainEqual({ type: 'Customer', field: 'fileNumber', group: null });
});
