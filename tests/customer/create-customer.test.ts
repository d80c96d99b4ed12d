import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileHistory } from '../../src/core/changes/changes.table.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { type Colleague, fileNow, missingId, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const create = (by: Colleague, input: object) =>
  by.write('createCustomer', input, '{ customer { id fileNumber name stage creditLimit owner { id } } }');

const name = '北京信息技术股份有限公司';

test('sales open a file for themselves, with a number and in their name in the history', async () => {
  const { payload } = await create(writing.owner, { name, industry: '软件', region: 'NORTH_CHINA' });
  expect(payload.customer).toMatchObject({ name, stage: 'POTENTIAL', owner: { id: writing.owner.id } });
  expect(payload.customer.fileNumber).toMatch(/^CF\d{8}$/);
  const history = await writing.db
    .select()
    .from(fileHistory)
    .where(eq(fileHistory.customerId, uuidOf(payload.customer.id)));
  expect(history).toMatchObject([{ actorId: uuidOf(writing.owner.id), source: 'API', field: null }]);
});

test('sales cannot open a file in a colleague’s name, nor set tier or credit; all are named', async () => {
  const { code, refused } = await create(writing.owner, {
    name,
    ownerId: writing.stranger.id,
    tier: 'A',
    creditLimit: '100',
    city: '北京',
  });
  expect(code).toBe('FORBIDDEN');
  expect(refused).toEqual(['creditLimit', 'ownerId', 'tier']);
});

test('what is null is as if it were not there, also what the viewer may not set', async () => {
  const { data } = await writing.server
    .as('ADMIN')
    .query('{ __type(name: "CreateCustomerInput") { inputFields { name } } }');
  const fields = data.__type.inputFields as { name: string }[];
  const nulls = Object.fromEntries(fields.map((field) => [field.name, null]));
  const { issues, payload } = await create(writing.owner, { ...nulls, name });
  expect(issues).toEqual([]);
  expect(payload.customer).toMatchObject({ stage: 'POTENTIAL', owner: { id: writing.owner.id } });
  const { openedOn, kind, country } = await fileNow(writing, uuidOf(payload.customer.id));
  expect({ openedOn, kind, country }).toEqual({
    openedOn: expect.any(String),
    kind: 'ORGANIZATION',
    country: 'CN',
  });
});

test('a manager names the owner and may set tier and credit', async () => {
  const input = {
    name,
    ownerId: writing.owner.id,
    custodianId: writing.admin.id,
    tier: 'A',
    creditLimit: '100',
  };
  const { payload } = await create(writing.manager, input);
  expect(payload.customer).toMatchObject({ owner: { id: writing.owner.id }, creditLimit: '100.00' });
  expect(await fileNow(writing, uuidOf(payload.customer.id))).toMatchObject({ tier: 'A' });
});

test('who is not in sales must name an owner', async () => {
  expect((await create(writing.manager, { name })).issues).toEqual(['input.ownerId VALUE_REQUIRED']);
});

test('the owner must be an active employee', async () => {
  const [left] = await writing.db
    .insert(employee)
    .values({
      name: '离职',
      email: 'left@writing.example',
      role: 'SALES',
      disabledAt: '2024-01-01T00:00:00Z',
    })
    .returning({ id: employee.id });
  for (const ownerId of [missingId('emp'), encodeId('emp', left?.id ?? '')]) {
    expect((await create(writing.manager, { name, ownerId })).issues).toEqual([
      'input.ownerId EMPLOYEE_NOT_ACTIVE',
    ]);
  }
});

test('all violations are named at once', async () => {
  const input = {
    name: '北京公司',
    country: 'XX',
    stage: 'WON',
    website: 'none',
    foundedOn: '2024-02-28',
    unifiedSocialCreditCode: '123',
    custodianId: missingId('cus'),
  };
  const { code, issues } = await create(writing.owner, input);
  expect(code).toBe('BAD_USER_INPUT');
  expect(issues.sort()).toEqual([
    'input.country COUNTRY_UNKNOWN',
    'input.custodianId WRONG_ID_KIND',
    'input.stage WON_NEEDS_DEAL',
    'input.unifiedSocialCreditCode SOCIAL_CREDIT_CODE_FORMAT',
    'input.website WEBSITE_FORMAT',
  ]);
});

