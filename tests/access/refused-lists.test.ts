import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import { modelNamed } from '../../src/core/model/registry.ts';
import { literalOf } from '../support/literal.ts';
import { sharedSchema } from '../support/schema.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const schema = sharedSchema();

/** A field that lists rows of a model by a condition or an order, and a way to it from a root type. */
interface List {
  name: string;
  kind: string;
  model: Model;
  field: GraphQLField<unknown, unknown>;
  /** The document around what is selected. */
  around: (selection: string) => string;
}

const call = (field: GraphQLField<unknown, unknown>, more = '') => {
  const given = field.args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${literalOf(type)}`);
  const args = [...given, ...(more ? [more] : [])];
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
};

/** Every list of the schema, by the shortest way from each root type. */
const lists: List[] = (['Query', 'Mutation', 'Subscription'] as const).flatMap((kind) => {
  const found: List[] = [];
  const seen = new Set<string>();
  const due: { type: GraphQLObjectType; around: List['around'] }[] = [
    {
      type: schema.getType(kind) as GraphQLObjectType,
      around: (inside) => `${kind.toLowerCase()} { ${inside} }`,
    },
  ];
  for (const { type, around } of due) {
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      const model = modelNamed(target.name.replace(/Connection$/, ''));
      const isList =
        target.name.endsWith('Connection') &&
        field.args.some(({ name }) => ['filter', 'orderBy'].includes(name));
      if (model && isList) found.push({ name: `${type.name}.${field.name}`, kind, model, field, around });
      const types = isInterfaceType(target)
        ? schema.getPossibleTypes(target)
        : isObjectType(target)
          ? [target]
          : [];
      for (const below of types) {
        if (seen.has(below.name)) continue;
        seen.add(below.name);
        const narrowed = (inside: string) =>
          isInterfaceType(target) ? `... on ${below.name} { ${inside} }` : inside;
        due.push({ type: below, around: (inside) => around(`${call(field)} { ${narrowed(inside)} }`) });
      }
    }
  }
  return found;
});

const upperSnake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Uses of fields that a role never reads: in an order, in a condition, in one that is negated, through a relation. */
function forbiddenUses(role: Role, { model, field }: List): { use: string; named: string }[] {
  const hidden = [...model.attributes.values()].filter(
    ({ access }) => access !== 'open' && policy[role].read[access] === 'NONE',
  );
  const takes = (name: string) => field.args.some((arg) => arg.name === name);
  return hidden.flatMap((attribute) => {
    const named = `${model.name}.${attribute.field}`;
    const condition = `{ ${attribute.field}: { isNull: false } }`;
    const canBeNull = attribute.filterable && operatorsOf[attribute.kind].includes('isNull');
    return [
      ...(attribute.sortable && takes('orderBy')
        ? [`orderBy: [{ field: ${upperSnake(attribute.field)} }]`]
        : []),
      ...(canBeNull && takes('filter')
        ? [`filter: ${condition}`, `filter: { or: [{}, { not: ${condition} }] }`]
        : []),
    ].map((use) => ({ use, named }));
  });
}

const selections = [
  'totalCount',
  '__typename',
  'pageInfo { hasNextPage }',
  'nodes { id }',
  'edges { cursor }',
];
const roles = Object.values(Role).filter((role) => Object.values(policy[role].read).includes('NONE'));

test('there are lists at the root, in rows, in payloads and in events', () => {
  expect(new Set(lists.map(({ kind }) => kind)).size).toBe(3);
  expect(lists.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Query.customers', 'Customer.contacts', 'Segment.members']),
  );
  expect(lists.length).toBeGreaterThan(30);
});

describe.each(roles)('%s', (role) => {
  test('is refused every list by what the role never reads, whatever is selected of it, before any SQL', async () => {
    const client = server.as(role);
    const socket = connectSocket(server.socketUrl, client.token);
    await socket.query('{ viewer { id } }');
    let turn = 0;
    for (const list of lists) {
      const uses = forbiddenUses(role, list);
      // Each use at some list, each list with some uses: all at all would be thousands.
      const some = uses.filter((_, i) => list.kind === 'Query' || i % 7 === turn % 7);
      for (const { use, named } of some) {
        turn += 1;
        const document = list.around(`${call(list.field, use)} { ${selections[turn % selections.length]} }`);
        server.statements.length = 0;
        const answer =
          list.kind === 'Subscription' ? await socket.query(document) : await client.query(document);
        expect(answer.data ?? null, document).toBeNull();
        expect(answer.errors?.[0]?.extensions, document).toMatchObject({
          code: 'FORBIDDEN',
          field: named,
          reason: 'ROLE',
        });
        // Only who asks was looked up, and the refusal is written down.
        const others = server.statements.filter((text) => !/\bsession\b|\baccess_log_entry\b/.test(text));
        expect(others, document).toEqual([]);
      }
    }
    expect(turn).toBeGreaterThan(10);
    await socket.close();
  });
});

test('a mutation that would answer with such a list changes nothing', async () => {
  const { errors } = await server
    .as('MARKETING')
    .query(
      `mutation { createSegment(input: { name: "无权", kind: DYNAMIC, rule: {} }) { segment { members(orderBy: [{ field: CREDIT_LIMIT }]) { totalCount } } } }`,
    );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const { data } = await server.as('MARKETING').query('{ segments(search: "无权") { totalCount } }');
  expect(data.segments.totalCount).toBe(0);
});

test('an unknown use, a variable that decides and one that is absent are each treated as what they are', async () => {
  const document =
    'query($by: [CustomerOrder!], $f: CustomerFilter) { customers(orderBy: $by, filter: $f) { totalCount } }';
  const ask = (variables: Record<string, unknown>) => server.as('MARKETING').query(document, variables);
  for (const _ of [1, 2]) {
    expect((await ask({})).errors).toBeUndefined();
    expect((await ask({ by: null, f: null })).errors).toBeUndefined();
    expect((await ask({ by: [{ field: 'NAME' }] })).errors).toBeUndefined();
    for (const refused of [
      { by: [{ field: 'CREDIT_LIMIT' }] },
      { by: [{ field: 'NAME' }, { field: 'CREDIT_LIMIT' }] },
      { f: { creditLimit: { isNull: true } } },
    ])
      expect((await ask(refused)).errors?.[0]?.extensions).toMatchObject({
        code: 'FORBIDDEN',
        field: 'Customer.creditLimit',
      });
    expect(
      (await server.as('MANAGER').query(document, { by: [{ field: 'CREDIT_LIMIT' }] })).errors,
    ).toBeUndefined();
  }
});
