import { readFileSync } from 'node:fs';
import { type ExecutionResult, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileReads } from '../../src/core/access/access-log-port.ts';
import type { AccessClass } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { executorOf } from '../../src/core/database/row-loader.ts';
import { createStatements } from '../../src/core/database/statements.ts';
import { executeOperation } from '../../src/core/graphql/execution/execute.ts';
import { RawJson, stringifyResult } from '../../src/core/graphql/execution/raw-json.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { answerOutcomes, answersOf } from '../../src/core/model/answer-counts.ts';
import { type AppContext, createContext } from '../../src/core/request-context.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { realClock } from '../../src/core/time/business-clock.ts';
import { contact } from '../../src/domains/contact/contact.table.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import { interaction } from '../../src/domains/interaction/interaction.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { customerTag, tag } from '../../src/domains/tag/tag.table.ts';
import { sharedSchema } from '../support/schema.ts';
import { type StaffName, staffNames, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const schema = sharedSchema();
let fileId: string;
let contactId: string;

/** Texts that a careless writer would break. */
const hostile = ['"', '\\', '\n\t\b\f\r', '\u0001', '\u2028', '"}],"x":[{', '\\u0000', '😀', 'null', '中文'];

beforeAll(async () => {
  server = await startTestServer();
  const owners = [server.as('SALES').uuid, server.as('SALES_2').uuid];
  const files = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 24 }, (_, i) => ({
        name: `客户${hostile[i % hostile.length]}`,
        shortName: i % 3 === 0 ? null : hostile[(i + 1) % hostile.length],
        ownerId: owners[i % 2] as string,
        custodianId: i % 4 === 0 ? (owners[0] as string) : null,
        creditLimit: i % 5 === 0 ? null : `${i}.10`,
        employeeCount: i % 2 === 0 ? null : i,
        foundedOn: '1999-12-31',
      })),
    )
    .returning();
  fileId = encodeId('cus', files[0]?.id as string);
  const people = await server.db
    .insert(contact)
    .values(
      files.slice(1).flatMap(({ id: customerId }, i) =>
        hostile.map((text) => ({
          customerId,
          name: text,
          phone: i % 2 ? '+862112345678' : null,
          religion: text,
          isPrimary: false,
        })),
      ),
    )
    .returning({ id: contact.id });
  contactId = encodeId('con', people[0]?.id as string);
  await server.db.insert(segment).values(
    hostile.map((name, i) => ({
      name,
      rule: { name: { eq: name }, or: [{}, { employeeCount: { gte: i } }], creditLimit: { gt: 1e21 } },
      ownerId: owners[i % 2] as string,
      shared: i % 3 === 0,
    })),
  );
  await server.db.insert(interaction).values(
    files.map(({ id: customerId, ownerId: employeeId }) => ({
      customerId,
      employeeId,
      kind: 'VISIT' as const,
      occurredAt: '2026-01-01T00:00:00.123456Z',
      summary: hostile.join(''),
    })),
  );
  const tags = await server.db
    .insert(tag)
    .values(hostile.slice(2).map((value) => ({ value })))
    .returning();
  await server.db
    .insert(customerTag)
    .values(tags.map(({ id: tagId }) => ({ tagId, customerId: files[0]?.id as string })));
  await server.db.insert(accessGrant).values({
    customerId: files[1]?.id as string,
    granteeId: owners[0] as string,
    classes: ['special', 'contact'],
    purpose: '协作',
    consentReference: '同意书 2026-01',
    expiresAt: '2099-01-01T00:00:00Z',
  });
});
afterAll(() => server.close());

/** What the access log is told: classes and fields of files, however they are grouped and in whatever order. */
const readsTold = (reads: FileReads[]) =>
  [
    ...new Set(
      reads.flatMap(({ classes, fields, customerIds }) =>
        customerIds.flatMap((id) => [...classes, ...fields].map((what) => `${id} ${what}`)),
      ),
    ),
  ].sort();

interface Transport {
  acceptsRawJson: boolean;
  variableValues?: Record<string, unknown>;
  /** Classes whose reading cannot be logged. */
  unlogged?: AccessClass[];
}

const outcome = async (
  name: StaffName,
  query: string,
  { acceptsRawJson, variableValues = {}, unlogged = [] }: Transport,
) => {
  const { uuid } = server.as(name);
  const role = (name === 'SALES_2' ? Role.SALES : name) as Role;
  const viewer: Viewer = {
    id: uuid,
    name,
    email: 'x@test.example',
    role,
    teamId: null,
    leads: [],
    groups: [],
    sessionId: uuid,
  };
  const told: FileReads[] = [];
  const accessLog = {
    noteReads: async (_: unknown, reads: FileReads[]) => {
      told.push(...reads);
      return unlogged;
    },
  };
  const analystReads = { statements: () => createStatements(() => executorOf(server.db)) };
  const surroundings = {
    db: server.db,
    analystReads,
    accessLog,
    settings: { current: () => initialSettings },
    clock: realClock,
    health: { requireRoom: () => {} },
    queryCostLimit: 1_000_000,
  } as unknown as AppContext;
  const contextValue = await createContext(surroundings, { viewer, address: '' });
  const document = parse(query);
  const result = (await executeOperation({
    schema,
    document,
    contextValue,
    variableValues,
    acceptsRawJson,
  })) as ExecutionResult;
  const text = stringifyResult({ data: result.data }).toString();
  return {
    written: Object.values(result.data ?? {}).some((value) => value instanceof RawJson),
    answer: JSON.parse(text),
    // Fields come in the order of the document.
    beginning: text.slice(0, 300),
    errors: result.errors?.map(({ message, path, locations, extensions }) => ({
      message,
      path,
      locations,
      extensions,
    })),
    reads: readsTold(told),
  };
};

