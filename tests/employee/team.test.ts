import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectSocket } from '../support/socket.ts';
import { type Colleague, missingId, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const fields = '{ team { id name version leader { id } } }';
const create = (input: object, by: Colleague = writing.admin) => by.write('createTeam', input, fields);
const update = (input: object, by: Colleague = writing.admin) => by.write('updateTeam', input, fields);

test('an administrator creates a team, names its leader and moves a colleague there', async () => {
  const { payload } = await create({ name: '华南团队', leaderId: writing.manager.id });
  const { id, version } = payload.team;
  expect(payload.team).toMatchObject({ name: '华南团队', leader: { id: writing.manager.id } });
  const moved = { id: writing.stranger.id, expectedVersion: 1, teamId: id };
  expect(
    (await writing.admin.write('updateEmployee', moved, '{ employee { team { name } } }')).payload,
  ).toEqual({
    employee: { team: { name: '华南团队' } },
  });
  const changed = await update({ id, expectedVersion: version, name: '华南一部', leaderId: null });
  expect(changed.payload.team).toMatchObject({ name: '华南一部', leader: null, version: version + 1 });
});

test('a team’s name is kept as names are: in half width, on one line', async () => {
  const { payload } = await create({ name: ' 华北\n团队（ＶＩＰ） ' });
  expect(payload.team.name).toBe('华北团队(VIP)');
});

test('a team created twice with one key is created once', async () => {
  const input = { name: '重试团队', idempotencyKey: 'team-1' };
  expect((await create(input)).payload.team.id).toBe((await create(input)).payload.team.id);
});

test('a team created twice with one key is created once, also when its leader has left since', async () => {
  const { payload } = await writing.admin.write(
    'createEmployee',
    { name: '临时负责人', email: 'leaves@test.example', role: 'MANAGER' },
    '{ employee { id } }',
  );
  const leaderId = payload.employee.id;
  const input = { name: '换届团队', leaderId, idempotencyKey: 'team-2' };
  const first = await create(input);
  await writing.admin.write('disableEmployee', { id: leaderId }, '{ employee { id } }');
  expect((await create(input)).payload.team.id).toBe(first.payload.team.id);
  const long = await create({ ...input, name: '', idempotencyKey: 'x'.repeat(65) });
  expect(long.issues.sort()).toEqual([
    'input.idempotencyKey IDEMPOTENCY_KEY_LENGTH',
    'input.leaderId NO_LEADER',
    'input.name TEXT_REQUIRED',
  ]);
});

test('the same update of a team sent twice succeeds both times, another one is a conflict', async () => {
  const { payload } = await create({ name: '两次团队' });
  const { id, version } = payload.team;
  const input = { id, expectedVersion: version, name: ' 两次一部 ', leaderId: writing.manager.id };
  for (let time = 1; time <= 2; time += 1)
    expect((await update(input)).payload.team).toMatchObject({ name: '两次一部', version: version + 1 });
  expect((await update({ ...input, leaderId: null })).code).toBe('CONFLICT');
});

test('a new leader’s and the former leader’s sockets end, so that both reconnect with their rights', async () => {
  const { payload } = await create({ name: '换将团队', leaderId: writing.manager.id });
  const sockets = (['MANAGER', 'DATA_STEWARD'] as const).map((name) =>
    connectSocket(writing.server.socketUrl, writing.server.as(name).token),
  );
  await Promise.all(sockets.map((socket) => socket.query('{ viewer { id } }')));
  await update({ id: payload.team.id, expectedVersion: payload.team.version, leaderId: writing.steward.id });
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4403, 4403]);
});

test('only administrators keep teams; names are unique; a stale version is a conflict', async () => {
  expect((await create({ name: '经理团队' }, writing.manager)).code).toBe('FORBIDDEN');
  const { payload } = await create({ name: '唯一团队' });
  expect((await create({ name: '唯一团队' })).code).toBe('CONFLICT');
  expect((await update({ id: payload.team.id, expectedVersion: 99, name: '别名' })).code).toBe('CONFLICT');
  expect((await update({ id: missingId('team'), expectedVersion: 1, name: '别名' })).code).toBe('NOT_FOUND');
});

test('a leader is an active employee who sees customers by name; all violations come at once', async () => {
  const analyst = writing.server.as('ANALYST').id;
  for (const leaderId of [analyst, missingId('emp')])
    expect((await create({ name: '', leaderId })).errors?.[0]?.extensions.issues).toMatchObject([
      { path: ['input', 'name'] },
      { path: ['input', 'leaderId'], code: 'NO_LEADER' },
    ]);
});
