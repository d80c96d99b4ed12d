import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import {
  addContact,
  addDeal,
  type Colleague,
  fileNow,
  missingId,
  openFile,
  startWriting,
  traces,
  type Writing,
} from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const update = (by: Colleague, input: object) =>
  by.write('updateCustomer', input, '{ customer { id name shortName stage version } }');

test('null clears a field and an absent one is left alone', async () => {
  const file = await openFile(writing, writing.owner, {
    shortName: '一机',
    city: '上海',
    industry: '制造业',
  });
  const input = { id: file.id, expectedVersion: file.version, shortName: null, industry: '装备制造' };
  const { payload } = await update(writing.owner, input);
  expect(payload.customer).toMatchObject({ shortName: null, version: file.version + 1 });
  expect(await fileNow(writing, file.uuid)).toMatchObject({
    shortName: null,
    city: '上海',
    industry: '装备制造',
  });
});

test('an update that changes nothing succeeds and leaves no trace', async () => {
  const file = await openFile(writing, writing.owner, {
    province: '上海市',
    provinceCode: '310000',
    city: '上海市',
    cityCode: '310100',
    region: 'EAST_CHINA',
    creditLimit: '5',
  });
  const before = await traces(writing, file.uuid);
  for (const change of [{}, { city: ' 上海 ' }]) {
    const { payload } = await update(writing.owner, {
      id: file.id,
      expectedVersion: file.version,
      ...change,
    });
    expect(payload.customer.version).toBe(file.version);
  }
  expect(await traces(writing, file.uuid)).toBe(before);
});

test('a stale version is refused with the current one, and nothing is written', async () => {
  const file = await openFile(writing, writing.owner);
  await update(writing.manager, { id: file.id, expectedVersion: file.version, city: '上海' });
  const { errors } = await update(writing.owner, {
    id: file.id,
    expectedVersion: file.version,
    city: '北京',
  });
  expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', currentVersion: file.version + 1 });
  expect((await fileNow(writing, file.uuid)).city).toBe('上海市');
});

test('of two who write at once, one wins and the other gets a conflict', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  const outcomes = await Promise.all([
    update(writing.owner, { ...input, city: '北京' }),
    update(writing.manager, { ...input, city: '上海' }),
  ]);
  expect(outcomes.map(({ code }) => code).sort()).toEqual(['CONFLICT', undefined]);
});

test('a stranger’s file and a missing file answer alike', async () => {
  const file = await openFile(writing, writing.owner);
  const change = { expectedVersion: 1, name: '北京公司', tier: 'A' };
  const foreign = await update(writing.stranger, { ...change, id: file.id });
  const missing = await update(writing.stranger, { ...change, id: missingId('cus') });
  expect(foreign.code).toBe('NOT_FOUND');
  expect(foreign.errors).toEqual(missing.errors);
});

test('a grant lets one read, never write', async () => {
  const file = await openFile(writing, writing.owner);
  await writing.db.insert(accessGrant).values({
    customerId: file.uuid,
    granteeId: uuidOf(writing.stranger.id),
    classes: ['contact', 'business', 'personal'],
    purpose: '代班',
    expiresAt: '2999-01-01T00:00:00Z',
  });
  const { code, refused } = await update(writing.stranger, {
    id: file.id,
    expectedVersion: file.version,
    city: '北京',
  });
  expect(code).toBe('FORBIDDEN');
  expect(refused).toEqual(['city']);
});

test('sales set neither tier nor credit, finance nothing but credit', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, expectedVersion: file.version };
  const sales = await update(writing.owner, {
    ...input,
    tier: 'A',
    creditGrade: 'AAA',
    creditLimit: '1',
    city: '上海',
  });
  expect(sales.refused).toEqual(['creditGrade', 'creditLimit', 'tier']);
  const finance = await update(writing.finance, { ...input, creditGrade: 'AA', city: '上海', tier: 'A' });
  expect(finance.refused).toEqual(['city', 'tier']);
  expect((await update(writing.finance, { ...input, creditGrade: 'AA' })).code).toBeUndefined();
  expect(await fileNow(writing, file.uuid)).toMatchObject({ creditGrade: 'AA', tier: null });
});

test('customer service edits nothing', async () => {
  const file = await openFile(writing, writing.owner);
  const { code } = await update(writing.service, {
    id: file.id,
    expectedVersion: file.version,
    city: '北京',
  });
  expect(code).toBe('FORBIDDEN');
});

test('all violations are named at once', async () => {
  const file = await openFile(writing, writing.owner);
  const input = {
    name: '北京公司',
    stage: 'WON',
    country: null,
    custodianId: missingId('emp'),
    employeeCount: -1,
  };
  const { issues } = await update(writing.owner, { id: file.id, expectedVersion: file.version, ...input });
  expect(issues.sort()).toEqual([
    'input.country VALUE_REQUIRED',
    'input.custodianId EMPLOYEE_NOT_ACTIVE',
    'input.employeeCount DECIMAL_TOO_SMALL',
    'input.stage WON_NEEDS_DEAL',
  ]);
});

test('a customer is won only by a won deal', async () => {
  const file = await openFile(writing, writing.owner);
  const input = { id: file.id, stage: 'WON' };
  await addDeal(writing, writing.owner, file.uuid);
  const { version } = await fileNow(writing, file.uuid);
  expect((await update(writing.owner, { ...input, expectedVersion: version })).issues).toEqual([
    'input.stage WON_NEEDS_DEAL',
  ]);
  const won = { stage: 'WON', contractAmount: '1', effectiveOn: '2024-01-01' } as const;
  await addDeal(writing, writing.owner, file.uuid, won);
  const { payload } = await update(writing.owner, { ...input, expectedVersion: version + 1 });
  expect(payload.customer.stage).toBe('WON');
});

test('an id of another kind names both kinds', async () => {
  const { code, errors, issues } = await update(writing.owner, { id: missingId('con'), expectedVersion: 1 });
  expect([code, issues]).toEqual(['BAD_USER_INPUT', ['input.id WRONG_ID_KIND']]);
  expect(errors[0]?.message).toMatch(/customer.*contact/);
});

test('an archived file is not changed', async () => {
  const file = await openFile(writing, writing.owner, { archivedAt: '2024-01-01T00:00:00Z' });
  const { code } = await update(writing.owner, { id: file.id, expectedVersion: file.version, city: '北京' });
  expect(code).toBe('CONFLICT');
});

test('the number of statements does not depend on what the file holds', async () => {
  const [small, large] = [await openFile(writing, writing.owner), await openFile(writing, writing.owner)];
  for (let i = 0; i < 20; i++) await addContact(writing, large.uuid);
  const first = await update(writing.owner, { id: small.id, expectedVersion: 1, city: '北京' });
  const second = await update(writing.owner, { id: large.id, expectedVersion: 21, city: '北京' });
  expect([first.code, second.code]).toEqual([undefined, undefined]);
  expect(second.statementCount).toBe(first.statementCount);
});
