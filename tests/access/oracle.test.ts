import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { operatorsOf } from '../../src/core/model/operators.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import { isAsked } from './condition-form.ts';
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
import { type Entries, searchTexts, writtenEntry } from './sentinel.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
}, 60_000);
afterAll(() => world.server.close());

interface Question {
  query: string;
  variables?: Record<string, unknown>;
}

const batchSize = 20;
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

/** Every telling operator with a value that holds before the exchange, and with one that holds after it. */
function conditions({ attribute, before, after }: Hidden): object[] {
  if (typeof before === 'object') {
    const wanted = [before, (after ?? before) as Entries].map((entries) => [writtenEntry(entries)]);
    return [{ isEmpty: true }, { isEmpty: false }, ...wanted.map((hasAny) => ({ hasAny }))];
  }
  return operatorsOf[attribute.kind].flatMap((operator): object[] => {
    if (operator === 'isNull') return [{ isNull: true }, { isNull: false }];
    if (!telling.has(operator)) return [];
    if (/within/i.test(operator)) return [{ [operator]: 'P2000Y' }];
    const values = operator === 'contains' ? [before] : [before, after ?? before];
    return values.map((value) => ({ [operator]: value }));
  });
}

/** Lists, under aliases, that would tell where a hidden value lies: filters on it, orders by it, counts, pages, nested. */
function filterLists(
  hidden: Hidden,
): { argument: object; listed: FileType; text: (name: string) => string }[] {
  const { type, attribute } = hidden;
  const rows = '{ totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } }';
  return conditions(hidden).flatMap((condition) => {
    const plain = { [attribute.field]: condition };
    const lists: List[] = [
      {
        argument: plain,
        listed: type,
        text: (name: string) => `${listOf(type)}(first: 5, filter: $${name}) ${rows}`,
      },
      {
        argument: { not: plain },
        listed: type,
        text: (name: string) => `${listOf(type)}(last: 5, filter: $${name}) ${rows}`,
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
  });
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
  const filters = [...perField.values()]
    .filter(isAskedFor)
    .flatMap((one) => filterLists(one).map((list) => ({ one, list })));
  // Refused before any SQL, as matrix-filter proves of every form: one of each field is asked here.
  const refused = [...perField.values()]
    .filter((one) => isAskedFor(one) && isNeverRead(viewer, one.attribute))
    .flatMap((one) => ({ one, list: filterLists(one)[0] as List }));
  const allowed = filters.filter(({ one }) => !isNeverRead(viewer, one.attribute));
  const batches = Array.from({ length: Math.ceil(allowed.length / batchSize) }, (_, i) =>
    allowed.slice(i * batchSize, (i + 1) * batchSize),
  );
  for (const batch of [...batches, ...refused.map((one) => [one])]) {
    yield {
      query: `query (${batch.map(({ list }, i) => `$f${i}: ${list.listed}Filter`).join(', ')}) { ${batch.map(({ list }, i) => `l${i}: ${list.text(`f${i}`)}`).join(' ')} }`,
      variables: Object.fromEntries(batch.map(({ list }, i) => [`f${i}`, list.argument])),
    };
  }
  for (const { type, attribute } of perField.values()) {
    if (!attribute.sortable) continue;
    for (const direction of ['ASC', 'DESC']) {
      const order = `orderBy: [{ field: ${upperSnake(attribute.field)}, direction: ${direction} }]`;
      yield { query: `{ ${listOf(type)}(first: 7, ${order}) { edges { cursor node { id } } } }` };
      yield { query: `{ ${listOf(type)}(last: 7, ${order}) { edges { cursor node { id } } } }` };
      const relation = inward('Customer').find(({ target }) => target().name === type);
      if (relation)
        yield {
          query: `{ customers(first: 50) { nodes { ${relation.field}(first: 2, ${order}) { edges { cursor node { id } } } } } }`,
        };
    }
  }
  const texts = [...perField.values()].flatMap(({ before, after }) =>
    [before, after ?? before].flatMap(searchTexts),
  );
  for (let from = 0; from < texts.length; from += batchSize) {
    const lists = texts
      .slice(from, from + batchSize)
      .map((text, i) => `s${i}: customers(search: "${text}") { totalCount edges { cursor node { id } } }`);
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
  }, 180_000);
});

const binarySearch = async (viewer: StaffName, file: WorldFile): Promise<string[]> => {
  const transcript: string[] = [];
  let [low, high] = [0, 1_048_576];
  for (let query = 0; query < 20; query += 1) {
    const middle = Math.floor((low + high) / 2);
    const filter = `{ id: { eq: "${file.ids.Customer}" }, creditLimit: { gte: "${middle}" } }`;
    const { text, data } = await ask(
      world,
      viewer,
      `{ customers(filter: ${filter}) { totalCount nodes { id } } }`,
    );
    transcript.push(text);
    if (data?.customers.totalCount === 1) low = middle;
    else high = middle;
  }
  return transcript;
};

const setLimit = (file: WorldFile, limit: string | number) =>
  world.server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`update customer set credit_limit = ${limit} where id = ${file.uuids.Customer}`);
  });

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
    for (const file of files) {
      const limit = file.sentinels.get('Customer.creditLimit')?.value as string;
      await setLimit(file, '123456.00');
      const one = await binarySearch(viewer, file);
      await setLimit(file, '987654.00');
      const other = await binarySearch(viewer, file);
      await setLimit(file, limit);
      if (reads(viewer, 'credit', file)) expect(other).not.toEqual(one);
      else expect(other).toEqual(one);
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
  const limit = file.sentinels.get('Customer.creditLimit')?.value as string;
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
  '%s gets the same bytes of a segment whatever hidden values its rule asks about',
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
