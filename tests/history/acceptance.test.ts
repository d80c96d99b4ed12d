import { afterAll, beforeAll, expect, test } from 'vitest';
import { landmarks, phoneChange } from '../../src/features/demo/fixtures.ts';
import { createDemoDatabase } from '../support/demo-database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ database: await createDemoDatabase() });
});
afterAll(() => server.close());

const ask = async (selection: string) => {
  const { data, errors } = await server
    .as('MANAGER')
    .query(
      `query ($name: String!) { customers(filter: { name: { eq: $name } }) { nodes { id ${selection} } } }`,
      {
        name: landmarks.phoneHistory,
      },
    );
  expect(errors).toBeUndefined();
  return data.customers.nodes[0];
};

/** As people at the organisation read a clock. */
const inShanghai = (instant: string) =>
  new Date(instant).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16);

test('at 2024-03-15 14:30 the contact’s phone changed from 138… to 139…5678, by a sales person (AC-7)', async () => {
  const { history } = await ask(`
    history(field: "phone", from: "2024-03-15T00:00:00+08:00", to: "2024-03-16T00:00:00+08:00") {
      totalCount
      nodes { entityType field oldValue newValue occurredAt actor { name role } }
    }`);
  expect(history.totalCount).toBe(1);
  const [line] = history.nodes;
  expect(line).toEqual({
    entityType: 'Contact',
    field: 'phone',
    oldValue: expect.stringMatching(/^\+86138\d{8}$/),
    newValue: expect.stringMatching(/^\+86139\d{4}5678$/),
    occurredAt: '2024-03-15T06:30:00.000Z',
    actor: { name: expect.any(String), role: 'SALES' },
  });
  expect(inShanghai(line.occurredAt)).toBe('2024-03-15 14:30');
});

test('the same file reads the old phone a second before, and the new one from then on (AC-7)', async () => {
  const { id } = await ask('');
  const phonesAt = async (asOf: string) => {
    const { data, errors } = await server
      .as('MANAGER')
      .query(
        'query ($id: ID!, $asOf: DateTime!) { customer(id: $id, asOf: $asOf) { contacts { nodes { name phone } } } }',
        { id, asOf },
      );
    expect(errors).toBeUndefined();
    const contact = data.customer.contacts.nodes.find(
      ({ name }: { name: string }) => name === phoneChange.contactName,
    );
    return contact?.phone;
  };
  expect(await phonesAt('2024-03-15T14:29:59+08:00')).toBe(phoneChange.before);
  expect(await phonesAt('2024-03-15T14:30:00+08:00')).toBe(phoneChange.after);
  expect(await phonesAt(new Date().toISOString())).toBe(phoneChange.after);
});
