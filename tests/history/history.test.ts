import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StaffName } from '../support/server.ts';
import { addContact, addDeal, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const line =
  'field oldValue newValue valuesKept entityId entityType occurredAt source requestId actor { id name }';

const historyOf = async (name: StaffName, id: string, args = '', selection = `nodes { ${line} }`) => {
  const answer = await writing.server
    .as(name)
    .query(`query($id: ID!) { customer(id: $id) { history${args} { ${selection} } } }`, { id });
  return { ...answer, page: answer.data?.customer?.history };
};

test('a changed phone reads field, old value, new value, actor and time exactly (AC-7)', async () => {
  const file = await openFile(writing, writing.owner);
  const contact = await addContact(writing, file.uuid, { phone: '+8613800001234' });
  const before = new Date().toISOString();
  const { errors } = await writing.owner.write(
    'updateContact',
    { id: contact.id, expectedVersion: contact.version, phone: '13900005678' },
    '{ contact { id } }',
  );
  expect(errors).toEqual([]);

  const { page } = await historyOf('SALES', file.id, '(field: "phone", first: 1)');
  expect(page.nodes).toMatchObject([
    {
      field: 'phone',
      oldValue: '+8613800001234',
      newValue: '+8613900005678',
      valuesKept: true,
      entityId: contact.id,
      entityType: 'Contact',
      source: 'API',
      requestId: expect.any(String),
      actor: { id: writing.owner.id },
    },
  ]);
  expect(page.nodes[0].occurredAt > before).toBe(true);
  expect(page.nodes[0].occurredAt < new Date().toISOString()).toBe(true);
});

test('the pages of a history join up newest first, without a line lost or repeated', async () => {
  const file = await openFile(writing, writing.owner);
  for (const city of ['苏州市', '无锡市', '常州市', '镇江市'])
    await writing.db.execute(
      sql`update customer set city = ${city}, province = '江苏省' where id = ${file.uuid}`,
    );
  const whole = (await historyOf('SALES', file.id, '', 'totalCount nodes { field newValue }')).page;
  const pages: unknown[] = [];
  let after: string | null = null;
  do {
    const args: string = after ? `(first: 2, after: "${after}")` : '(first: 2)';
    const { page } = await historyOf(
      'SALES',
      file.id,
      args,
      'nodes { field newValue } pageInfo { hasNextPage endCursor }',
    );
    pages.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
  expect(pages).toEqual(whole.nodes);
  expect(whole.totalCount).toBe(pages.length);
  expect(whole.nodes.slice(0, 2)).toEqual([
    { field: 'city', newValue: '镇江市' },
    { field: 'city', newValue: '常州市' },
  ]);
});

test('lines are found by field, by what they belong to, by actor, time and value', async () => {
  const file = await openFile(writing, writing.owner, { creditLimit: '1000.00' });
  const deal = await addDeal(writing, writing.owner, file.uuid, { amount: '500000.00' });
  await writing.manager.write(
    'updateCustomer',
    { id: file.id, expectedVersion: file.version + 1, creditLimit: '2000' },
    '{ customer { id } }',
  );
  const fieldsBy = async (args: string) =>
    (await historyOf('MANAGER', file.id, args, 'nodes { field entityType }')).page.nodes;
  expect(await fieldsBy(`(actorId: "${writing.manager.id}")`)).toEqual([
    { field: 'creditLimit', entityType: 'Customer' },
  ]);
  expect(await fieldsBy('(oldValue: "1000", newValue: "2000")')).toEqual([
    { field: 'creditLimit', entityType: 'Customer' },
  ]);
  expect(await fieldsBy(`(entityId: "${deal.id}", field: "amount")`)).toEqual([
    { field: 'amount', entityType: 'Deal' },
  ]);
  expect(await fieldsBy(`(field: "owner", newValue: "${writing.owner.id}")`)).toEqual([
    { field: 'owner', entityType: 'Deal' },
    { field: 'owner', entityType: 'Customer' },
  ]);
  expect(await fieldsBy('(to: "2020-01-01T00:00:00Z")')).toEqual([]);
  expect(
    await fieldsBy('(from: "2020-01-01T00:00:00Z", field: "creditLimit", newValue: "2000.00")'),
  ).toHaveLength(1);
});

test('a history shows only fields that the viewer may read, and counts no others', async () => {
  const file = await openFile(writing, writing.owner, { creditLimit: '1000.00', address: '张江路1号' });
  await addContact(writing, file.uuid, { phone: '+8613800001234', preferences: '茶' });
  const seenBy = async (name: StaffName) => {
    const { page } = await historyOf(name, file.id, '(first: 200)', 'totalCount nodes { field }');
    expect(page.totalCount).toBe(page.nodes.length);
    return new Set(page.nodes.map(({ field }: { field: string }) => field));
  };
  const owner = await seenBy('SALES');
  for (const field of ['name', 'creditLimit', 'address', 'phone', 'preferences'])
    expect(owner).toContain(field);
  const marketing = await seenBy('MARKETING');
  for (const field of ['creditLimit', 'address', 'phone', 'preferences'])
    expect(marketing).not.toContain(field);
  expect(await seenBy('ANALYST')).not.toContain('name');

  const refused = await historyOf('MARKETING', file.id, '(field: "creditLimit")');
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
  const stranger = await historyOf('SALES_2', file.id);
  expect(stranger.data.customer).toBeNull();
});

test('what is no field, no id, no cursor or too many lines is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');
  for (const args of [
    '(field: "nosuch")',
    '(entityId: "x")',
    `(actorId: "${file.id}")`,
    '(after: "x")',
    `(after: "${cursor('history', 1, 2)}")`,
    `(after: "${cursor('history', 2 ** 31, 2, 'name')}")`,
    `(after: "${cursor('history', 1, 2, 'name', 'more')}")`,
    '(first: 201)',
    `(oldValue: "${'x'.repeat(4_001)}")`,
  ]) {
    const { errors } = await historyOf('SALES', file.id, args);
    expect(errors?.[0]?.extensions.code, args).toBe('BAD_USER_INPUT');
  }
});

test('the histories of a whole page of files cost two statements more than the page, however many files', async () => {
  for (let count = 0; count < 5; count += 1) await openFile(writing, writing.owner, { city: '苏州市' });
  const cost = async (first: number, below: string) =>
    (await writing.server.as('SALES').query(`{ customers(first: ${first}) { nodes { id ${below} } } }`))
      .statements;
  const page = await cost(5, '');
  const withHistories = 'history(first: 3) { nodes { field actor { name } } }';
  // Made without an actor here, so only the histories are read.
  expect(await cost(1, withHistories)).toBeLessThanOrEqual(page + 2);
  expect(await cost(5, withHistories)).toBeLessThanOrEqual(page + 2);
});
