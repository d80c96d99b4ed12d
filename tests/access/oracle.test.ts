import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import { batchesOf, isAsked } from './condition-form.ts';
import { flatSelection, inward, listOf, nestedSelections } from './document.ts';
import { ask } from './expected-answer.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  isRefused,
  modelOf,
  nameOf,
  reads,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { exchange, type Hidden, hiddenFrom } from './hidden-change.ts';
import { type Entries, isEntries, isParts, searchTexts, writtenEntry } from './sentinel.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

interface Question {
  query: string;
  variables?: Record<string, unknown>;
}

const upperSnake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const isNeverRead = (viewer: StaffName, attribute: Attribute): boolean => isRefused(viewer, [attribute]);

const isAskedFor = ({ type, attribute }: Hidden): boolean => isAsked(attribute, modelOf(type));

interface List {
  argument: object;
  listed: FileType;
  /** The list, its filter in a variable of this name. */
  text: (name: string) => string;
}

/** One operator of each way in which a value is looked at; the others compile alike. */
const telling = new Set<string>(['eq', 'gte', 'contains', 'isNull', 'withinNext', 'anniversaryWithin']);

/** Every telling operator with a value that holds on one side of the exchange and not on the other. */
function conditions({ attribute, before, after }: Hidden): object[] {
  if (isParts(before))
    return [
      { isNull: false },
      ...[before, after ?? before].map((one) => ({ building: { eq: (one as typeof before).building } })),
    ];
  if (isEntries(before))
    return [
      { isEmpty: false },
      { hasAny: [writtenEntry(before)] },
      { hasAny: [writtenEntry((after ?? before) as Entries)] },
    ];
  return operatorsOf[attribute.kind].flatMap((operator): object[] => {
    if (!telling.has(operator)) return [];
    if (operator === 'isNull') return [{ isNull: false }];
    if (/within/i.test(operator)) return [{ [operator]: 'P2000Y' }];
    return [{ [operator]: operator === 'gte' ? (after ?? before) : before }];
  });
}

const rows = '{ totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } }';

/** A condition on a field of this type, in each list that would disclose where it holds: turned round, counted, nested. */
function listsOf(type: FileType, plain: object): List[] {
  const lists: List[] = [
    { argument: plain, listed: type, text: (name) => `${listOf(type)}(first: 5, filter: $${name}) ${rows}` },
    {
      argument: { not: plain },
      listed: type,
      text: (name) => `${listOf(type)}(last: 5, filter: $${name}) ${rows}`,
    },
  ];
  for (const { field, target, arity } of inward('Customer')) {
    if (target().name !== type) continue;
    const argument = { [field]: { count: { where: plain, gte: 1 } } };
    lists.push({
      argument,
      listed: 'Customer',
      text: (name) => `customers(first: 5, filter: $${name}) ${rows}`,
    });
    if (arity === 'many') {
      const nested = (name: string) =>
        `customers(first: 50) { nodes { id ${field}(first: 2, filter: $${name}) ${rows} } }`;
      lists.push({ argument: plain, listed: type, text: nested });
    }
  }
  return lists;
}

/** Every condition on a hidden value as a plain list, and the other lists each by one of them, in turn. */
function filterLists(hidden: Hidden, place: number): List[] {
  const { type, attribute } = hidden;
  const all = conditions(hidden).map((condition) => listsOf(type, { [attribute.field]: condition }));
  return all.flatMap((lists, turn) =>
    lists.filter((_, form) => form === 0 || (form + place) % all.length === turn),
  );
}

