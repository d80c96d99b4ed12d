import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessClass, loggedClasses, policy } from '../../src/core/access/policy.ts';
import { upperSnake } from '../../src/core/model/order-type.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { inward, listOf } from '../access/document.ts';
import {
  type FileWorld,
  fileTypes,
  isOwnBy,
  modelOf,
  reachTo,
  startFileWorld,
} from '../access/file-world.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

/** Every field of a logged class that a list can be ordered by. */
const ordered = fileTypes.flatMap((type) =>
  [...modelOf(type).attributes.values()]
    .filter(({ computed }) => !computed)
    .filter(({ access, sortable }) => sortable && loggedClasses.includes(access as AccessClass))
    .map((attribute) => ({ type, attribute })),
);
type Ordered = (typeof ordered)[number];

const order = ({ attribute }: Ordered) => `orderBy: [{ field: ${upperSnake(attribute.field)} }]`;

/** Every way to a list of these rows: a root list, and each relation of a file that leads to them. */
const listsOf = (one: Ordered): ((selection: string) => string)[] => [
  (selection) => `${listOf(one.type)}(first: 200, ${order(one)}) { ${selection} }`,
  ...inward('Customer')
    .filter(({ arity, target }) => arity === 'many' && target().name === one.type)
    .map(
      ({ field }) =>
        (selection: string) =>
          `customers(first: 200) { nodes { ${field}(first: 3, ${order(one)}) { ${selection} } } }`,
    ),
];

/** Every selection that carries a cursor, written as bytes or (`__proto__`) resolved. */
const selections: string[] = [
  'edges { cursor }',
  'pageInfo { startCursor }',
  'pageInfo { endCursor } totalCount',
  'nodes { id } pageInfo { endCursor hasNextPage }',
  'edges { node { id } } edges { at: cursor }',
  'edges { __proto__: cursor }',
  'pageInfo { __proto__: endCursor }',
];

const runners = {
  HTTP: (viewer: StaffName) => ({ query: world.server.as(viewer).query, close: async () => {} }),
  SOCKET: (viewer: StaffName) => connectSocket(world.server.socketUrl, world.server.as(viewer).token),
};

/** Colleagues' files on which the policy page lets the viewer read the field. */
function expectedFiles(viewer: StaffName, { attribute }: Ordered): string[] {
  const reach = reachTo(viewer, attribute);
  return world.files
    .filter(({ viewer: holder, relation }) => {
      if (holder === viewer && isOwnBy(relation)) return false;
      if (reach === 'ALL') return true;
      const granted = holder === viewer && typeof relation === 'object' ? relation.granted : [];
      return granted.includes(attribute.access as AccessClass);
    })
    .map(({ uuids }) => uuids.Customer)
    .sort();
}

const askers = [
  { viewer: 'MANAGER', transport: 'HTTP' },
  { viewer: 'MANAGER', transport: 'SOCKET' },
  { viewer: 'SALES', transport: 'HTTP' },
  { viewer: 'ANALYST', transport: 'SOCKET' },
] as const;

/** Each asks for every field in every list, by their share of the selections; together they ask for it by all of them. */
const share = Math.ceil(selections.length / askers.length);
const selectionsOf = (asker: number, field: number): string[] =>
  Array.from(
    { length: share },
    (_, i) => selections[(asker * share + field + i) % selections.length] as string,
  );

test.each(askers.map((asker, place) => ({ ...asker, place })))(
  'a cursor that holds a value of a colleague’s file is a reading of that file: $viewer, $transport',
  async ({ viewer, transport, place }) => {
    const readable = ordered.filter(({ attribute }) => reachTo(viewer, attribute) !== 'NONE');
    expect(readable.length).toBeGreaterThan(5);
    const client = runners[transport](viewer);
    const asked = new Map<string, Ordered>();
    for (const one of readable)
      for (const list of listsOf(one))
        for (const selection of selectionsOf(place, ordered.indexOf(one))) {
          const name = `Cursor_${viewer}_${transport}_${asked.size}_`;
          asked.set(name, one);
          const { errors } = await client.query(`query ${name} { ${list(selection)} }`);
          // What is not readable on some files has no rows there.
          const codes = (errors ?? []).map(({ extensions }) => extensions.code);
          expect([selection, codes.filter((code) => code !== 'FORBIDDEN')]).toEqual([selection, []]);
        }
    await client.close();
    const written = async () =>
      world.server.db
        .select()
        .from(accessLog)
        .where(sql`starts_with(operation_name, ${`Cursor_${viewer}_${transport}_`}) and search is null`);
    const readsOf = (lines: Awaited<ReturnType<typeof written>>, name: string, field: string) =>
      lines
        .filter(({ operationName, fields }) => operationName === name && fields.includes(field))
        .flatMap(({ customerIds }) => customerIds)
        .sort();
    const expected = [...asked].map(([name, one]) => [name, expectedFiles(viewer, one)]);
    await expect
      .poll(
        async () => {
          const lines = await written();
          return [...asked].map(([name, { type, attribute }]) => [
            name,
            readsOf(lines, name, `${type}.${attribute.field}`),
          ]);
        },
        { timeout: 60_000 },
      )
      .toEqual(expected);
  },
);

test('a cursor of the list’s own order is one too', async () => {
  const { query } = world.server.as('MANAGER');
  await query('query OwnOrder { interactions(first: 200) { pageInfo { endCursor } } }');
  const read = () => world.server.db.select().from(accessLog).where(sql`operation_name = 'OwnOrder'`);
  const others = world.files.filter(({ viewer, relation }) => viewer !== 'MANAGER' || !isOwnBy(relation));
  await expect
    .poll(read, { timeout: 60_000 })
    .toMatchObject([{ fields: ['Interaction.occurredAt'], customerIds: { length: others.length } }]);
});

test('a cursor of a field that is in every list, or of nothing logged, has no entry', async () => {
  const { query } = world.server.as('MANAGER');
  await query('query Names { customers(first: 200, orderBy: [{ field: NAME }]) { edges { cursor } } }');
  await query('query Last { interactions(first: 1) { pageInfo { endCursor } } }');
  const read = (name: string) =>
    world.server.db.select().from(accessLog).where(sql`operation_name = ${name}`);
  await expect.poll(async () => (await read('Last')).length, { timeout: 60_000 }).toBe(1);
  expect(await read('Names')).toEqual([]);
  expect(policy.MANAGER.read.card).toBe('ALL');
});
