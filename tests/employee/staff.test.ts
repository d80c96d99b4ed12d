import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { connectSocket } from '../support/socket.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const fields = '{ employee { id name email role title version disabledAt team { name } } }';
const create = (by: Colleague, input: object) =>
  by.write('createEmployee', { name: '赵敏', email: 'zhao@test.example', role: 'SALES', ...input }, fields);
const update = (by: Colleague, input: object) => by.write('updateEmployee', input, fields);
const disable = (by: Colleague, id: string, disabled?: boolean) =>
  by.write('disableEmployee', { id, disabled }, fields);

const enter = async (name: string) =>
  (await create(writing.admin, { name, email: `${name}@test.example` })).payload.employee as {
    id: string;
    version: number;
  };

test('an administrator enters a colleague, who signs in with the first password', async () => {
  const password = 'correct horse battery';
  const { payload } = await create(writing.admin, { password, title: '客户经理' });
  expect(payload.employee).toMatchObject({
    name: '赵敏',
    role: 'SALES',
    title: '客户经理',
    disabledAt: null,
  });
  const login = await writing.server.anonymous.query(
    'mutation ($input: LoginInput!) { login(input: $input) { viewer { id } } }',
    { input: { email: 'ZHAO@test.example', password } },
  );
  expect(login.data.login.viewer.id).toBe(payload.employee.id);
});

test('a new password is no change that others could see: it is in conflict with nothing and moves no segment', async () => {
  const { id, version } = await enter('换密码');
  const notes = () => writing.db.execute(sql`select from reference_change where subject = 'employee'`);
  const before = (await notes()).length;
  await writing.db
    .update(employee)
    .set({ passwordHash: 'another' })
    .where(eq(employee.id, uuidOf(id)));
  expect((await notes()).length).toBe(before);
  const { payload } = await update(writing.admin, { id, expectedVersion: version, title: '经理' });
  expect(payload.employee).toMatchObject({ title: '经理', version: version + 1 });
  expect((await notes()).length).toBe(before + 1);
});

test('only administrators keep staff', async () => {
  for (const by of [writing.manager, writing.steward, writing.owner]) {
    expect((await create(by, {})).code).toBe('FORBIDDEN');
    expect((await update(by, { id: writing.stranger.id, expectedVersion: 1, role: 'ADMIN' })).code).toBe(
      'FORBIDDEN',
    );
    expect((await disable(by, writing.stranger.id)).code).toBe('FORBIDDEN');
  }
});

test('nobody changes their own role or disables themselves', async () => {
  const self = writing.admin.id;
  expect((await update(writing.admin, { id: self, expectedVersion: 1, role: 'MANAGER' })).code).toBe(
    'FORBIDDEN',
  );
  expect((await disable(writing.admin, self)).code).toBe('FORBIDDEN');
  expect(
    (await update(writing.admin, { id: self, expectedVersion: 1, title: '系统管理员' })).payload.employee,
  ).toMatchObject({
    role: 'ADMIN',
    title: '系统管理员',
  });
});

test('a role that changes ends the open sockets of the employee and holds for the next request', async () => {
  const file = await openFile(writing, writing.stranger);
  const { token } = writing.server.as('CUSTOMER_SERVICE');
  const socket = connectSocket(writing.server.socketUrl, token);
  const query = 'subscription ($id: ID) { customerFileChanged(customerId: $id) { type } }';
  const stream = socket.subscribe(query, { id: file.id });
  const read = 'query ($id: ID!) { customer(id: $id) { id } }';
  expect((await socket.query(read, { id: file.id })).data?.customer).toEqual({ id: file.id });
  const { payload } = await update(writing.admin, {
    id: writing.service.id,
    expectedVersion: 1,
    role: 'SALES',
  });
  expect(await socket.closed).toBe(4403);
  const again = connectSocket(writing.server.socketUrl, token);
  expect((await again.query(read, { id: file.id })).data?.customer).toBeNull();
  const input = { id: file.id, expectedVersion: file.version, city: '北京' };
  const owner = connectSocket(writing.server.socketUrl, writing.server.as('SALES_2').token);
  const witness = owner.subscribe(query, { id: file.id });
  await owner.query(read, { id: file.id });
  await writing.stranger.write('updateCustomer', input, '{ customer { id } }');
  while ((await witness.next()).data?.customerFileChanged.type !== 'UPDATED');
  expect(JSON.stringify(stream.unread())).not.toContain('UPDATED');
  await update(writing.admin, {
    id: writing.service.id,
    expectedVersion: payload.employee.version,
    role: 'CUSTOMER_SERVICE',
  });
  expect(await again.closed).toBe(4403);
  await owner.close();
});

