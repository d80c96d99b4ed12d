import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { sampleNextSize, trimSizes } from '../../src/features/membership/segment-size.write.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const timeZone = 'Asia/Shanghai';
const newSegment = async (owner: StaffName, rule: object, shared = true): Promise<string> => {
  const [row] = await server.db
    .insert(segment)
    .values({ name: '初名', rule: rule as Record<string, unknown>, shared, ownerId: server.as(owner).uuid })
    .returning();
  return encodeId('seg', row?.id as string);
};
const update = async (owner: StaffName, id: string, expectedVersion: number, fields: object) => {
  const { errors } = await server
    .as(owner)
    .query('mutation($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }', {
      input: { id, expectedVersion, ...fields },
    });
  expect(errors).toBeUndefined();
};

const definitions = `query($id: ID!, $first: Int! = 25, $before: Int) {
  segment(id: $id) { definitionHistory(first: $first, before: $before) { version actor { id } oldName newName oldRule newRule } }
}`;

test('each change of name and rule is listed with who made it, what it was and what it is', async () => {
  const won = { stage: { eq: 'WON' } };
  const lost = { stage: { eq: 'LOST' } };
  const id = await newSegment('MANAGER', won);
  await update('MANAGER', id, 1, { description: '说明' });
  await update('MANAGER', id, 2, { name: '新名' });
  await update('ADMIN', id, 3, { rule: lost });
  const { data, errors, statements } = await server.as('SALES').query(definitions, { id });
  expect(errors).toBeUndefined();
  const renamed = { version: 3, oldName: '初名', newName: '新名', oldRule: won, newRule: won };
  expect(data.segment.definitionHistory).toEqual([
    {
      version: 4,
      actor: { id: server.as('ADMIN').id },
      oldName: '新名',
      newName: '新名',
      oldRule: won,
      newRule: lost,
    },
    { ...renamed, actor: { id: server.as('MANAGER').id } },
    { version: 1, actor: null, oldName: null, newName: '初名', oldRule: null, newRule: won },
  ]);
  expect(statements).toBeLessThanOrEqual(5);
  const page = await server.as('SALES').query(definitions, { id, first: 1, before: 4 });
  expect(page.data.segment.definitionHistory).toMatchObject([renamed]);
});

test('what a segment was while it was private is shown to its owner only', async () => {
  const id = await newSegment('MANAGER', { name: { contains: '秘密' } }, false);
  await update('MANAGER', id, 1, { rule: { stage: { eq: 'WON' } } });
  await update('MANAGER', id, 2, { shared: true });
  const told = async (name: StaffName) =>
    (await server.as(name).query(definitions, { id })).data.segment?.definitionHistory;
  expect((await told('MANAGER')).length).toBe(3);
  expect(await told('SALES')).toMatchObject([{ version: 3, oldRule: null }]);
  expect(JSON.stringify(await told('ADMIN'))).not.toContain('秘密');
  await update('MANAGER', id, 3, { shared: false });
  expect(await told('SALES')).toBeUndefined();
});

test('a page out of bounds is refused', async () => {
  const id = await newSegment('MANAGER', {});
  for (const [variables, path] of [
    [{ first: 201 }, 'first'],
    [{ before: 0 }, 'before'],
  ] as const) {
    const { errors } = await server.as('MANAGER').query(definitions, { id, ...variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ path: [path] }] });
  }
});

const sizes = `query($id: ID!, $from: Date!, $to: Date!, $interval: SegmentSizeInterval! = DAY) {
  segment(id: $id) { sizeHistory(from: $from, to: $to, interval: $interval) { day size } }
}`;
const sampleAll = async (now: string) => {
  while (await sampleNextSize(server.db, { now: new Date(now) }));
};
const history = async (name: StaffName, id: string, variables: object = {}) =>
  server.as(name).query(sizes, { id, from: '2026-03-01', to: '2026-04-30', ...variables });
const add = (owner: StaffName, count: number, industry: string) =>
  server.db
    .insert(customer)
    .values(
      Array.from({ length: count }, () => ({ name: '华虹', industry, ownerId: server.as(owner).uuid })),
    );

