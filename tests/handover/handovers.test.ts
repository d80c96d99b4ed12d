import { afterAll, beforeAll, expect, test } from 'vitest';
import { assigners } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
let handedOver: string[];
beforeAll(async () => {
  writing = await startWriting();
  const { owner, stranger, manager } = writing;
  handedOver = [];
  for (const [from, to] of [
    [owner, stranger],
    [stranger, owner],
  ] as const) {
    await openFile(writing, from);
    const input = { fromEmployeeId: from.id, rules: [{ toEmployeeId: to.id }] };
    const { payload } = await manager.write('handOverFiles', input, '{ handover { id } }');
    handedOver.push(payload.handover.id);
  }
});
afterAll(() => writing.close());

const list = (first: number) =>
  `{ handovers(first: ${first}) { totalCount nodes { id customers fromEmployee { id } performedBy { id } recipients { employeeId customers } } } }`;

test('records of handovers say who gave how many files to whom, newest first', async () => {
  const { owner, stranger, manager, server } = writing;
  const { data, errors } = await server.as('ADMIN').query(list(10));
  expect(errors).toBeUndefined();
  const record = (i: number, from: string, to: string, customers: number) => ({
    id: handedOver[i],
    customers,
    fromEmployee: { id: from },
    performedBy: { id: manager.id },
    recipients: [{ employeeId: to, customers }],
  });
  expect(data.handovers).toEqual({
    totalCount: 2,
    nodes: [record(1, stranger.id, owner.id, 2), record(0, owner.id, stranger.id, 1)],
  });
});

test.each(Object.values(Role))(
  '%s reads them, in the list and by id, exactly if they hand files over or took part',
  async (role) => {
    const { query } = writing.server.as(role);
    const reads = assigners.includes(role) || role === 'SALES';
    expect((await query(list(1))).data.handovers.totalCount).toBe(reads ? 2 : 0);
    const byId = await query(`{ node(id: "${handedOver[0]}") { id } }`);
    expect(byId.data.node).toEqual(reads ? { id: handedOver[0] } : null);
  },
);

test('the list says what is wrong with its page', async () => {
  const { data, errors } = await writing.server.as('ADMIN').query(list(201));
  expect([data, errors?.[0]?.extensions.code]).toEqual([null, 'BAD_USER_INPUT']);
});

test('the list takes the same statements however many records there are', async () => {
  const { query } = writing.server.as('ADMIN');
  const [one, both] = [await query(list(1)), await query(list(2))];
  expect(both.data.handovers.nodes).toHaveLength(2);
  expect(both.statements).toBe(one.statements);
});
