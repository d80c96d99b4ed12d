import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { socialCreditCheckCharacter } from '../../src/core/validation/social-credit-code.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { directoryLookup } from '../../src/domains/directory/directory.table.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let customerId: string;
const name = '临港重工股份有限公司';
const unifiedSocialCreditCode = `91310000MA1000001${socialCreditCheckCharacter('91310000MA1000001')}`;
beforeAll(async () => {
  server = await startTestServer();
  const [file] = await server.db
    .insert(customer)
    .values({ name, unifiedSocialCreditCode, ownerId: server.as('SALES').uuid })
    .returning();
  customerId = encodeId('cus', file?.id as string);
});
afterAll(() => server.close());

async function decide(values: object) {
  const { data } = await server.as('ADMIN').query('{ settings { version } }');
  const { errors } = await server
    .as('ADMIN')
    .query(
      'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { settings { version } } }',
      {
        input: { expectedVersion: data.settings.version, ...values },
      },
    );
  return errors?.[0]?.extensions;
}
const lookUp = async (name: StaffName) =>
  (await server.as(name).query('{ customerDirectory(search: "临港") { nodes { companyName } } }')).errors?.[0]
    ?.extensions.code;
const ask = async (name: StaffName, days: number) => {
  const until = new Date(Date.now() + days * 86_400_000 - 60_000).toISOString();
  const input = { customerId, classes: ['CONTACT'], purpose: '拜访客户', until };
  const { errors } = await server
    .as(name)
    .query('mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { request { id } } }', {
      input,
    });
  return errors?.[0];
};

test('only the roles that the organisation names look up in the directory and request access', async () => {
  expect(await decide({ directoryRoles: ['CUSTOMER_SERVICE', 'MANAGER'] })).toBeUndefined();
  expect(await lookUp('CUSTOMER_SERVICE')).toBeUndefined();
  for (const name of ['SALES', 'MARKETING', 'ADMIN'] as const) expect(await lookUp(name)).toBe('FORBIDDEN');
  expect((await ask('SALES_2', 1))?.extensions.code).toBe('FORBIDDEN');
  // The policy page says who may at most.
  expect((await decide({ directoryRoles: ['ANALYST'] }))?.issues).toMatchObject([
    { path: ['input', 'directoryRoles'], code: 'NO_CARD_READER' },
  ]);
  expect(await decide({ directoryRoles: [] })).toBeUndefined();
  expect(await lookUp('CUSTOMER_SERVICE')).toBe('FORBIDDEN');
  await decide({ directoryRoles: null });
  expect(await lookUp('SALES')).toBeUndefined();
});

test('who may not use the directory is not shown by a write what it would show', async () => {
  const open = async (input: object) => {
    const { data, errors } = await server
      .as('SALES_2')
      .query(
        'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { warnings { code } } }',
        { input },
      );
    return data?.createCustomer.warnings ?? errors?.[0]?.extensions;
  };
  const sameCode = { name: '宁波远洋股份有限公司', unifiedSocialCreditCode };
  expect(await open({ name })).toEqual([{ code: 'DUPLICATE_ELSEWHERE' }]);
  expect(await open(sameCode)).toMatchObject({ code: 'CONFLICT', card: { companyName: name } });
  await decide({ directoryRoles: ['MANAGER'] });
  // Their own file, opened above.
  expect(await open({ name })).toEqual([{ code: 'LIKELY_DUPLICATE' }]);
  const refused = await open(sameCode);
  expect(refused.code).toBe('CONFLICT');
  expect(refused).not.toHaveProperty('card');
  await decide({ directoryRoles: null });
});

test('the directory is looked up as often as the organisation allows, within a minute and within a day', async () => {
  await server.db.delete(directoryLookup);
  await decide({ lookupsPerMinute: 2 });
  expect([await lookUp('SALES'), await lookUp('SALES'), await lookUp('SALES')]).toEqual([
    undefined,
    undefined,
    'RATE_LIMITED',
  ]);
  await decide({ lookupsPerMinute: null, lookupsPerDay: 4 });
  expect([await lookUp('SALES'), await lookUp('SALES')]).toEqual([undefined, 'RATE_LIMITED']);
  await decide({ lookupsPerDay: null });
});

test('access is granted for no longer than the organisation allows, which the refusal says', async () => {
  await decide({ grantLongest: 'P7D' });
  const refused = await ask('SALES_2', 8);
  expect(refused?.extensions.issues).toMatchObject([
    { path: ['input', 'until'], code: 'UNTIL_OUT_OF_BOUNDS' },
  ]);
  expect(refused?.message).toBe('until: Must lie ahead, at most 7 days.');
  expect(await ask('SALES_2', 7)).toBeUndefined();
});
