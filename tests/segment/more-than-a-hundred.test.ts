import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareTimeQuery, touchedBetween } from '../../src/features/membership/time-driven-changes.ts';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

/** PostgreSQL's functions take 100 arguments at most. */
const many = 130;

let office: Writing;
let fileId: string;

beforeAll(async () => {
  office = await startWriting();
  ({ id: fileId } = await openFile(office, office.owner, { name: '杭州西湖贸易有限公司', city: '杭州' }));
});
afterAll(() => office.close());

const numbered = Array.from({ length: many }, (_, i) => i);

test('a file lists all of the segments it is in, also more than a hundred', async () => {
  const rules = numbered.map((i) => ({ name: `群${i}`, rule: { city: { eq: i % 2 ? '杭州' : '宁波' } } }));
  await office.db.execute(sql`insert into segment (name, kind, rule, owner_id, shared)
    select r ->> 'name', 'DYNAMIC', r -> 'rule', ${office.server.as('MANAGER').uuid}::uuid, true
    from jsonb_array_elements(${JSON.stringify(rules)}::text::jsonb) r`);
  const document = 'query ($id: ID!) { customer(id: $id) { segments { name } } }';
  const { data, errors } = await office.server.as('MANAGER').query(document, { id: fileId });
  expect(errors).toBeUndefined();
  expect(data.customer.segments).toHaveLength(many / 2);
});

test('a rule of more than a hundred clauses is previewed and explained clause by clause', async () => {
  const clauses = numbered.map((i) => ({ name: { startsWith: i === 7 ? '宁波' : '杭州' } }));
  const rule = {
    and: [{ and: clauses.slice(0, 50) }, { and: clauses.slice(50, 100) }, { and: clauses.slice(100) }],
  };
  const preview = 'query ($rule: CustomerFilter!) { previewSegment(rule: $rule) { clauses { removes } } }';
  const { data, errors } = await office.server.as('MANAGER').query(preview, { rule });
  expect(errors).toBeUndefined();
  expect(data.previewSegment.clauses).toHaveLength(many);
  const { payload } = await create(office.manager, rule);
  const explain =
    'query ($id: ID!, $file: ID!) { segment(id: $id) { explain(customerId: $file) { clauses { holds } } } }';
  const ids = { id: payload.segment.id, file: fileId };
  const { data: explained, errors: refusals } = await office.server.as('MANAGER').query(explain, ids);
  expect(refusals).toBeUndefined();
  expect(explained.segment.explain.clauses.map(({ holds }: { holds: boolean }) => holds)).toEqual(
    numbered.map((i) => i !== 7),
  );
});

const create = (by: Colleague, rule: object) =>
  by.write('createSegment', { name: '很多条件', rule }, '{ segment { id } }');

test('more than a hundred conditions on time are followed at once', async () => {
  const conditions = numbered.map((i) => ({
    operator: 'withinLast' as const,
    table: 'need',
    kind: 'date' as const,
    duration: `P${i + 1}D`,
    fileColumn: 'customer_id',
    column: 'raised_at',
    linesOf: null,
  }));
  const query = prepareTimeQuery(conditions, 'Asia/Shanghai');
  if (!query) throw new Error('There is no statement.');
  const found = await touchedBetween(office.db, query, new Date(0), new Date());
  expect(found.size).toBe(many);
});
