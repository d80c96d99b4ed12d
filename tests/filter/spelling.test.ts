// Stored as X, asked as each of its spellings: the same rows, for every text of every model, operator and way of asking.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileChange } from '../../src/core/changes/changes.table.ts';
import { queryJson } from '../../src/core/database/database.ts';
import '../../src/api.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { recordedAttributes } from '../../src/core/model/history-condition.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { compileOperators } from '../../src/core/model/operator-compiler.ts';
import { allModels } from '../../src/core/model/registry.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { deal } from '../../src/domains/deal/deal.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { need } from '../../src/domains/need/need.table.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Spellings, spellings } from './spellings.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const textsOf = (model: Model): Attribute[] =>
  [...model.attributes.values()].filter(({ kind, filterable }) => kind === 'text' && filterable);

/** Texts that are parts of an object. */
const partsOf = (model: Model): Attribute[] =>
  [...model.customFilters.values()].flatMap(({ parts }) =>
    [...(parts?.values() ?? [])].filter(({ kind }) => kind === 'text'),
  );

/** Operators with operands that a stored text meets, and those that it does not. */
function conditionsOn({
  stored,
  whole,
  beginnings,
  parts,
  others,
}: Spellings): [Record<string, unknown>, boolean][] {
  return [
    ...[stored, ...whole].flatMap((text): [Record<string, unknown>, boolean][] => [
      [{ eq: text }, true],
      [{ ne: text }, false],
      [{ in: ['∅', text] }, true],
      [{ notIn: ['∅', text] }, false],
      [{ contains: text }, true],
      [{ startsWith: text }, true],
    ]),
    ...[...beginnings].map((text): [Record<string, unknown>, boolean] => [{ startsWith: text }, true]),
    ...[...beginnings, ...parts].map((text): [Record<string, unknown>, boolean] => [
      { contains: text },
      true,
    ]),
    ...others.flatMap((text): [Record<string, unknown>, boolean][] => [
      [{ eq: text }, false],
      [{ ne: text }, true],
      [{ notIn: [text] }, true],
    ]),
  ];
}

const reading = { now: new Date(), timeZone: 'Asia/Shanghai', currency: 'CNY' } as never;

test.each(allModels().map((model) => [model.name, model] as const))(
  'every text of %s is found in each of its spellings, by each operator, and by no other text',
  async (_name, model) => {
    for (const attribute of [...textsOf(model), ...partsOf(model)]) {
      const asked = spellings[attribute.standard].flatMap((one) =>
        conditionsOn(one).map(([operators, holds]) => ({ stored: one.stored, operators, holds })),
      );
      const conditions = asked.map(({ stored, operators }) => {
        const issues: never[] = [];
        const condition = compileOperators(reading, attribute, sql`(${stored}::text)`, operators, [], issues);
        expect(issues).toEqual([]);
        return sql`(${condition}) is true`;
      });
      const answers = (await queryJson(
        server.db,
        sql`select to_json(array[${sql.join(conditions, sql`, `)}])`,
      )) as boolean[];
      const wrong = asked.filter(({ holds }, i) => answers[i] !== holds);
      expect(wrong.map((one) => ({ field: attribute.field, ...one }))).toEqual([]);
    }
  },
);

const parts = ['contacts', 'needs', 'deals', 'interactions'] as const;

/** Files whose texts are those of one index among the spellings of their standards, changed since from them too. */
async function enterFile(index: number): Promise<string> {
  const valuesOf = (model: Model) =>
    Object.fromEntries(
      textsOf(model)
        .filter(({ field }) => field !== 'fileNumber')
        .map(({ field, standard }) => [field, spellingAt(standard, index).stored]),
    );
  const unique = index === 0 ? {} : { unifiedSocialCreditCode: null, archiveNumber: null };
  const ownerId = server.as('MANAGER').uuid;
  const [file] = await server.db
    .insert(customer)
    .values({ ...valuesOf(customerModel), ...unique, ownerId } as never)
    .returning();
  const customerId = file?.id as string;
  const rows: { subject: string; model: Model; id: string }[] = [
    { subject: 'customer', model: customerModel, id: customerId },
  ];
  const tables = { contacts: contact, needs: need, deals: deal, interactions: interaction };
  for (const part of parts) {
    const model = customerModel.relations.get(part)?.target() as Model;
    const staff = {
      deals: { ownerId },
      interactions: { employeeId: ownerId, kind: 'VISIT', occurredAt: '2026-01-01T00:00:00Z' },
    };
    const [row] = await server.db
      .insert(tables[part])
      .values({ ...valuesOf(model), ...(staff as Record<string, object>)[part], customerId } as never)
      .returning();
    rows.push({ subject: model.tableName, model, id: (row as { id: string }).id });
  }
  await server.db.insert(fileChange).values(
    rows.flatMap(({ subject, model, id }) =>
      recordedAttributes(model)
        .filter(({ kind }) => kind === 'text')
        .map(({ column, standard }) => ({
          customerId,
          version: 1,
          subject,
          subjectId: id,
          operation: 'UPDATE',
          field: column.name,
          oldValue: spellingAt(standard, index).stored,
          newValue: 'something else',
          source: 'API',
          occurredAt: '2026-01-01T00:00:00Z',
        })),
    ),
  );
  return customerId;
}

