import { eq, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  parseValue,
  valueFromASTUntyped,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { Attribute } from '../../src/core/model/attribute.ts';
import { recordedAttributes } from '../../src/core/model/history-condition.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { modelNamed } from '../../src/core/model/registry.ts';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import { exportColumns } from '../../src/features/export/export-column.ts';
import { literalOf } from '../support/literal.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';
import { batchesOf } from './condition-form.ts';
import { listOf } from './document.ts';
import { fileTypes } from './file-world.ts';
import { isList, operationsAs, rootCalls, sentBy, unexpected, wordsOf } from './pseudonym-crawl.ts';
import {
  canName,
  modelOf,
  openToAnalysts,
  type PseudonymWorld,
  startPseudonymWorld,
  wordIn,
  wordsIn,
} from './pseudonym-world.ts';

const schema = sharedSchema();
let world: PseudonymWorld;
beforeAll(async () => {
  world = await startPseudonymWorld();
});
afterAll(() => world.server.close());

const textOf = (who: StaffName, query: string, variables?: object) => sentBy(world, who)(query, variables);
const crawl = (who: StaffName, names: readonly string[]) =>
  wordsOf(operationsAs(world, schema, who, names), sentBy(world, who));

const read = openToAnalysts('Query');

test('whoever knows people by name reads every one of these texts somewhere', async () => {
  const isSpecial = (word: string) => /znmcontact(religion|health|politicalstatus)/.test(word);
  const wanted = world.words.filter((word) => !isSpecial(word));
  const words = await crawl('MANAGER', read);
  expect(wanted.filter((word) => ![...words].some((found) => found.startsWith(word)))).toEqual([]);
});

describe('an analyst', () => {
  test.each(read)(
    'reads no text that can name somebody in any answer of %s, error or cursor',
    async (name) => {
      expect(Object.keys(rootCalls(world, schema, '{}'))).toContain(name);
      expect([...(await crawl('ANALYST', [name]))]).toEqual([]);
    },
  );

  test('may filter and order nothing by such a text, on any way that leads to it', async () => {
    const refused: string[] = [];
    for (const [list, model] of lists()) {
      for (const filters of batchesOf(conditionsOn(model, 2))) {
        const declared = filters.map((_, i) => `$f${i}: ${model.name}Filter`).join(', ');
        const fields = filters.map((_, i) => `l${i}: ${list}(filter: $f${i}, first: 1) { nodes { id } }`);
        const variables = Object.fromEntries(filters.map((filter, i) => [`f${i}`, filter]));
        const text = await textOf('ANALYST', `query (${declared}) { ${fields.join(' ')} }`, variables);
        expectRefused(text, `${list} ${JSON.stringify(filters)}`, filters.length);
        refused.push(...filters.map(() => list));
      }
      const sortable = named(model).filter((attribute) => attribute.sortable && sortableIn(list));
      for (const attributes of batchesOf(sortable)) {
        const fields = attributes.map(
          ({ field }) =>
            `${field}: ${list}(first: 1, orderBy: [{ field: ${upperSnake(field)} }]) { nodes { id } }`,
        );
        const what = `${list} by ${attributes.map(({ field }) => field).join(', ')}`;
        expectRefused(await textOf('ANALYST', `{ ${fields.join(' ')} }`), what, attributes.length);
      }
    }
    expect(refused.length).toBeGreaterThan(100);
  });

  test('is refused suggestions, groups and export columns of such a text', async () => {
    for (const type of fileTypes) {
      for (const { field, filterable } of named(modelOf(type)).filter(({ kind }) => kind === 'text')) {
        if (!filterable) continue;
        const path = type === 'Customer' ? field : `${listOf(type)}.${field}`;
        expectRefused(await textOf('ANALYST', `{ segmentValueSuggestions(field: "${path}") }`), path);
      }
    }
    expectRefused(await textOf('ANALYST', '{ customerStats(groupBy: [TAG]) { total } }'), 'TAG');
    const ask =
      'mutation ($input: ExportCustomersInput!) { exportCustomers(input: $input) { export { id } } }';
    for (const { name, through } of exportColumns.values()) {
      if (!through.some((one) => canName({ text: one.text ?? null }))) continue;
      const input = { columns: ['FILE_NUMBER', name], format: 'CSV', purpose: '核对' };
      expectRefused(await textOf('ANALYST', ask, { input }), name);
    }
  });

  test('is refused, by list, statistic, export and subscription, a segment whose rule reads such a text', async () => {
    const socket = connectSocket(world.server.socketUrl, world.server.as('ANALYST').token);
    for (const [id, what] of world.segments) {
      const isAllowed = what === 'industry';
      const answers = [
        await textOf('ANALYST', `{ customers(segmentId: "${id}") { totalCount } }`),
        await textOf('ANALYST', `{ customerStats(segmentId: "${id}", groupBy: []) { total } }`),
        await textOf('ANALYST', `{ customers(filter: { inSegment: "${id}" }) { totalCount } }`),
        await textOf(
          'ANALYST',
          `mutation { exportCustomers(input: { columns: [FILE_NUMBER], segmentId: "${id}", format: CSV, purpose: "核对" }) { export { id } } }`,
        ),
      ];
      if (!isAllowed) {
        const stream = socket.subscribe(
          `subscription { segmentMembershipChanged(segmentId: "${id}") { cursor } }`,
        );
        answers.push(JSON.stringify(await stream.next()));
      }
      for (const text of answers) {
        if (isAllowed) expect(text, what).not.toContain('FORBIDDEN');
        else expectRefused(text, what);
      }
    }
    await socket.close();
  });

  test('reads no such text in the errors of any mutation', async () => {
    const { ids, ownSegment } = world;
    const save = 'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }';
    const named = { name: wordIn('Segment', 'name'), shared: true, rule: { inSegment: ownSegment } };
    const { data } = await world.server.as('MANAGER').query(save, { input: named });
    const user = data.createSegment.segment.id;
    const mine = await world.server.as('ANALYST').query(save, { input: { name: '自用', rule: named.rule } });
    const mutations = openToAnalysts('Mutation');
    // Twice, so that the second finds it done.
    const settled = [1, 2].map(() => ({ requestId: ids.AccessRequest }));
    const special: Record<string, object[]> = {
      declineAccess: settled,
      updateSegment: [{ id: ownSegment, expectedVersion: 1, shared: false }],
    };
    const own = uuidOf(world.server.as('ANALYST').id);
    const isMade = sql`owner_id = ${own} and id <> all(${`{${[ownSegment, mine.data.createSegment.segment.id].map(uuidOf).join()}}`}::uuid[])`;
    const codes = new Set<string>();
    const ask = async (name: string, input: object) => {
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
      const text = await textOf(
        'ANALYST',
        `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`,
        {
          input,
        },
      );
      expect(text, name).not.toMatch(unexpected);
      expect([...wordsIn(text)], name).toEqual([]);
      return JSON.parse(text).errors ?? [];
    };
    for (const name of mutations)
      for (const input of [...inputsOf(name), ...(special[name] ?? [])]) {
        for (const { extensions } of await ask(name, input)) codes.add(extensions.code);
        await world.server.db.execute(sql`delete from segment where ${isMade}`);
      }
    expect([...codes].sort()).toEqual(
      expect.arrayContaining(['BAD_USER_INPUT', 'CONFLICT', 'FORBIDDEN', 'NOT_FOUND']),
    );
    const [inUse] = await ask('deleteSegment', { id: ownSegment, expectedVersion: 1 });
    expect(inUse.extensions).toMatchObject({
      useCount: 2,
      usedBy: [
        { id: user, owner: { id: ids.Employee } },
        {
          id: mine.data.createSegment.segment.id,
          name: '自用',
          owner: { id: world.server.as('ANALYST').id, name: 'ANALYST' },
        },
      ],
    });
    for (const use of [user, ids.Employee, '自用']) expect(inUse.message).toContain(use as string);
    for (const id of [user, mine.data.createSegment.segment.id])
      await world.server.db.execute(sql`delete from segment where id = ${uuidOf(id)}::uuid`);
  });

  test('knows a colleague by an id that can be filtered and grouped by, the same on every way', async () => {
    const { query } = world.server.as('ANALYST');
    const { data, errors } = await query(
      `{ customers { nodes { owner { id role } custodian { id name } deals { nodes { owner { id email title } } } interactions { nodes { employee { id name } } } } }
         filtered: customers(filter: { custodian: { id: { eq: "${world.ids.Employee}" } } }) { totalCount }
         grouped: customerStats(groupBy: [OWNER]) { groups { count keys { value label labelEn } } }
         employees { nodes { id name } } }`,
    );
    const [file] = data.customers.nodes;
    const sales = world.server.as('SALES').id;
    expect(file.owner).toEqual({ id: sales, role: 'SALES' });
    expect(file.custodian).toEqual({ id: world.ids.Employee, name: null });
    expect(file.deals.nodes[0].owner).toEqual({ id: world.ids.Employee, email: null, title: null });
    expect(file.interactions.nodes[0].employee).toEqual({ id: world.ids.Employee, name: null });
    expect(data.filtered.totalCount).toBe(1);
    expect(data.grouped.groups).toEqual([{ count: 1, keys: [{ value: sales, label: null, labelEn: null }] }]);
    const known = data.employees.nodes.filter(({ name }: { name: string | null }) => name !== null);
    expect(known).toEqual([{ id: world.server.as('ANALYST').id, name: 'ANALYST' }]);
    const reasons = errors?.map(({ extensions: { code, field, reason } }) => ({ code, field, reason }));
    expect(reasons).toEqual(
      ['name', 'email', 'title'].map((field) => ({
        code: 'FORBIDDEN',
        field: `Employee.${field}`,
        reason: 'ROLE',
      })),
    );
  });

  test('reads what is about them and what they wrote', async () => {
    const { query } = world.server.as('ANALYST');
    const { data, errors } = await query(
      `{ viewer { name email title } segment(id: "${world.ownSegment}") { name description rule ruleText definitionHistory { newName newRule } } segments(search: "我的") { nodes { name } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.viewer).toEqual({ name: 'ANALYST', email: 'analyst@test.example', title: null });
    const rule = { inSegment: world.ids.Segment };
    expect(data.segment).toMatchObject({ name: '我的客户分群', description: '我的说明', rule });
    expect(data.segment.ruleText).toContain(world.ids.Segment);
    expect(data.segment.definitionHistory).toEqual([{ newName: '我的客户分群', newRule: rule }]);
    expect(data.segments.nodes).toEqual([{ name: '我的客户分群' }]);
  });
});

test('whoever signs in is read with the rights of their role', async () => {
  const { db, anonymous } = world.server;
  const passwordHash = await createPasswordHasher().hash('正确的密码-1234');
  await db.update(employee).set({ passwordHash });
  for (const [who, names] of [
    ['ANALYST', 1],
    ['MANAGER', 9],
  ] as const) {
    const [row] = await db
      .select()
      .from(employee)
      .where(eq(employee.id, world.server.as(who).uuid));
    const { data } = await anonymous.query(
      'mutation ($input: LoginInput!) { login(input: $input) { viewer { name team { members { nodes { name } } } } } }',
      { input: { email: row?.email, password: '正确的密码-1234' } },
    );
    expect(data.login.viewer.name).toBe(row?.name);
    const members = data.login.viewer.team.members.nodes as { name: string | null }[];
    expect(members.filter(({ name }) => name !== null)).toHaveLength(names);
  }
});

test.each([
  ['a text', () => customer.industry],
  ['a document', () => segment.rule],
])('the server does not start with a field of %s that does not say what it holds', (_what, column) => {
  class Note {}
  const declare = () =>
    Attribute({ column: column() as AnyPgColumn, access: 'basic', description: '' })(Note.prototype, 'body');
  expect(declare).toThrow('Note.body is a text and does not say what it holds');
});

/**
 * Inputs of a mutation: for each id and each rule in it every id of the world in turn, with as little else as its type
 * allows. None for those that end sessions and answer with a Boolean.
 */
function inputsOf(name: string): object[] {
  const mutation = schema.getMutationType()?.getFields()[name];
  const type = mutation?.args[0] && getNamedType(mutation.args[0].type);
  if (!mutation || isLeafType(getNamedType(mutation.type)) || !isInputObjectType(type)) return [];
  const least = valueFromASTUntyped(parseValue(literalOf(type))) as object;
  const ids = [...Object.values(world.ids), ...world.segments.keys(), world.ownSegment];
  // Whatever could be a handover's.
  const handover = encodeId('ho', uuidOf(world.ids.Segment as string));
  return Object.values(type.getFields()).flatMap(({ name: field, type: of }): object[] => {
    const named = getNamedType(of).name;
    const isMany = isListType(getNullableType(of));
    if (named === 'ID') return [...ids, handover].map((id) => ({ ...least, [field]: isMany ? [id] : id }));
    if (!named.endsWith('Filter')) return [];
    return ids.map((id) => ({ ...least, [field]: { not: { inSegment: id } } }));
  });
}

/** Lists that take a filter, with their model. */
const lists = (): [string, Model][] =>
  read.flatMap((name): [string, Model][] => {
    const field = schema.getQueryType()?.getFields()[name];
    const filter = field?.args.find((arg) => arg.name === 'filter');
    const model = modelNamed(filter ? getNamedType(filter.type).name.replace(/Filter$/, '') : '');
    return model && field && isList(field) ? [[name, model]] : [];
  });
const sortableIn = (name: string): boolean =>
  schema
    .getQueryType()
    ?.getFields()
    [name]?.args.some((arg) => arg.name === 'orderBy') ?? false;
const upperSnake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const named = (model: Model) => [...model.attributes.values()].filter(canName);

/** Every condition on a text that can name somebody, plain, negated and of the past, `depth` relations away. */
function conditionsOn(model: Model, depth: number): object[] {
  const own = named(model)
    .filter(({ filterable }) => filterable)
    .flatMap(({ field }) => [{ [field]: { isNull: false } }, { not: { [field]: { contains: '王' } } }]);
  const past = recordedAttributes(model)
    .filter(canName)
    .flatMap(({ field }) => [
      { history: { [field]: { was: { isNull: false } } } },
      { history: { [field]: { changed: {} } } },
    ]);
  const specials = [...model.customFilters.values()]
    .filter(({ text }) => canName({ text: text ?? null }))
    .map(({ field, parts }) => ({ [field]: parts ? { room: { contains: '王' } } : { hasNone: ['王'] } }));
  const below = [...model.relations.values()]
    .filter(({ filterable }) => filterable && depth > 0)
    .flatMap(({ field, arity, target }) => {
      const conditions = conditionsOn(target(), depth - 1);
      // One of each kind suffices two relations away.
      return (depth < 2 ? conditions.slice(0, 2) : conditions).map((condition) => ({
        [field]: arity === 'one' ? condition : { none: condition },
      }));
    });
  return [...own, ...past, ...specials, ...below];
}

/** Expects each of `count` root fields to be refused: every error names another. */
function expectRefused(text: string, what: string, count = 1): void {
  const { data, errors = [] } = JSON.parse(text);
  const paths = new Set(errors.map(({ path }: { path: string[] }) => String(path)));
  expect(
    {
      data: data ?? null,
      paths: paths.size,
      codes: errors.map((error: { extensions: object }) => error.extensions),
    },
    what,
  ).toEqual({
    data: null,
    paths: count,
    codes: Array(count).fill(expect.objectContaining({ code: 'FORBIDDEN', reason: 'ROLE' })),
  });
}