test('the size of each day is shown: of all files to who sees all, of their own to a sales person', async () => {
  const id = await newSegment('MANAGER', { industry: { eq: '历史' } });
  // 23:59 and 00:01 in Shanghai.
  await sampleAll('2026-03-31T15:59:00Z');
  await add('SALES', 7, '历史');
  await add('SALES_2', 4, '历史');
  await sampleAll('2026-03-31T16:01:00Z');
  await sampleAll('2026-03-31T16:02:00Z');

  const of = async (name: StaffName) => (await history(name, id)).data.segment.sizeHistory;
  const told = (before: number, later: number) => [
    { day: '2026-03-31', size: before },
    { day: '2026-04-01', size: later },
  ];
  expect(await of('MANAGER')).toEqual(told(0, 11));
  expect(await of('SALES')).toEqual(told(0, 7));
  expect(await of('SALES_2')).toEqual(told(0, 4));
  expect(await of('ANALYST')).toEqual(told(0, 11));
  const monthly = await history('MANAGER', id, { interval: 'MONTH', from: '2026-04-01' });
  expect(monthly.data.segment.sizeHistory).toEqual([{ day: '2026-04-01', size: 11 }]);
  expect((await history('MANAGER', id)).statements).toBe((await history('SALES', id)).statements);
});

test('a segment that was changed is sampled again that day', async () => {
  const id = await newSegment('MANAGER', { industry: { eq: '改前' } });
  await add('SALES', 2, '改后');
  await sampleAll('2026-03-10T04:00:00Z');
  await update('MANAGER', id, 1, { rule: { industry: { eq: '改后' } } });
  await sampleAll('2026-03-10T05:00:00Z');
  expect((await history('MANAGER', id)).data.segment.sizeHistory).toEqual([{ day: '2026-03-10', size: 2 }]);
});

test('a rule on what the viewer may not read, or by grant only, shows no sizes', async () => {
  const credit = await newSegment('MANAGER', { creditLimit: { gte: '1' } });
  const special = await newSegment('MANAGER', { contacts: { some: { religion: { isNull: false } } } });
  const code = async (name: StaffName, id: string) => {
    const { errors, data } = await history(name, id);
    expect(data.segment.sizeHistory).toBeNull();
    return errors?.[0]?.extensions;
  };
  expect(await code('MARKETING', credit)).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
  expect(await code('MANAGER', special)).toMatchObject({ code: 'FORBIDDEN', reason: 'APPROVAL_REQUIRED' });
  expect(await code('SALES', special)).toMatchObject({ code: 'FORBIDDEN', reason: 'APPROVAL_REQUIRED' });
  expect((await history('SALES', credit)).errors).toBeUndefined();
});

test('a rule on completeness shows sizes only to who reads every class that counts in it', async () => {
  const id = await newSegment('MANAGER', { completenessScore: { lte: 99 } });
  await sampleAll('2026-03-20T04:00:00Z');
  // Its score is of what its reader reads: the number of all files by the whole score would say whether a telephone
  // number is missing, by a rule on one file.
  for (const name of ['MARKETING', 'ANALYST', 'CUSTOMER_SERVICE', 'FINANCE'] as const) {
    const { data, errors } = await history(name, id);
    expect([name, data.segment.sizeHistory]).toEqual([name, null]);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
  }
  for (const name of ['MANAGER', 'SALES'] as const)
    expect([name, (await history(name, id)).errors]).toEqual([name, undefined]);
});

test('a span that ends before it begins, or longer than samples are kept, is refused', async () => {
  const id = await newSegment('MANAGER', {});
  for (const span of [{ from: '2026-05-01' }, { from: '2020-01-01' }]) {
    const { errors } = await history('MANAGER', id, span);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', issues: [{ path: ['to'] }] });
  }
});

test('a rule that is no longer understood leaves an empty sample, and holds up no other', async () => {
  const id = await newSegment('MANAGER', { fieldOfOld: { eq: '1' } });
  const other = await newSegment('MANAGER', { industry: { eq: '无人' } });
  await sampleAll('2026-03-20T04:00:00Z');
  const [row] = await server.db.execute(
    sql`select sizes from segment_size where segment_id = ${uuidOf(id)}::uuid and day = '2026-03-20'`,
  );
  expect(row).toEqual({ sizes: null });
  expect((await history('MANAGER', other)).data.segment.sizeHistory).toEqual([
    { day: '2026-03-20', size: 0 },
  ]);
});

test('samples are kept for three years', async () => {
  await server.db.delete(segment);
  await newSegment('MANAGER', {});
  await sampleAll('2026-03-20T04:00:00Z');
  expect(await trimSizes(server.db, { now: new Date('2029-03-24T04:00:00Z'), timeZone })).toBe(0);
  expect(await trimSizes(server.db, { now: new Date('2029-03-25T04:00:00Z'), timeZone })).toBe(1);
});
