import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { addNeed, missingId, openFile, startWriting, type Writing } from '../support/writing.ts';

let office: Writing;
let names: Map<string, string>;

beforeAll(async () => {
  office = await startWriting();
  const plain = await openFile(office, office.owner, {
    name: '甲有限公司',
    industry: '制造业',
    creditLimit: '10.00',
  });
  const withNeed = await openFile(office, office.owner, { name: '乙有限公司' });
  const foreign = await openFile(office, office.stranger, { name: '丙有限公司', stage: 'LOST' });
  await addNeed(office, withNeed.uuid, { budgetMin: '500000.00' });
  names = new Map([plain, withNeed, foreign].map(({ id }, i) => [id, '甲乙丙'[i] as string]));
});
afterAll(() => office.close());

type Who = 'MANAGER' | 'SALES' | 'MARKETING' | 'ANALYST';

/** First letters of the files a filter selects, or the code and issues it is refused with. */
async function select(filter: object, who: Who = 'MANAGER'): Promise<string> {
  const { data, errors } = await office.server
    .as(who)
    .query('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }', { filter });
  if (errors) {
    const { code, issues = [] } = errors[0]?.extensions ?? {};
    return [
      code,
      ...issues.map((issue: { path: string[]; code: string }) => `${issue.path.join('.')} ${issue.code}`),
    ].join(', ');
  }
  return data.customers.nodes
    .map(({ id }: { id: string }) => names.get(id))
    .toSorted()
    .join('');
}

const everything = ['甲', '乙', '丙'].toSorted().join('');

describe('what has no condition holds for every row', () => {
  test.each([
    [{}],
    [{ industry: null }],
    [{ industry: {} }],
    [{ needs: {} }],
    [{ needs: null }],
    [{ needs: { some: null } }],
    [{ needs: { count: {} } }],
    [{ needs: { sum: { field: 'BUDGET_MIN' } } }],
    [{ tags: {} }],
    [{ history: {} }],
    [{ history: { stage: {} } }],
    [{ and: [] }],
    [{ or: null }],
    [{ or: [{}, { stage: { eq: 'LOST' } }] }],
    [{ not: { or: [] } }],
    [{ industry: { notIn: [] } }],
    [{ tags: { hasAll: [], hasNone: [] } }],
    [{ owner: {} }],
  ])('%j', async (filter) => expect(await select(filter)).toBe(everything));
});

describe('what can hold for none holds for none', () => {
  test.each([
    [{ or: [] }],
    [{ not: {} }],
    [{ industry: { in: [] } }],
    [{ tags: { hasAny: [] } }],
    [{ custodian: {} }],
  ])('%j', async (filter) => expect(await select(filter)).toBe(''));
});

test.each([
  ['some: {} asks that there is any', { needs: { some: {} } }, '乙'],
  ['none: {} asks that there are none', { needs: { none: {} } }, ['甲', '丙'].toSorted().join('')],
  [
    'a field without a value counts as not equal',
    { industry: { ne: '制造业' } },
    ['乙', '丙'].toSorted().join(''),
  ],
  [
    'the negation of a condition is met without a value',
    { not: { creditLimit: { gte: '0' } } },
    ['乙', '丙'].toSorted().join(''),
  ],
  [
    'the sum of nothing is 0',
    { needs: { sum: { field: 'BUDGET_MIN', lt: '1' } } },
    ['甲', '丙'].toSorted().join(''),
  ],
  ['the average of nothing has no value', { needs: { avg: { field: 'BUDGET_MIN', lt: '1' } } }, ''],
  ['a maximum is exact', { needs: { max: { field: 'BUDGET_MIN', gte: '500000' } } }, '乙'],
])('%s', async (_title, filter, expected) => expect(await select(filter)).toBe(expected));

