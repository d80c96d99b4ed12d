import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { type Colleague, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const create = (by: Colleague, input: object) =>
  by.write('createSegment', input, '{ segment { id name description shared owner { id } } }');

const rule = { needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } } };

test('the acceptance segment is kept exactly as given', async () => {
  const { payload } = await create(writing.marketing, { name: '高端产品推送', rule, shared: true });
  expect(payload.segment).toMatchObject({ shared: true, owner: { id: writing.marketing.id } });
  const [row] = await writing.db
    .select()
    .from(segment)
    .where(eq(segment.id, uuidOf(payload.segment.id)));
  // The currency of the amount is written out, so that the rule means the same under another default.
  expect(row?.rule).toEqual({
    needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000', currency: 'CNY' } } },
  });
});

test('a segment is private unless shared', async () => {
  const { payload } = await create(writing.owner, { name: '我的', rule: {} });
  expect(payload.segment.shared).toBe(false);
});

test('a rule on a field the viewer may not read is refused', async () => {
  const hidden = { creditLimit: { gte: '1' } };
  expect((await create(writing.marketing, { name: '信用', rule: hidden })).code).toBe('FORBIDDEN');
  expect((await create(writing.marketing, { name: '信用', rule: { not: { or: [hidden] } } })).code).toBe(
    'FORBIDDEN',
  );
  expect((await create(writing.finance, { name: '信用', rule: hidden })).code).toBeUndefined();
});

test('all violations are named at once, those of the rule among them', async () => {
  const branches = Array.from({ length: 51 }, () => ({ city: { eq: '上海' } }));
  const { issues } = await create(writing.owner, {
    name: ' ',
    description: 'x'.repeat(1001),
    rule: { or: branches },
  });
  expect(issues).toEqual([
    'input.name TEXT_REQUIRED',
    'input.description TEXT_TOO_LONG',
    'input.rule.or TOO_MANY',
  ]);
});

test('a rule has at most 20,000 characters', async () => {
  const long = {
    and: Array.from({ length: 50 }, () => ({ city: { in: Array.from({ length: 60 }, () => '呼和浩特市') } })),
  };
  expect((await create(writing.owner, { name: '长', rule: long })).issues).toEqual([
    'input.rule RULE_TOO_LONG',
  ]);
});

test('the same key again returns the first segment, also ten at once', async () => {
  const input = { name: '同一', rule, idempotencyKey: 's-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => create(writing.owner, input)));
  expect(new Set(outcomes.map(({ payload }) => payload.segment.id)).size).toBe(1);
  expect((await create(writing.owner, { ...input, rule: {} })).issues).toEqual([
    'input.idempotencyKey IDEMPOTENCY_KEY_REUSED',
  ]);
});

test('the number of statements does not depend on the rule', async () => {
  const small = await create(writing.owner, { name: '小', rule: {} });
  const large = await create(writing.owner, { name: '大', rule: { and: [rule, rule, { not: rule }] } });
  expect(large.statementCount).toBe(small.statementCount);
});
