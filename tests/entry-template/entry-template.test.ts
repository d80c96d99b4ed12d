import { type GraphQLInputObjectType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/api.ts';
import { CustomerKind } from '../../src/domains/customer/customer.table.ts';
import type { EntryTemplate } from '../../src/features/entry-template/entry-template.type.ts';
import { type Colleague, startWriting, type Writing } from '../support/writing.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

type Name = Parameters<Writing['server']['as']>[0];

const templateOf = async (name: Name, kind: CustomerKind): Promise<EntryTemplate> => {
  const { data, errors } = await writing.server.as(name).query(
    `query Template($kind: CustomerKind!) { entryTemplate(kind: $kind) { kind records { mutation fields {
      name label labelEn type isRequired requiredUnless help helpEn values { value label labelEn } } } } }`,
    { kind },
  );
  expect(errors).toBeUndefined();
  return (data as { entryTemplate: EntryTemplate }).entryTemplate;
};
const fieldsOf = ({ records }: EntryTemplate, mutation: string) =>
  records.find((record) => record.mutation === mutation)?.fields ?? [];

/** What a client knows without a person (ids, keys, the kind whose template it is), and what is found out later. */
const notEntered = [
  'customerId',
  'custodianId',
  'ownerId',
  'idempotencyKey',
  'kind',
  'phoneFault',
  'mobileFault',
];

test('every field of the three inputs has its place in a form', async () => {
  const schema = createSchema();
  const template = await templateOf('ADMIN', CustomerKind.ORGANIZATION);
  for (const mutation of ['createCustomer', 'createContact', 'createNeed']) {
    const input = schema.getType(`C${mutation.slice(1)}Input`);
    expect(isInputObjectType(input)).toBe(true);
    const names = Object.keys((input as GraphQLInputObjectType).getFields());
    expect(
      fieldsOf(template, mutation)
        .map(({ name }) => name)
        .sort(),
      mutation,
    ).toEqual(names.filter((name) => !notEntered.includes(name)).sort());
  }
});

test('fields, values and help have terms in both languages', async () => {
  const { records } = await templateOf('ADMIN', CustomerKind.ORGANIZATION);
  for (const { fields } of records) {
    for (const { name, label, labelEn, help, helpEn, values } of fields) {
      for (const term of [label, ...values.map((value) => value.label)])
        expect(term, name).toMatch(/\p{Script=Han}|^[A-Z]+$/u);
      expect(labelEn, name).toMatch(/^[\w -]+$/);
      if (help !== null) expect(help, name).toMatch(/\p{Script=Han}.*。$/u);
      expect(helpEn === null, name).toBe(help === null);
    }
  }
});

test('the stages and reasons of a loss are those of the settings, by the viewer’s role', async () => {
  const offered = async (who: Name) => {
    const fields = fieldsOf(await templateOf(who, CustomerKind.PERSON), 'createCustomer');
    return ['stage', 'lostReason'].map((name) => {
      const { type, values } = fields.find((field) => field.name === name) as (typeof fields)[number];
      return [type, ...values.map(({ value }) => value)];
    });
  };
  const decide = async (values: object) => {
    const { data } = await writing.server.as('ADMIN').query('{ settings { version } }');
    const input = { expectedVersion: data.settings.version, ...values };
    expect((await writing.admin.write('updateSettings', input, '{ settings { version } }')).errors).toEqual(
      [],
    );
  };
  const [stages, reasons] = await offered('SALES');
  expect(stages).toEqual(['ENUM', 'POTENTIAL', 'INTENT', 'LOST']);
  expect(reasons?.slice(0, 2)).toEqual(['ENUM', '价格']);
  await decide({
    lostReasons: ['搬走了'],
    stageTransitions: [
      { from: null, to: 'POTENTIAL' },
      { from: null, to: 'WON', kind: 'PERSON', roles: ['MANAGER'] },
    ],
  });
  expect(await offered('SALES')).toEqual([
    ['ENUM', 'POTENTIAL'],
    ['ENUM', '搬走了'],
  ]);
  expect((await offered('MANAGER'))[0]).toEqual(['ENUM', 'POTENTIAL', 'WON']);
  await decide({ lostReasons: null, stageTransitions: null });
});

test('a role’s template has what it may set: sales for no tier or credit, who opens no files for nothing', async () => {
  const names = async (who: Name) =>
    fieldsOf(await templateOf(who, CustomerKind.ORGANIZATION), 'createCustomer').map(({ name }) => name);
  const forManagers = await names('MANAGER');
  expect(forManagers).toEqual(expect.arrayContaining(['tier', 'creditGrade', 'creditLimit']));
  expect(await names('SALES')).toEqual(
    forManagers.filter((name) => !['tier', 'creditGrade', 'creditLimit'].includes(name)),
  );
  for (const who of ['MARKETING', 'FINANCE', 'ANALYST', 'CUSTOMER_SERVICE'] as const)
    expect((await templateOf(who, CustomerKind.PERSON)).records).toEqual([]);
});

describe.each(Object.values(CustomerKind))('of a new file of kind %s', (kind) => {
  const samples: Record<string, string> = { name: '王小明', shortName: '小明科技', item: '台式电脑' };
  const sample = (name: string) =>
    name === 'name' && kind === 'ORGANIZATION' ? '北京信息技术股份有限公司' : samples[name];
  const create = (by: Colleague, mutation: string, input: object) =>
    by.write(mutation, input, `{ ${mutation.slice(6).toLowerCase()} { id } }`);

  test('what is required is refused when it is missing, and enough', async () => {
    const template = await templateOf('SALES', kind);
    const { payload } = await create(writing.owner, 'createCustomer', { kind, shortName: '小明' });
    const fileId = payload.customer.id;
    for (const { mutation, fields } of template.records) {
      const of = mutation === 'createCustomer' ? { kind } : { customerId: fileId };
      const required = fields.filter(({ isRequired, requiredUnless }) => isRequired || requiredUnless);
      expect(required.length, mutation).toBeGreaterThan(0);
      const whole = Object.fromEntries(required.map(({ name }) => [name, sample(name)]));
      expect((await create(writing.owner, mutation, { ...of, ...whole })).issues).toEqual([]);
      for (const { name, requiredUnless } of required) {
        const { [name]: _, ...rest } = whole;
        const without = await create(writing.owner, mutation, { ...of, ...rest });
        expect(without.payload, `${mutation} without ${name}`).toBeNull();
        if (requiredUnless === null) continue;
        const instead = { ...of, ...rest, [requiredUnless]: sample(requiredUnless) };
        expect((await create(writing.owner, mutation, instead)).issues).toEqual([]);
      }
    }
  });
});

test('a need’s text is taken apart over the API, and figures that no need can hold are left out', async () => {
  const { query } = writing.server.as('SALES');
  const propose = (text: string) =>
    query(
      'query Propose($text: String!) { needProposal(text: $text) { item quantity unit unitBudgetMax budgetMin budgetMax currency specification missing } }',
      { text },
    );
  const { data } = await propose('采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存');
  expect(data).toEqual({
    needProposal: {
      item: '台式电脑',
      quantity: '20',
      unit: '台',
      unitBudgetMax: '5000',
      budgetMin: '100000',
      budgetMax: '100000',
      currency: 'CNY',
      specification: 'i5处理器、16G内存',
      missing: [],
    },
  });
  const { data: huge } = await propose('改造，预算99999999999999999元');
  expect(huge).toMatchObject({ needProposal: { item: '改造', budgetMax: null } });
  for (const text of ['', '  ', '台'.repeat(2_001)])
    expect((await propose(text)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