test('a file entered as lost was lost; one that was lost once stays so in its history', async () => {
  expect(await select({ history: { stage: { was: { eq: 'LOST' } } } })).toBe('丙');
  expect(await select({ history: { stage: { changed: {} } } })).toBe('');
  const { id } = await openFile(office, office.owner, { name: '丁有限公司', stage: 'POTENTIAL' });
  names.set(id, '丁');
  for (const change of [{ stage: 'LOST', lostReason: '价格' }, { stage: 'INTENT' }]) {
    const version = (await office.server.as('SALES').query(`{ customer(id: "${id}") { version } }`)).data
      .customer.version;
    const { errors } = await office.owner.write(
      'updateCustomer',
      { id, expectedVersion: version, ...change },
      '{ customer { id } }',
    );
    expect(errors).toEqual([]);
  }
  expect(await select({ stage: { eq: 'INTENT' }, history: { stage: { was: { eq: 'LOST' } } } })).toBe('丁');
  const by = { eq: office.owner.id };
  const changed = { from: { eq: 'LOST' }, to: { eq: 'INTENT' }, at: { withinLast: 'P1M' }, by };
  expect(await select({ history: { stage: { changed } } })).toBe('丁');
  expect(await select({ history: { stage: { changed: { ...changed, by: { ne: office.owner.id } } } } })).toBe(
    '',
  );
  await office.db.execute(`delete from customer where name = '丁有限公司'`);
  names.delete(id);
});

const deep = (levels: number, leaf: object): object =>
  levels === 0 ? leaf : { not: deep(levels - 1, leaf) };

const labels = Array.from({ length: 51 }, (_, i) => `标签${i}`);

test.each([
  ['a null operator', { industry: { eq: null } }, 'BAD_USER_INPUT, filter.industry.eq NULL'],
  ['twelve levels and more', deep(12, { stage: { eq: 'LOST' } }), 'BAD_USER_INPUT, filter.not'],
  [
    '201 values',
    { industry: { in: Array.from({ length: 201 }, String) } },
    'BAD_USER_INPUT, filter.industry.in OUT_OF_BOUNDS',
  ],
  ['51 branches', { or: Array.from({ length: 51 }, () => ({})) }, 'BAD_USER_INPUT, filter.or TOO_MANY'],
  [
    'a null character',
    { industry: { eq: 'a\0' } },
    'BAD_USER_INPUT, filter.industry.eq TEXT_CONTROL_CHARACTER',
  ],
  [
    'two lists of 51 tags each, beside an empty text',
    {
      and: [{ tags: { hasAny: labels, hasNone: labels } }, { name: { contains: '' } }],
    },
    'BAD_USER_INPUT, filter.and.0.tags.hasAny TOO_MANY, filter.and.0.tags.hasNone TOO_MANY, filter.and.1.name.contains OUT_OF_BOUNDS',
  ],
  [
    'a span of two thousand years',
    { createdAt: { withinLast: 'P2000Y' } },
    'BAD_USER_INPUT, filter.createdAt.withinLast OUT_OF_BOUNDS',
  ],
  [
    'an id of another kind',
    { id: { eq: encodeId('con', '01890000-0000-7000-8000-00000000dead') } },
    'BAD_USER_INPUT, filter.id.eq WRONG_ID_KIND',
  ],
  [
    'several at once',
    { industry: { eq: null }, needs: { some: { item: { contains: '' } } } },
    'BAD_USER_INPUT, filter.industry.eq NULL, filter.needs.some.item.contains OUT_OF_BOUNDS',
  ],
])('%s is refused with its place', async (_title, filter, expected) => {
  expect(await select(filter)).toContain(expected);
});

describe('a filter on a field withheld by role is refused, wherever in it', () => {
  test.each([
    [{ contacts: { some: { phone: { isNull: true } } } }],
    [{ not: { contacts: { none: { phone: { isNull: true } } } } }],
    [{ or: [{}, { creditLimit: {} }] }],
    [{ history: { creditLimit: { was: { gt: '0' } } } }],
    [{ contacts: { some: { history: { phone: { changed: {} } } } } }],
    [{ needs: { count: { where: { customer: { creditLimit: { gt: '0' } } } } } }],
  ])('%j', async (filter) => {
    const before = office.server.statements.length;
    expect(await select(filter, 'MARKETING')).toBe('FORBIDDEN');
    // The one statement is that which recognises the viewer.
    expect(office.server.statements.length - before).toBe(1);
  });
});