/** Answers that were resolved instead of written, by reason. */
const fallbacks = () =>
  answerOutcomes.filter((outcome) => outcome !== 'written').map((outcome) => [outcome, answersOf(outcome)]);

const file = `id fileNumber kind name shortName foundedOn employeeCount creditLimit lastInteractionAt version createdAt
  owner { id name role team { name } } custodian { __typename name }
  tags { id label }
  contacts(first: 4) { nodes { id name phone religion isPrimary customer { name creditLimit } } }
  interactions(first: 2) { nodes { kind summary occurredAt employee { name } contact { name } } }`;

/** As Apollo Client, urql and Relay send the dashboard's list and file. */
const clientDocuments: [string, string][] = Object.entries(
  JSON.parse(readFileSync('bench/client-documents.json', 'utf8')) as Record<string, Record<string, string>>,
).flatMap(([client, { dashboardList = '', singleFile = '' }]): [string, string][] => [
  [`the list of ${client}`, dashboardList],
  [`the file of ${client}`, singleFile],
]);

const written: [string, string][] = [
  ...clientDocuments,
  ['a page', `{ customers(first: 9) { nodes { ${file} } } }`],
  ['one file', `query ($id: ID!) { customer(id: $id) { ${file} } }`],
  [
    'aliases',
    '{ page: customers(first: 3) { rows: nodes { a: id b: id __typename old: contacts(first: 1) { nodes { x: name } } few: contacts(first: 2) { nodes { name } } } } }',
  ],
  [
    'fragments',
    `{ customers { nodes { ...A ... on Customer { name } ... on Node { id } } } } fragment A on Customer { name shortName owner { name } }`,
  ],
  [
    'conditions',
    'query ($yes: Boolean = true) { customers { nodes { id name @skip(if: $yes) contacts(first: 1) @include(if: $yes) { nodes { phone } } } } }',
  ],
  [
    'a filter',
    '{ customers(filter: { employeeCount: { gte: 3 } }, orderBy: [{ field: NAME }]) { nodes { name employeeCount } } }',
  ],
  [
    'no row',
    '{ customers(filter: { name: { eq: "none" } }) { nodes { id creditLimit contacts { nodes { religion } } } } }',
  ],
  [
    'two root fields',
    '{ customers(first: 2) { nodes { name } } contacts(first: 2) { nodes { name phone } } }',
  ],
  ['a count', '{ customers { totalCount nodes { id } } }'],
  ['a count alone', '{ customers { total: totalCount __typename } }'],
  [
    'cursors',
    '{ customers(first: 2) { edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  ],
  [
    'cursors of an order with nulls',
    '{ customers(first: 5, orderBy: [{ field: SHORT_NAME, direction: DESC }, { field: CREDIT_LIMIT }]) { pageInfo { startCursor endCursor } edges { cursor } } }',
  ],
  [
    'the end of a list',
    '{ customers(last: 2) { nodes { name } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
  ],
  [
    'what Apollo Client sends',
    `query ($id: ID!) { customer(id: $id) { id __typename name contacts(first: 2) { __typename totalCount nodes { __typename id name phone } } } }`,
  ],
  [
    'what Relay sends',
    `{ customers(first: 3) { edges { node { id ...File __typename } cursor } pageInfo { endCursor hasNextPage } } }
      fragment File on Customer { name creditLimit owner { id name } interactions(first: 1) { edges { node { id summary __typename } cursor } pageInfo { endCursor hasNextPage } } }`,
  ],
  [
    'rows by two paths',
    '{ customers(first: 3) { nodes { name } edges { node { id creditLimit name } other: node { phone: shortName } } again: nodes { id } __typename } }',
  ],
  ['a place in the log', '{ customers(first: 1) { changesCursor pageInfo { __typename hasNextPage } } }'],
  [
    'an empty page with everything',
    '{ customers(filter: { name: { eq: "none" } }) { totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  ],
  [
    'nothing that is left of a page',
    '{ customers(first: 1) { nodes { id @skip(if: true) } pageInfo { endCursor @skip(if: true) } edges @skip(if: true) { node { id } } } }',
  ],
  [
    'one node',
    `query ($id: ID!) { node(id: $id) { id __typename ... on Contact { phone } ...Named } } fragment Named on Node { key: id ... on Customer { ${file} } }`,
  ],
  [
    'a node of another model',
    'query ($contactId: ID!) { node(id: $contactId) { ... on Customer { creditLimit } ... on Contact { id name religion customer { name } } } }',
  ],
  ['nothing of a node', 'query ($id: ID!) { node(id: $id) { ... on Contact { name } } }'],
  [
    'fragments on Node',
    '{ customers(first: 3) { nodes { ...Key } edges { node { ... on Node { ...Key ... on Customer { shortName } } owner { ...Key } } } } } fragment Key on Node { id __typename }',
  ],
  [
    'relations by several paths',
    `{ customers(first: 4) {
        nodes { tags { label } owner { name } contacts(first: 2) { nodes { name } } }
        edges { node { contacts(first: 2) { totalCount edges { cursor node { phone } } pageInfo { hasNextPage } } keeper: custodian { id } name owner { id team { name } } } }
        again: nodes { owner { role } a: contacts(first: 2) { nodes { religion } } b: contacts(first: 2) { nodes { religion name } } c: contacts(first: 1) { nodes { id } } } } }`,
  ],
  [
    'lists of scalars and JSON',
    '{ accessGrants(first: 5) { nodes { id classes purpose customer { name } } } segments(first: 20) { nodes { id name kind rule shared } edges { node { rule } } } }',
  ],
  [
    'another model',
    '{ contacts(first: 20) { nodes { name title phone birthday religion customer { fileNumber owner { name } } } } }',
  ],
];

test.each(written.flatMap(([what, query]) => staffNames.map((name) => [what, name, query] as const)))(
  '%s is written for %s as it would be resolved: values, nulls, order, errors and their places',
  async (_, name, query) => {
    const variableValues = { id: fileId, contactId, first: 5 };
    const before = fallbacks();
    const { written: isWritten, ...bytes } = await outcome(name, query, {
      acceptsRawJson: true,
      variableValues,
    });
    const { written: wasResolved, ...resolved } = await outcome(name, query, {
      acceptsRawJson: false,
      variableValues,
    });
    expect(bytes).toEqual(resolved);
    expect(wasResolved).toBe(false);
    expect(isWritten).toBe(Object.values(resolved.answer.data ?? {}).some((value) => value !== null));
    expect(fallbacks()).toEqual(before);
  },
);

test.each([
  ['a resolved field', '{ customers(first: 2) { nodes { name history(first: 1) { totalCount } } } }'],
])('%s is resolved, with the same outcome', async (_, query) => {
  for (const name of staffNames) {
    const bytes = await outcome(name, query, { acceptsRawJson: true });
    expect(bytes).toEqual(await outcome(name, query, { acceptsRawJson: false }));
    expect(bytes.written).toBe(false);
  }
});

test('what cannot be logged is withheld from an answer that could have been written', async () => {
  const query = `{ customers(first: 9) { nodes { ${file} } } }`;
  const unlogged: AccessClass[] = ['contact', 'special'];
  for (const name of ['MANAGER', 'CUSTOMER_SERVICE'] as const) {
    const bytes = await outcome(name, query, { acceptsRawJson: true, unlogged });
    expect(bytes).toEqual(await outcome(name, query, { acceptsRawJson: false, unlogged }));
  }
});

test('a query prepared for one viewer is run for each in their own name, and prepared again where it depends on more', async () => {
  const ask = (name: StaffName, query: string, variableValues = {}) =>
    outcome(name, query, { acceptsRawJson: true, variableValues });
  const owned = '{ customers(first: 50) { nodes { id owner { name } } } }';
  const ownersSeenBy = async (name: StaffName) => {
    const { answer } = await ask(name, owned);
    return [
      ...new Set(answer.data.customers.nodes.map((node: { owner: { name: string } }) => node.owner.name)),
    ].sort();
  };
  expect(await ownersSeenBy('SALES_2')).toEqual(['SALES_2']);
  // One file is lent to them.
  expect(await ownersSeenBy('SALES')).toEqual(['SALES', 'SALES_2']);
  expect(await ownersSeenBy('SALES_2')).toEqual(['SALES_2']);

  const paged =
    'query ($n: Int!, $name: String) { customers(first: $n, filter: { name: { eq: $name } }) { nodes { id contacts(first: $n) { nodes { id } } } } }';
  const count = async (n: number) => (await ask('MANAGER', paged, { n })).answer.data.customers.nodes.length;
  expect([await count(3), await count(5), await count(3)]).toEqual([3, 5, 3]);

  const recent = '{ customers(first: 50, filter: { createdAt: { withinLast: "PT1H" } }) { nodes { id } } }';
  expect((await ask('MANAGER', recent)).answer.data.customers.nodes).toHaveLength(24);
  expect((await ask('MANAGER', recent)).answer.data.customers.nodes).toHaveLength(24);

  const one = 'query ($id: ID!) { a: customer(id: $id) { id } }';
  const other = (await ask('MANAGER', owned)).answer.data.customers.nodes[1].id;
  expect((await ask('MANAGER', one, { id: fileId })).answer.data.a.id).toBe(fileId);
  expect((await ask('MANAGER', one, { id: other })).answer.data.a.id).toBe(other);
});
