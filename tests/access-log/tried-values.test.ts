import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('neither other conditions nor a segment keep out of the log what was tried', async () => {
  const tried = { contacts: { some: { birthday: { eq: '1987-06-05' } } } };
  const { data } = await server
    .as('MANAGER')
    .query('mutation($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name: '生日', rule: tried },
    });
  for (const [name, filter] of [
    ['Padded', { name: { notIn: Array.from({ length: 90 }, (_, i) => `上海电气集团第${i}公司`) }, ...tried }],
    ['InSegment', { inSegment: data.createSegment.segment.id }],
  ] as const) {
    const { errors } = await server
      .as('MANAGER')
      .query(`query ${name}($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }`, {
        filter,
      });
    expect(errors).toBeUndefined();
    const lines = await server.db.select().from(accessLog).where(sql`operation_name = ${name}`);
    expect(lines.map(({ search }) => search)).toEqual([expect.stringContaining('{"eq":"1987-06-05"}')]);
  }
});

test('a condition on a list of a file is kept like one on a plain field, however long the filter is', async () => {
  const filter = {
    name: { notIn: Array.from({ length: 90 }, (_, i) => `上海电气集团第${i}公司`) },
    phones: { hasAny: ['0755-82345678'] },
    emails: { hasNone: ['buy@example.com'] },
  };
  await server
    .as('MANAGER')
    .query('query Listed($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }', { filter });
  const entries = () => server.db.select().from(accessLog).where(sql`operation_name = 'Listed'`);
  await expect.poll(async () => (await entries()).length).toBe(1);
  const [line] = await entries();
  expect(line?.search).toContain('Customer.phones {"hasAny":["0755-82345678"]}');
  expect(line?.search).toContain('Customer.emails {"hasNone":["buy@example.com"]}');
});

test('many conditions on one field do not push out the one on another, and what is cut says so', async () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ creditLimit: { eq: `${i}` } }));
  const tried = { contacts: { some: { birthday: { eq: '1987-06-05' } } } };
  const { errors } = await server
    .as('MANAGER')
    .query('query Many($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }', {
      filter: { and: [{ or: many }, tried] },
    });
  expect(errors).toBeUndefined();
  const [line] = await server.db.select().from(accessLog).where(sql`operation_name = 'Many'`);
  expect(line?.search).toContain('Contact.birthday {"eq":"1987-06-05"}');
  expect(line?.search).toMatch(/… \[cut: 5\d conditions on logged fields, \d+ characters in all\]$/);
  expect(line?.search?.length).toBeLessThan(1_100);
});
