import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import { type Colleague, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let office: Writing;
let rich: { id: string };
let poor: { id: string };
let strange: { id: string };

beforeAll(async () => {
  office = await startWriting();
  rich = await openFile(office, office.owner, { creditLimit: '900.00', region: 'EAST_CHINA' });
  poor = await openFile(office, office.owner, { creditLimit: '1.00', region: 'EAST_CHINA' });
  strange = await openFile(office, office.stranger, { creditLimit: '900.00' });
});
afterAll(() => office.close());

const save = (who: Colleague, input: object) =>
  who.write(
    'createSegment',
    { name: '名单', shared: true, ...input },
    '{ segment { id version kind listedAt ruleText } }',
  );

/** Size, or the code of the refusal. */
async function size(id: string, who: StaffName = 'MANAGER') {
  const { data, errors } = await office.server
    .as(who)
    .query(`{ segment(id: "${id}") { size } customers(filter: { inSegment: "${id}" }) { totalCount } }`);
  if (errors) return errors.map(({ extensions }) => extensions.code).join();
  expect(data.customers.totalCount).toBe(data.segment.size);
  return data.segment.size;
}

describe('a snapshot', () => {
  test('keeps its members when the files change', async () => {
    const { payload, errors } = await save(office.manager, {
      kind: 'SNAPSHOT',
      rule: { creditLimit: { gte: '500' } },
    });
    expect(errors).toEqual([]);
    const { id, kind, listedAt } = payload.segment;
    expect([kind, typeof listedAt]).toEqual(['SNAPSHOT', 'string']);
    expect(await size(id)).toBe(2);
    await office.db.execute(`update customer set credit_limit = 0`);
    expect(await size(id)).toBe(2);
    await office.db.execute(`update customer set credit_limit = 900 where region is null`);
    expect(await size(id, 'SALES')).toBe(1);
  });

  test('is refused to who may not read what it was made from', async () => {
    const { payload } = await save(office.manager, {
      kind: 'SNAPSHOT',
      rule: { creditLimit: { gte: '500' } },
    });
    expect(await size(payload.segment.id, 'MARKETING')).toBe('FORBIDDEN,FORBIDDEN');
  });

  test('holds only what its maker sees', async () => {
    const { payload } = await save(office.owner, { kind: 'SNAPSHOT', rule: {} });
    expect(await size(payload.segment.id)).toBe(2);
  });
});

describe('a static segment', () => {
  test('holds the files it is given, and others once it is given others', async () => {
    const { payload } = await save(office.owner, { kind: 'STATIC', customerIds: [rich.id, poor.id] });
    const { id, version } = payload.segment;
    expect(await size(id)).toBe(2);
    expect(await size(id, 'SALES_2')).toBe(0);
    const change = await office.owner.write(
      'updateSegment',
      { id, expectedVersion: version, customerIds: [poor.id] },
      '{ segment { version } }',
    );
    expect(change.payload.segment.version).toBe(version + 1);
    const { data } = await office.server
      .as('SALES')
      .query(
        `{ segment(id: "${id}") { a: contains(customerId: "${poor.id}") b: contains(customerId: "${rich.id}") } }`,
      );
    expect(data.segment).toEqual({ a: true, b: false });
  });

  test('given the files it holds already, keeps version, time and members, however often', async () => {
    const { payload } = await save(office.owner, { kind: 'STATIC', customerIds: [rich.id] });
    const { id, version } = payload.segment;
    const state = async () => [
      await office.db
        .select()
        .from(segment)
        .where(eq(segment.id, uuidOf(id))),
      await office.db.execute(sql`select xmin from segment_member where segment_id = ${uuidOf(id)}::uuid`),
    ];
    const list = (customerIds: string[], expectedVersion = version) =>
      office.owner.write('updateSegment', { id, expectedVersion, customerIds }, '{ segment { version } }');
    const before = await state();
    expect((await list([rich.id, rich.id])).payload.segment.version).toBe(version);
    expect(await state()).toEqual(before);
    expect((await list([poor.id])).payload.segment.version).toBe(version + 1);
    const changed = await state();
    expect((await list([poor.id])).payload.segment.version).toBe(version + 1);
    expect(await state()).toEqual(changed);
  });

  test('takes no file that its maker does not see, and the refusal is that of one that is not there', async () => {
    const { issues } = await save(office.owner, {
      kind: 'STATIC',
      customerIds: [rich.id, strange.id, missingId('cus')],
    });
    expect(issues).toEqual(['input.customerIds.1 NOT_FOUND', 'input.customerIds.2 NOT_FOUND']);
  });
});

test.each([
  ['DYNAMIC', {}, ['input.rule VALUE_REQUIRED']],
  ['SNAPSHOT', { customerIds: [] }, ['input.customerIds NOT_OF_THIS_KIND', 'input.rule VALUE_REQUIRED']],
  ['STATIC', { rule: {} }, ['input.rule NOT_OF_THIS_KIND', 'input.customerIds VALUE_REQUIRED']],
  [
    'STATIC',
    { customerIds: ['x', 'seg_01h455vb4pex5vsknk084sn02q'] },
    ['input.customerIds.0 MALFORMED_ID', 'input.customerIds.1 WRONG_ID_KIND'],
  ],
])('%s with %j is refused', async (kind, input, expected) => {
  expect((await save(office.owner, { kind, ...input })).issues).toEqual(expected);
});

test('nobody turns a rule into a list by naming the segment in its own rule', async () => {
  const { payload } = await save(office.owner, { rule: {} });
  const { id, version } = payload.segment;
  const { issues } = await office.owner.write(
    'updateSegment',
    { id, expectedVersion: version, rule: { inSegment: id } },
    '{ segment { id } }',
  );
  expect(issues).toEqual(['input.rule.inSegment CYCLE']);
});

test('a file names the segments it is in that its reader may evaluate, in two statements however many there are', async () => {
  await office.db.execute(`delete from segment`);
  for (const [name, rule] of [
    ['甲', { region: { eq: 'EAST_CHINA' } }],
    ['乙', { creditLimit: { gte: '0' } }],
    ['丙', { region: { eq: 'OVERSEAS' } }],
  ] as const) {
    await save(office.manager, { name, rule });
  }
  await save(office.manager, { name: '私', rule: {}, shared: false });
  const named = async (who: StaffName) => {
    const ask = (selection: string) =>
      office.server.as(who).query(`{ customer(id: "${rich.id}") { ${selection} } }`);
    // Whoever was seen before is looked up together with the file.
    await ask('id');
    const { data, statements } = await ask('segments { name }');
    expect(statements - (await ask('id')).statements).toBe(2);
    return data.customer.segments.map(({ name }: { name: string }) => name).toSorted();
  };
  expect(await named('SALES')).toEqual(['甲', '乙'].toSorted());
  expect(await named('MARKETING')).toEqual(['甲']);
  expect(await named('MANAGER')).toEqual(['甲', '乙', '私'].toSorted());
  const list = await office.server.as('MANAGER').query('{ customers { nodes { segments { name } } } }');
  expect(list.statements).toBe(4);
  expect(list.data.customers.nodes).toHaveLength(3);
});