test('fields withheld by role are all named, also those of relations, before a segment inside is read', async () => {
  const { payload } = await office.manager.write(
    'createSegment',
    { input: undefined, name: '地址', rule: { address: { contains: '路' } }, shared: true },
    '{ segment { id } }',
  );
  const { errors } = await office.server
    .as('ANALYST')
    .query('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }', {
      filter: {
        or: [{ name: { contains: '甲' } }, { contacts: { none: { phone: { isNull: true } } } }],
        not: { inSegment: payload.segment.id },
      },
    });
  // A rule is not read before what is asked beside it is allowed.
  expect(errors?.[0]?.extensions).toEqual({
    code: 'FORBIDDEN',
    field: 'Customer.name',
    fields: ['Customer.name', 'Contact.phone'],
    reason: 'ROLE',
    requestable: false,
  });
});

describe('a segment inside a filter', () => {
  const save = async (rule: object, more: object = { shared: true }, who = office.manager) => {
    const { payload, issues } = await who.write(
      'createSegment',
      { input: undefined, name: '客户分群', rule, ...more },
      '{ segment { id version } }',
    );
    return payload?.segment ?? issues;
  };

  test('selects what its rule selects, nested and negated, for one more statement when it is evaluated again', async () => {
    const inner = await save({ needs: { some: { budgetMin: { gte: '500000' } } } });
    const outer = await save({ or: [{ inSegment: inner.id }, { stage: { eq: 'LOST' } }] });
    expect(await select({ inSegment: inner.id })).toBe('乙');
    expect(await select({ inSegment: outer.id })).toBe(['乙', '丙'].toSorted().join(''));
    expect(await select({ not: { inSegment: outer.id } })).toBe('甲');
    const before = office.server.statements.length;
    await select({ inSegment: outer.id });
    expect(office.server.statements.length - before).toBe(3);
    const { data } = await office.server.as('SALES').query(`{ segment(id: "${outer.id}") { size } }`);
    expect(data.segment.size).toBe(1);
  });

  test('is evaluated with the reader’s rights: a shared rule on credit is refused for who may not read credit', async () => {
    const credit = await save({ creditLimit: { gt: '0' } });
    expect(await select({ inSegment: credit.id })).toBe('甲');
    expect(await select({ inSegment: credit.id }, 'MARKETING')).toBe('FORBIDDEN');
  });

  test('that is not there and one that is a colleague’s own look the same', async () => {
    const own = await save({ stage: { eq: 'LOST' } }, {});
    expect(await select({ inSegment: own.id })).toBe('丙');
    expect(await select({ inSegment: own.id }, 'SALES')).toBe('BAD_USER_INPUT, filter.inSegment NOT_FOUND');
    expect(await select({ inSegment: missingId('seg') })).toBe('BAD_USER_INPUT, filter.inSegment NOT_FOUND');
    expect(await select({ inSegment: 'x' })).toBe('BAD_USER_INPUT, filter.inSegment MALFORMED_ID');
  });

  test('is never part of itself', async () => {
    const a = await save({ stage: { eq: 'LOST' } });
    const b = await save({ not: { inSegment: a.id } });
    const { issues } = await office.manager.write(
      'updateSegment',
      { id: a.id, expectedVersion: a.version, rule: { inSegment: b.id } },
      '{ segment { id } }',
    );
    expect(issues).toEqual(['input.rule.inSegment.not.inSegment CYCLE']);
  });

  test('nests five levels and no more', async () => {
    let last = await save({ stage: { eq: 'LOST' } });
    for (let level = 0; level < 4; level += 1) last = await save({ inSegment: last.id });
    expect(await select({ inSegment: last.id })).toBe('丙');
    expect(await select({ inSegment: (await save({ inSegment: last.id })).id ?? '' })).toContain(
      'BAD_USER_INPUT',
    );
  });
});