test('who is disabled is out at once, sockets included, and may be let in again', async () => {
  const { id } = writing.marketing;
  const socket = connectSocket(writing.server.socketUrl, writing.server.as('MARKETING').token);
  await socket.query('{ viewer { id } }');
  expect((await disable(writing.admin, id)).payload.employee.disabledAt).not.toBeNull();
  expect(await socket.closed).toBe(4403);
  const answer = await writing.server.as('MARKETING').query('{ viewer { id } }');
  expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  const before = await disable(writing.admin, id);
  expect((await disable(writing.admin, id)).payload.employee.version).toBe(before.payload.employee.version);
  expect((await disable(writing.admin, id, false)).payload.employee.disabledAt).toBeNull();
});

test('who owns active files is not disabled before they are handed over', async () => {
  await openFile(writing, writing.owner);
  const { code, errors } = await disable(writing.admin, writing.owner.id);
  expect(code).toBe('CONFLICT');
  expect(errors[0]?.extensions.reason).toBe('ACTIVE_FILES_WITHOUT_OWNER');
  expect((await writing.server.as('SALES').query('{ viewer { id } }')).errors).toBeUndefined();
});

test('a file cannot be given to somebody who is being disabled at the same moment', async () => {
  const { id } = await enter('qian');
  const file = await openFile(writing, writing.owner);
  const [disabled, assigned] = await Promise.all([
    disable(writing.admin, id),
    writing.manager.write('assignCustomer', { id: file.id, ownerId: id }, '{ customer { id } }'),
  ]);
  expect([disabled.code, assigned.code].filter((code) => code === undefined)).toHaveLength(1);
  const [row] = await writing.db
    .select()
    .from(employee)
    .where(eq(employee.id, uuidOf(id)));
  expect(row?.disabledAt === null).toBe(assigned.code === undefined);
});

test('every violation is named at once', async () => {
  expect((await create(writing.admin, { name: ' ', email: 'nobody', password: 'short' })).issues).toEqual([
    'input.name TEXT_REQUIRED',
    'input.email EMAIL_FORMAT',
    'input.password PASSWORD_LENGTH',
  ]);
  expect(
    (await create(writing.admin, { email: 'a@test.example', teamId: missingId('team') })).issues,
  ).toEqual(['input.teamId NO_SUCH_TEAM']);
  const input = { name: '', teamId: 'emp', idempotencyKey: '', password: 'short' };
  expect((await create(writing.admin, input)).issues).toEqual([
    'input.name TEXT_REQUIRED',
    'input.teamId MALFORMED_ID',
    'input.password PASSWORD_LENGTH',
    'input.idempotencyKey IDEMPOTENCY_KEY_LENGTH',
  ]);
  const { id, version } = await enter('sun');
  expect(
    (
      await update(writing.admin, {
        id,
        expectedVersion: version,
        name: null,
        role: null,
        teamId: missingId('team'),
      })
    ).issues,
  ).toEqual(['input.name VALUE_REQUIRED', 'input.role VALUE_REQUIRED', 'input.teamId NO_SUCH_TEAM']);
});

test('an address in use, a stale version and a missing employee are refused as such', async () => {
  expect((await create(writing.admin, { email: 'SALES@test.example' })).errors[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    field: 'email',
  });
  const { id, version } = await enter('li');
  expect(
    (await update(writing.admin, { id, expectedVersion: version + 1, title: '总监' })).errors[0]?.extensions,
  ).toMatchObject({
    code: 'CONFLICT',
    currentVersion: version,
  });
  expect((await update(writing.admin, { id: missingId('emp'), expectedVersion: 1 })).code).toBe('NOT_FOUND');
  expect((await disable(writing.admin, missingId('emp'))).code).toBe('NOT_FOUND');
});

test('the same key again is the same employee', async () => {
  const input = { email: 'zhou@test.example', idempotencyKey: 'once' };
  const [first, second] = [await create(writing.admin, input), await create(writing.admin, input)];
  expect(second.payload.employee.id).toBe(first.payload.employee.id);
});

test('the number of statements is fixed', async () => {
  const entered = async (name: string, input: object) =>
    (await create(writing.admin, { name, email: `${name}@test.example`, ...input })).statementCount;
  expect(await entered('feng', { title: '主管' })).toBe(await entered('chen', { role: 'MANAGER' }));
  const [wu, zheng] = [await enter('wu'), await enter('zheng')];
  const counts = async ({ id, version }: { id: string; version: number }) => [
    (await update(writing.admin, { id, expectedVersion: version, title: '主管' })).statementCount,
    (await disable(writing.admin, id)).statementCount,
  ];
  expect(await counts(wu)).toEqual(await counts(zheng));
});