function* questions(viewer: StaffName, hidden: Hidden[]): Generator<Question> {
  for (const type of fileTypes) {
    yield {
      query: `{ ${listOf(type)}(first: 200) { totalCount edges { cursor } pageInfo { startCursor endCursor } nodes { ${flatSelection(type)} } } }`,
    };
    for (const selection of nestedSelections(type))
      yield { query: `{ ${listOf(type)}(first: 200) { nodes { ${selection} } } }` };
  }
  yield { query: '{ customers { totalCount changesCursor nodes { version updatedAt } } }' };

  const perField = new Map(hidden.map((one) => [nameOf(one.type, one.attribute), one]));
  const asked = [...perField.values()].filter(isAskedFor);
  const allowed = asked.filter(({ attribute }) => !isNeverRead(viewer, attribute)).flatMap(filterLists);
  // Refused before any SQL, as matrix-filter proves of every form: one of each field is asked here.
  const refused = asked
    .filter(({ attribute }) => isNeverRead(viewer, attribute))
    .map((one) => filterLists(one, 0)[0] as List);
  for (const batch of [...batchesOf(allowed), ...batchesOf(refused)]) {
    yield {
      query: `query (${batch.map(({ listed }, i) => `$f${i}: ${listed}Filter`).join(', ')}) { ${batch.map(({ text }, i) => `l${i}: ${text(`f${i}`)}`).join(' ')} }`,
      variables: Object.fromEntries(batch.map(({ argument }, i) => [`f${i}`, argument])),
    };
  }
  for (const { type, attribute } of perField.values()) {
    if (!attribute.sortable) continue;
    const relation = inward('Customer').find(({ target }) => target().name === type);
    const lists = ['ASC', 'DESC'].flatMap((direction) => {
      const order = `orderBy: [{ field: ${upperSnake(attribute.field)}, direction: ${direction} }]`;
      const edges = '{ edges { cursor node { id } } }';
      return [
        `first${direction}: ${listOf(type)}(first: 7, ${order}) ${edges}`,
        `last${direction}: ${listOf(type)}(last: 7, ${order}) ${edges}`,
        relation
          ? `nested${direction}: customers(first: 50) { nodes { ${relation.field}(first: 2, ${order}) ${edges} } }`
          : '',
      ];
    });
    yield { query: `{ ${lists.join(' ')} }` };
  }
  // By what a field holds before the exchange or after it, in turn: either would tell.
  const texts = [...perField.values()].flatMap(({ before, after }, i) =>
    searchTexts(i % 2 ? (after ?? before) : before),
  );
  for (const batch of batchesOf(texts)) {
    const lists = batch.map(
      (text, i) => `s${i}: customers(search: "${text}") { totalCount edges { cursor node { id } } }`,
    );
    yield { query: `{ ${lists.join(' ')} }` };
  }
}

/** The raw answers, byte for byte. The leak search of `ask` knows only the first world's values. */
async function answersTo(viewer: StaffName, asked: Question[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { query, variables } of asked)
    answers.push(comparable((await ask(world, viewer, query, variables)).text));
  return answers;
}

/** The place of the log's end is enciphered, another text each time: its length is all that is left to tell anything. */
const comparable = (text: string): string =>
  text.replace(/(?<="changesCursor":")[\w-]+/g, (cursor) => String(cursor.length));

/** Where two texts begin to differ, with what comes before and after. */
function difference(one: string, other: string): [string, string] {
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 200), at + 200);
  return [around(one), around(other)];
}

describe.each(viewers)('%s', (viewer) => {
  test('gets the same bytes for every list, filter, order, count, page and search, whatever the hidden values are', async () => {
    const hidden = hiddenFrom(viewer, world);
    const asked = [...questions(viewer, hidden)];
    const before = await answersTo(viewer, asked);
    await exchange(world, viewer, hidden, 'after');
    try {
      const after = await answersTo(viewer, asked);
      const told = asked.flatMap(({ query, variables }, i) =>
        before[i] === after[i]
          ? []
          : [[difference(before[i] as string, after[i] as string), query, variables]],
      );
      expect(told.slice(0, 3)).toEqual([]);
    } finally {
      await exchange(world, viewer, hidden, 'before');
    }
    expect(asked.length).toBeGreaterThan(10);
  });
});

/** What twenty queries answer of each file's limit, searched for in all of them side by side. */
const binarySearch = async (viewer: StaffName, files: WorldFile[]): Promise<string[][]> => {
  const searches = files.map((file) => ({ file, low: 0, high: 1_048_576, transcript: [] as string[] }));
  for (let query = 0; query < 20; query += 1) {
    const lists = searches.map(({ file, low, high }, i) => {
      const filter = `{ id: { eq: "${file.ids.Customer}" }, creditLimit: { gte: "${middleOf(low, high)}" } }`;
      return `f${i}: customers(filter: ${filter}) { totalCount nodes { id } }`;
    });
    const { data, errors } = await ask(world, viewer, `{ ${lists.join(' ')} }`);
    for (const [i, search] of searches.entries()) {
      const found = data?.[`f${i}`];
      const refusals = errors.filter(({ path }) => path?.[0] === `f${i}`);
      search.transcript.push(JSON.stringify([found, refusals.map(({ extensions }) => extensions)]));
      const middle = middleOf(search.low, search.high);
      if (found?.totalCount === 1) search.low = middle;
      else search.high = middle;
    }
  }
  return searches.map(({ transcript }) => transcript);
};

const middleOf = (low: number, high: number): number => Math.floor((low + high) / 2);

