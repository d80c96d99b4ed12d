import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Colleague, openFile, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const fields = 'customerType nature source sourceDetail';
const update = (by: Colleague, id: string, expectedVersion: number, values: object) =>
  by.write('updateCustomer', { id, expectedVersion, ...values }, `{ customer { ${fields} version } }`);

test('how much a customer matters and its place on the route are entered, sorted by and bounded', async () => {
  const first = await openFile(writing, writing.owner, { city: '路序市' });
  const second = await openFile(writing, writing.owner, { city: '路序市' });
  const classify = (id: string, values: object) =>
    writing.owner.write(
      'updateCustomer',
      { id, expectedVersion: 1, ...values },
      '{ customer { importance routeOrder } }',
    );
  for (const routeOrder of [0, 10_000])
    expect((await classify(first.id, { routeOrder })).code).toBe('BAD_USER_INPUT');
  const { payload } = await classify(first.id, { importance: 'KEY', routeOrder: 20 });
  expect(payload.customer).toEqual({ importance: 'KEY', routeOrder: 20 });
  await classify(second.id, { importance: 'GENERAL', routeOrder: 10 });
  const { data } = await writing.server.as('SALES').query(`{
    route: customers(filter: { city: { eq: "路序市" } }, orderBy: [{ field: ROUTE_ORDER, direction: ASC }]) { nodes { id } }
    key: customers(filter: { city: { eq: "路序市" }, importance: { eq: KEY } }) { nodes { id } }
  }`);
  expect(data).toEqual({
    route: { nodes: [{ id: second.id }, { id: first.id }] },
    key: { nodes: [{ id: first.id }] },
  });
});

test('what a customer is and where it came from is entered, changed, cleared, and in its history', async () => {
  const entered = {
    customerType: 'PROSPECT',
    nature: 'STATE_OWNED',
    source: 'EXPO',
    sourceDetail: '工博会，王工介绍',
  };
  const { payload } = await writing.owner.write(
    'createCustomer',
    { name: '上海电气精密机械有限公司', ...entered },
    `{ customer { id ${fields} } }`,
  );
  const { id, ...stored } = payload.customer;
  expect(stored).toEqual(entered);
  await update(writing.owner, id, 1, { customerType: 'VIP', nature: null, sourceDetail: '  ' });
  const { data } = await writing.server
    .as('SALES')
    .query(
      `query($id: ID!) { customer(id: $id) { ${fields} history { nodes { field oldValue newValue } } } }`,
      { id },
    );
  const { history, ...now } = data.customer;
  expect(now).toEqual({ ...entered, customerType: 'VIP', nature: null, sourceDetail: null });
  expect(history.nodes.slice(0, 3)).toEqual(
    expect.arrayContaining([
      { field: 'customerType', oldValue: 'PROSPECT', newValue: 'VIP' },
      { field: 'nature', oldValue: 'STATE_OWNED', newValue: null },
      { field: 'sourceDetail', oldValue: '工博会，王工介绍', newValue: null },
    ]),
  );
});

test('a detail of more than 200 characters is refused', async () => {
  const file = await openFile(writing, writing.owner);
  const { issues } = await update(writing.owner, file.id, 1, { sourceDetail: '会'.repeat(201) });
  expect(issues).toEqual(['input.sourceDetail TEXT_TOO_LONG']);
});

test('customers are found and counted by them; an analyst reads no detail, which may name somebody', async () => {
  await openFile(writing, writing.owner, {
    customerType: 'VIP',
    nature: 'PUBLIC_INSTITUTION',
    sourceDetail: '李四',
  });
  const found = await writing.server
    .as('MANAGER')
    .query(
      '{ customers(filter: { customerType: { eq: VIP }, nature: { in: [PUBLIC_INSTITUTION] }, sourceDetail: { contains: "李" } }) { totalCount } }',
    );
  expect(found.data.customers.totalCount).toBe(1);
  const { data } = await writing.server
    .as('MANAGER')
    .query(
      `{ customerStats(groupBy: [NATURE, CUSTOMER_TYPE], filter: { nature: { isNull: false } }) { groups { keys { value label labelEn } count } } }`,
    );
  expect(data.customerStats.groups).toEqual([
    {
      keys: [
        { value: 'PUBLIC_INSTITUTION', label: '事业单位', labelEn: 'Public Institution' },
        { value: 'VIP', label: 'VIP客户', labelEn: 'Vip' },
      ],
      count: 1,
    },
  ]);
  const hidden = await writing.server.as('ANALYST').query('{ customers { nodes { nature sourceDetail } } }');
  expect(hidden.data.customers.nodes.map((row: { sourceDetail: unknown }) => row.sourceDetail)).not.toContain(
    '李四',
  );
  expect(hidden.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'ROLE' });
});

test('rules of segments offer them with their values in both languages', async () => {
  const { data } = await writing.server
    .as('SALES')
    .query('{ segmentFields { path label labelEn values { value label } } }');
  const field = (path: string) => data.segmentFields.find((one: { path: string }) => one.path === path);
  expect(field('customerType')).toMatchObject({
    label: '客户类型',
    values: [
      { value: 'PROSPECT', label: '潜在客户' },
      { value: 'EXISTING', label: '现有客户' },
      { value: 'VIP', label: 'VIP客户' },
    ],
  });
  expect(field('nature').values.map(({ label }: { label: string }) => label)).toEqual([
    '国企',
    '民企',
    '外资',
    '机关',
    '事业单位',
    '个体工商户',
  ]);
  expect(field('sourceDetail')).toMatchObject({ label: '来源说明' });
});