const spellingAt = (standard: Attribute['standard'], index: number): Spellings => {
  const known = spellings[standard];
  return known[index % known.length] as Spellings;
};

/** Every text of a file and its parts, as a path and a filter made of its operators. */
const fields = [
  ...textsOf(customerModel).map((attribute) => ({
    path: attribute.field,
    attribute,
    model: customerModel,
    within: (filter: object) => filter,
  })),
  ...parts.flatMap((part) => {
    const model = customerModel.relations.get(part)?.target() as Model;
    return textsOf(model).map((attribute) => ({
      path: `${part}.${attribute.field}`,
      attribute,
      model,
      within: (filter: object) => ({ [part]: { some: filter } }),
    }));
  }),
].filter(({ attribute }) => attribute.field !== 'fileNumber' && attribute.access !== 'special');

test.each([0, 1])(
  'filters, rules, histories and suggestions find a file by each spelling (%i)',
  async (index) => {
    const customerId = await enterFile(index);
    const manager = server.as('MANAGER');
    const idIs = { id: { eq: await idOf(customerId) } };
    const failures: unknown[] = [];
    for (const { path, attribute, model, within } of fields) {
      if (index === 1 && ['unifiedSocialCreditCode', 'archiveNumber'].includes(path)) continue;
      const { whole, beginnings, parts: inner } = spellingAt(attribute.standard, index);
      const operators = [
        ...whole.flatMap((text) => [{ eq: text }, { in: [text] }]),
        ...beginnings.map((text) => ({ startsWith: text })),
        ...inner.map((text) => ({ contains: text })),
      ];
      const isRecorded = recordedAttributes(model).includes(attribute);
      const filters = operators.flatMap((one) => [
        within({ [attribute.field]: one }),
        ...(isRecorded
          ? [
              within({ history: { [attribute.field]: { was: one } } }),
              within({ history: { [attribute.field]: { changed: { from: one } } } }),
            ]
          : []),
      ]);
      // As a saved rule, which holds where each of them does.
      const { data, errors } = await manager.query(
        `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id size rule ruleText } } }`,
        { input: { name: path, rule: { and: [idIs, ...filters.slice(0, 45)] } } },
      );
      if (data?.createSegment.segment.size !== 1)
        failures.push({ path, errors, rule: await failing(manager, idIs, filters) });
      else if (whole.slice(0, 5).some((text) => !data.createSegment.segment.ruleText.includes(text)))
        failures.push({ path, ruleText: data.createSegment.segment.ruleText });
      const stored = spellingAt(attribute.standard, index).stored;
      for (const search of inner) {
        const suggested = await manager.query(
          `query ($field: String!, $search: String) { segmentValueSuggestions(field: $field, search: $search) }`,
          { field: path, search },
        );
        if (!suggested.data?.segmentValueSuggestions.includes(stored))
          failures.push({ path, search, suggested });
      }
    }
    expect(failures).toEqual([]);
  },
);

async function failing(
  manager: ReturnType<TestServer['as']>,
  idIs: object,
  filters: object[],
): Promise<object[]> {
  const found: object[] = [];
  for (const filter of filters) {
    const { data } = await manager.query(
      `query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }`,
      { filter: { and: [idIs, filter] } },
    );
    if (data?.customers?.nodes.length !== 1) found.push(filter);
  }
  return found;
}

async function idOf(uuid: string): Promise<string> {
  const { encodeId } = await import('../../src/core/graphql/schema/type-id.ts');
  return encodeId('cus', uuid);
}

test('history is narrowed by a value in any spelling', async () => {
  const uuid = await enterFile(2);
  const id = await idOf(uuid);
  for (const [field, standard] of [
    ['phone', 'PHONE'],
    ['province', 'PROVINCE'],
    ['website', 'WEBSITE'],
    ['name', 'NAME'],
  ] as const) {
    for (const oldValue of spellingAt(standard, 2).whole) {
      const { data } = await server
        .as('MANAGER')
        .query(
          `query ($id: ID!, $field: String, $oldValue: String) { customer(id: $id) { history(field: $field, oldValue: $oldValue) { nodes { field } } } }`,
          { id, field, oldValue },
        );
      expect(data.customer.history.nodes.length, `${field} ${oldValue}`).toBeGreaterThan(0);
    }
  }
});