const setLimits = (files: WorldFile[], limitOf: (file: WorldFile) => string) =>
  world.server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const file of files)
      await tx.execute(
        sql`update customer set credit_limit = ${limitOf(file)} where id = ${file.uuids.Customer}`,
      );
  });
const setLimit = (file: WorldFile, limit: string) => setLimits([file], () => limit);
const ownLimit = (file: WorldFile) => file.sentinels.get('Customer.creditLimit')?.value as string;

test.each(viewers)(
  '%s learns nothing of a credit limit they may not read by twenty queries of a binary search',
  async (viewer) => {
    const files = world.files.filter(
      ({ viewer: of, relation }) =>
        relation === 'FOREIGN' ||
        (of === viewer &&
          typeof relation === 'object' &&
          /^(?:|credit|special)$/.test(relation.granted.join())),
    );
    await setLimits(files, () => '123456.00');
    const ones = await binarySearch(viewer, files);
    await setLimits(files, () => '987654.00');
    const others = await binarySearch(viewer, files);
    await setLimits(files, ownLimit);
    for (const [i, file] of files.entries()) {
      if (reads(viewer, 'credit', file)) expect(others[i]).not.toEqual(ones[i]);
      else expect(others[i]).toEqual(ones[i]);
    }
  },
);

/** A page of files by credit limit from a place that the client made up: a limit, between the ids of the file's own. */
async function pageFrom(viewer: StaffName, limit: string, uuid: string): Promise<string> {
  const page = (place: string) =>
    `{ customers(first: 50, orderBy: [{ field: CREDIT_LIMIT, direction: ASC }]${place}) { edges { cursor node { id } } } }`;
  const { data } = await ask(world, viewer, page(''));
  const cursor = data.customers.edges[0].cursor as string;
  const key = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify([key[0], limit, uuid])).toString('base64url');
  return (await ask(world, viewer, page(`, after: "${forged}"`))).text;
}

test('a cursor that a client made up finds no file by a credit limit they may not read', async () => {
  const file = world.files.find(
    ({ viewer, relation }) =>
      viewer === 'SALES' && typeof relation === 'object' && relation.granted.length === 0,
  ) as WorldFile;
  const limit = ownLimit(file);
  for (const [viewer, isTold] of [
    ['SALES', false],
    ['FINANCE', true],
  ] as const) {
    await setLimit(file, '123456.00');
    const below = await pageFrom(viewer, '500000.00', file.uuids.Customer);
    await setLimit(file, '987654.00');
    const above = await pageFrom(viewer, '500000.00', file.uuids.Customer);
    await setLimit(file, limit);
    expect(above !== below, viewer).toBe(isTold);
  }
});

test.each(viewers)(
  '%s gets the same bytes of a segment whatever hidden values its rule reads',
  async (viewer) => {
    const hidden = hiddenFrom(viewer, world).filter(
      (one) => isAskedFor(one) && one.type !== 'Customer' && one.type !== 'Contact',
    );
    const ofFile = hiddenFrom(viewer, world).filter(
      (one) => isAskedFor(one) && (one.type === 'Customer' || one.type === 'Contact'),
    );
    const perField = [
      ...new Map([...hidden, ...ofFile].map((one) => [nameOf(one.type, one.attribute), one])).values(),
    ];
    const rules = perField.flatMap((one) => {
      const relation = inward('Customer').find(({ target }) => target().name === one.type)?.field;
      const plain = { [one.attribute.field]: conditions(one)[0] };
      const rule = one.type === 'Customer' ? plain : { [relation as string]: { some: plain } };
      return [rule, { not: rule }];
    });
    const rows = await world.server.db
      .insert(segment)
      .values(
        rules.map((rule, i) => ({
          name: `神谕 ${viewer} ${i}`,
          rule: rule as never,
          ownerId: world.server.as('ADMIN').uuid,
          shared: true,
        })),
      )
      .returning({ id: segment.id });
    const asked = Array.from({ length: Math.ceil(rows.length / 10) }, (_, i) =>
      rows.slice(i * 10, i * 10 + 10),
    ).map((batch) => ({
      query: `{ ${batch.map(({ id }, i) => `s${i}: segment(id: "${encodeId('seg', id)}") { size members(first: 50) { totalCount edges { cursor node { id } } } }`).join(' ')} }`,
    }));
    const all = hiddenFrom(viewer, world);
    const before = await answersTo(viewer, asked);
    await exchange(world, viewer, all, 'after');
    try {
      expect(await answersTo(viewer, asked)).toEqual(before);
    } finally {
      await exchange(world, viewer, all, 'before');
    }
  },
);
