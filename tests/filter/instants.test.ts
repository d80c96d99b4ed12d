// Stored to the microsecond, shown to the millisecond, asked by either or by the day.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let id: string;
const stored = [
  '2024-03-14T15:59:59.999999Z',
  '2024-03-14T16:00:00Z',
  '2024-03-15T06:30:00.5Z',
  '2024-03-15T15:59:59.999999Z',
  '2024-03-15T16:00:00.000001Z',
];
beforeAll(async () => {
  server = await startTestServer();
  const ownerId = server.as('MANAGER').uuid;
  const [file] = await server.db.insert(customer).values({ name: '时间', ownerId }).returning();
  id = encodeId('cus', file?.id as string);
  await server.db.insert(interaction).values(
    stored.map((occurredAt, i) => ({
      customerId: file?.id as string,
      employeeId: ownerId,
      kind: 'VISIT' as const,
      occurredAt,
      summary: String(i),
    })),
  );
});
afterAll(() => server.close());

const list = `query ($filter: InteractionFilter) {
  interactions(filter: $filter, orderBy: [{ field: OCCURRED_AT, direction: ASC }]) { nodes { summary occurredAt createdAt } } }`;
async function found(occurredAt: object): Promise<string> {
  const { data, errors } = await server.as('MANAGER').query(list, { filter: { occurredAt } });
  expect(errors).toBeUndefined();
  return data.interactions.nodes.map(({ summary }: { summary: string }) => summary).join('');
}

test('an instant is shown with three fractional digits, and equals itself in a filter', async () => {
  const { data } = await server.as('MANAGER').query(list);
  const shown = data.interactions.nodes.map(({ occurredAt }: { occurredAt: string }) => occurredAt);
  expect(shown).toEqual([
    '2024-03-14T15:59:59.999Z',
    '2024-03-14T16:00:00.000Z',
    '2024-03-15T06:30:00.500Z',
    '2024-03-15T15:59:59.999Z',
    '2024-03-15T16:00:00.000Z',
  ]);
  for (const [i, occurredAt] of shown.entries()) {
    expect(await found({ eq: occurredAt })).toBe(String(i));
    expect(await found({ gte: occurredAt, lte: occurredAt })).toBe(String(i));
    expect(await found({ ne: occurredAt })).toBe('01234'.replace(String(i), ''));
    expect(await found({ gt: occurredAt })).toBe('01234'.slice(i + 1));
    expect(await found({ lt: occurredAt })).toBe('01234'.slice(0, i));
  }
  // Resolved, not written: the same.
  const { data: one } = await server
    .as('MANAGER')
    .query(`{ nodes(ids: ["${id}"]) { ... on Customer { createdAt updatedAt } } }`);
  expect(one.nodes[0].createdAt).toMatch(/T\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('a plain date is that day in the organisation’s time zone', async () => {
  expect(await found({ eq: '2024-03-15' })).toBe('123');
  expect(await found({ ne: '2024-03-15' })).toBe('04');
  expect(await found({ gte: '2024-03-15' })).toBe('1234');
  expect(await found({ gt: '2024-03-15' })).toBe('4');
  expect(await found({ lte: '2024-03-15' })).toBe('0123');
  expect(await found({ lt: '2024-03-15' })).toBe('0');
});

test('a file as of the instant that is shown for its change has the change', async () => {
  await server.db.update(customer).set({ shortName: '新名' });
  const { data } = await server.as('MANAGER').query(`{ customer(id: "${id}") { updatedAt } }`);
  const { data: past } = await server
    .as('MANAGER')
    .query('query ($id: ID, $at: DateTime) { customer(id: $id, asOf: $at) { shortName } }', {
      id,
      at: data.customer.updatedAt,
    });
  expect(past.customer).toEqual({ shortName: '新名' });
});

test('where an instant is no condition, a plain date is refused', async () => {
  const { errors } = await server.as('MANAGER').query(`{ customer(id: "${id}", asOf: "2024-03-15") { id } }`);
  expect(errors?.[0]?.extensions.issues).toMatchObject([{ path: ['asOf'], code: 'INSTANT_FORMAT' }]);
});
