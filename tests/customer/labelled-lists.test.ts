import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkEmails, checkExternalKeys, checkPhones } from '../../src/core/validation/labelled-list.ts';
import { exportRows } from '../export/download.ts';
import { openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const lists =
  'formerNames phones { label number extension } emails { label address } externalKeys { source key }';
const stored = {
  formerNames: ['深圳市北辰电子有限公司'],
  phones: [
    { label: '总机', number: '+8675582345678', extension: '801' },
    { label: null, number: '95588', extension: null },
  ],
  emails: [{ label: '采购', address: 'Buy@example.com' }],
  externalKeys: [{ source: 'sap', key: '10023' }],
};
const written = {
  name: '深圳市北辰信息有限公司',
  formerNames: ['深圳市北辰电子有限公司', ' 深圳市北辰电子有限公司\u200B'],
  phones: [{ label: '总机', number: '0755-82345678转801' }, { number: '95588' }],
  emails: [{ label: '采购', address: 'Buy@Example.com' }],
  externalKeys: [{ source: 'SAP', key: '10023' }],
};

test('a company has numbers, addresses, former names and keys of its own, written, read and found', async () => {
  const { payload } = await writing.owner.write('createCustomer', written, `{ customer { id ${lists} } }`);
  expect(payload.customer).toMatchObject(stored);
  const { id } = payload.customer;
  const found = async (args: string) => {
    const { data, errors } = await writing.server
      .as('MANAGER')
      .query(`{ customers(first: 5, ${args}) { nodes { id } } }`);
    expect(errors).toBeUndefined();
    return data.customers.nodes.map((node: { id: string }) => node.id);
  };
  for (const filter of [
    '{ phones: { hasAny: ["(0755) 8234-5678"] } }',
    '{ emails: { hasAny: ["Buy@EXAMPLE.com"], isEmpty: false } }',
    '{ formerNames: { hasAny: ["深圳市北辰电子有限公司"] } }',
    '{ externalKeys: { hasAny: ["sap:10023", "sap:1"] } }',
  ])
    expect(await found(`filter: ${filter}`), filter).toEqual([id]);
  const abroad = await openFile(writing, writing.owner, {
    phones: [{ label: null, number: '+442079460958', extension: null }],
  });
  for (const phone of ['020 7946 0958', '+44 (0)20 7946 0958'])
    expect(await found(`filter: { phones: { hasAny: ["${phone}"] } }`), phone).toEqual([abroad.id]);
  for (const key of ['SAP:10023', ' Sap ： 10023 ', 'ｓａｐ:10023\u200B'])
    expect(await found(`filter: { externalKeys: { hasAny: ["${key}"] } }`), key).toEqual([id]);
  expect(await found('filter: { externalKeys: { hasNone: ["sap:10023"] } }')).not.toContain(id);
  expect(await found('filter: { phones: { isEmpty: true } }')).not.toContain(id);
  for (const search of ['北辰电子', '82345678', 'buy@example.com'])
    expect(await found(`search: "${search}"`), search).toEqual([id]);
});

test('they are in the history, in the past and in exports as in the file', async () => {
  const { payload } = await writing.owner.write(
    'createCustomer',
    { ...written, externalKeys: null },
    '{ customer { id version updatedAt } }',
  );
  const { id, version } = payload.customer;
  const opened = new Date().toISOString();
  const update = await writing.owner.write(
    'updateCustomer',
    { id, expectedVersion: version, phones: [], formerNames: null },
    `{ customer { ${lists} } }`,
  );
  expect(update.payload.customer).toMatchObject({ phones: null, formerNames: null });
  const { data } = await writing.server.as('MANAGER').query(
    `{ earlier: customer(id: "${id}", asOf: "${opened}") { ${lists} }
       customer(id: "${id}") { history(field: "phones", first: 1) { nodes { oldValue newValue } } } }`,
  );
  expect(data.earlier).toMatchObject({ ...stored, externalKeys: null });
  expect(data.customer.history.nodes).toEqual([{ oldValue: stored.phones, newValue: null }]);
  const [row] = await exportRows(writing.server, 'MANAGER', {
    columns: ['FORMER_NAMES', 'PHONES', 'EMAILS', 'EXTERNAL_KEYS'],
    filter: { externalKeys: { hasAny: ['sap:10023'] } },
  });
  expect(Object.values(row as object)).toEqual([
    '深圳市北辰电子有限公司',
    '总机: +8675582345678 ext. 801; 95588',
    '采购: Buy@example.com',
    'sap:10023',
  ]);
});

test('what an export writes of them is read back as it was', () => {
  const phones = '总机: +8675582345678 ext. 801; 95588';
  expect(checkPhones(phones, { defaultCountry: 'CN', service: true }).value).toEqual(stored.phones);
  expect(checkEmails('采购: Buy@example.com').value).toEqual(stored.emails);
  expect(checkExternalKeys('sap:10023').value).toEqual(stored.externalKeys);
  expect(checkPhones('0755-82345678转801、13800138000/010-68314675', { defaultCountry: 'CN' }).value).toEqual(
    [
      { label: null, number: '+8675582345678', extension: '801' },
      { label: null, number: '+8613800138000', extension: null },
      { label: null, number: '+861068314675', extension: null },
    ],
  );
  expect(checkEmails('李经理 <li@example.com>, wang@example.com').value).toEqual([
    { label: '李经理', address: 'li@example.com' },
    { label: null, address: 'wang@example.com' },
  ]);
});

test('every faulty entry is named', async () => {
  const { issues } = await writing.owner.write(
    'createCustomer',
    {
      name: '深圳市北辰信息有限公司',
      phones: [{ number: '138' }, { number: '95588' }, { number: '138****5678' }],
      emails: [{ address: 'x' }],
      externalKeys: [{ source: 'S A P', key: '1' }],
    },
    '{ customer { id } }',
  );
  expect(issues).toEqual([
    'input.phones.0 PHONE_INCOMPLETE',
    'input.phones.2 PHONE_MASKED',
    'input.emails.0 EMAIL_FORMAT',
    'input.externalKeys.0 EXTERNAL_KEY_FORMAT',
  ]);
});

test('an external key is of one file', async () => {
  const keys = (key: string) => ({ externalKeys: [{ source: 'erp', key }] });
  const create = (input: object) =>
    writing.owner.write(
      'createCustomer',
      { name: '深圳市北辰信息有限公司', ...input },
      '{ customer { id version } }',
    );
  const first = (await create(keys('A-1'))).payload.customer;
  expect((await create(keys('A-1'))).code).toBe('CONFLICT');
  const change = { id: first.id, expectedVersion: first.version, ...keys('A-2') };
  expect((await writing.owner.write('updateCustomer', change, '{ customer { id } }')).code).toBeUndefined();
  expect((await create(keys('A-1'))).code).toBeUndefined();
});

test('who may not read contact details reads, filters and exports none of a company’s own', async () => {
  await openFile(writing, writing.owner, { phones: [{ label: null, number: '95588', extension: null }] });
  const marketing = writing.server.as('MARKETING');
  const { data, errors } = await marketing.query(
    '{ customers(first: 50) { nodes { phones { number } emails { address } externalKeys { key } formerNames } } }',
  );
  expect(
    data.customers.nodes.filter((node: { phones: unknown; emails: unknown }) => node.phones || node.emails),
  ).toEqual([]);
  expect(errors?.map(({ extensions }) => extensions.field).sort()).toEqual([
    'Customer.emails',
    'Customer.phones',
  ]);
  const filtered = await marketing.query(
    '{ customers(filter: { phones: { isEmpty: false } }) { totalCount } }',
  );
  expect(filtered.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'Customer.phones' });
  const analyst = await writing.server
    .as('ANALYST')
    .query('{ customers(first: 50) { nodes { formerNames } } }');
  expect(analyst.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'Customer.formerNames' });
});