test('the same key again returns the first file, also ten at once', async () => {
  const input = { name, idempotencyKey: 'open-1' };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => create(writing.owner, input)));
  const ids = new Set(outcomes.map(({ payload }) => payload.customer.id));
  expect(ids.size).toBe(1);
  expect((await create(writing.owner, { ...input, city: '北京' })).issues).toEqual([
    'input.idempotencyKey IDEMPOTENCY_KEY_REUSED',
  ]);
  const colleagues = await create(writing.stranger, input);
  expect(ids).not.toContain(colleagues.payload.customer.id);
});

test('a key does not show a file that was handed on since', async () => {
  const input = { name, idempotencyKey: 'open-2' };
  const { payload } = await create(writing.owner, input);
  await writing.db
    .update(customer)
    .set({ ownerId: uuidOf(writing.stranger.id) })
    .where(eq(customer.id, uuidOf(payload.customer.id)));
  expect((await create(writing.owner, input)).code).toBe('NOT_FOUND');
});

test('the number of statements does not depend on how much is said', async () => {
  const little = await create(writing.owner, { name });
  const much = await create(writing.owner, {
    name,
    city: '北京',
    address: '海淀区',
    businessScope: '软件开发',
  });
  expect(much.statementCount).toBe(little.statementCount);
});

test('a lead is opened under its short name, and may not be won before it has a full one', async () => {
  const { payload } = await writing.owner.write(
    'createCustomer',
    { shortName: '北辰信息', stage: 'INTENT' },
    '{ customer { id name shortName version } warnings { path code message } }',
  );
  expect(payload).toMatchObject({
    customer: { name: null, shortName: '北辰信息' },
    warnings: [{ path: ['input', 'name'], code: 'NAME_MISSING' }],
  });
  // A list by name has the lead where its short name is, before and after it the same page by page.
  await create(writing.owner, { name: '北仓物流有限公司' });
  const page = async (order: string, after: string | null) => {
    const { data } = await writing.server
      .as('SALES')
      .query(
        'query ($after: String) { customers(first: 1, after: $after, orderBy: ' +
          `[{ field: NAME, direction: ${order} }], filter: { or: [{ shortName: { eq: "北辰信息" } }, { name: { eq: "北仓物流有限公司" } }] })` +
          ' { nodes { name shortName } pageInfo { endCursor } } }',
        { after },
      );
    return data.customers;
  };
  for (const [order, first] of [
    ['ASC', '北仓物流有限公司'],
    ['DESC', null],
  ] as const) {
    const one = await page(order, null);
    const two = await page(order, one.pageInfo.endCursor);
    expect(one.nodes[0].name).toBe(first);
    expect(two.nodes[0].name).toBe(first === null ? '北仓物流有限公司' : null);
  }
  const won = { title: '年度合同', stage: 'WON', contractAmount: '1', effectiveOn: '2024-01-01' };
  const deal = { customerId: payload.customer.id, ...won };
  const { issues } = await writing.owner.write('createDeal', deal, '{ deal { id } }');
  expect(issues).toEqual(['input.stage NAME_NEEDED']);
});

test('a payload warns of what was accepted but looks wrong, and of nothing else', async () => {
  const warnings = async (input: object) => {
    const { payload } = await writing.owner.write(
      'createCustomer',
      input,
      '{ customer { id } warnings { path code message } }',
    );
    return payload.warnings;
  };
  expect(await warnings({ name: '锦州环境工程技术公司' })).toEqual([
    {
      path: ['input', 'name'],
      code: 'LEGAL_NAME_UNSURE',
      message: 'This may not be the full legal name.',
    },
  ]);
  expect(await warnings({ name: '北京无重名信息技术股份有限公司' })).toEqual([]);
});
