import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessClass } from '../../src/core/access/policy.ts';
import { accessLog } from '../../src/features/access-log/access-log.table.ts';
import { connectViewers, type FileWorld, viewers, type WorldFile } from '../access/file-world.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import type { SocketClient } from '../support/socket.ts';
import { startPathsWorld } from './paths-world.ts';
import { divided, documentOf, drawing } from './random-selection.ts';
import {
  type Asking,
  askParts,
  expectSame,
  isTooMuch,
  outcomeOf,
  refusalOf,
  run,
} from './separate-queries.ts';

const schema = sharedSchema();
let world: FileWorld;
let sockets: Map<StaffName, SocketClient>;
let draw: ReturnType<typeof drawing>;

beforeAll(async () => {
  const started = await startPathsWorld();
  world = started.world;
  sockets = connectViewers(world);
  draw = drawing(schema, started.given);
});
afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
  await world.server.close();
});

const owned = 'first: 1, filter: { customer: { city: { isNull: false } } }';
const won = '{ deals(filter: { title: { eq: "设备WON" } }) { totalCount } }';
const lost = '{ deals(filter: { title: { eq: "设备LOST" } }) { totalCount } }';

test('one relation by two paths holds what each selects', async () => {
  for (const name of viewers) {
    const { data, errors } = await world.server
      .as(name)
      .query(
        `{ deals(${owned}) { nodes { customer { city creditLimit } } edges { node { customer { id } } } } }`,
      );
    const alone = await world.server
      .as(name)
      .query(`{ deals(${owned}) { nodes { customer { city creditLimit } } } }`);
    expect(data.deals.nodes, name).toEqual(alone.data.deals.nodes);
    const told = (from: typeof errors) => from?.map(({ path, extensions }) => [path, extensions]);
    expect(told(errors), name).toEqual(told(alone.errors));
    expect(data.deals.nodes[0].customer.city, name).toMatch(/./);
  }
});

test('one relation by two paths goes by the arguments of each', async () => {
  const ask = async (ways: string) =>
    (await world.server.as('ADMIN').query(`{ customers(first: 3) { ${ways} } }`)).data.customers;
  const [nodes, edges] = [`nodes ${won}`, `edges { node ${lost} }`];
  const both = await ask(`${nodes} ${edges}`);
  expect(both).toEqual({ ...(await ask(nodes)), ...(await ask(edges)) });
  expect(JSON.stringify(both.nodes)).not.toBe(
    JSON.stringify(both.edges.map(({ node }: { node: unknown }) => node)),
  );
});

test('a sales person selects one list under two aliases, each with its own arguments: none is refused, and no entry is false', async () => {
  const { server } = world;
  const lists = (ways: [string, string][]) =>
    ways.map(([alias, kept]) => `${alias}: customers(first: ${kept}`).join(' ');
  const few =
    '2, orderBy: [{ field: NAME, direction: ASC }]) { nodes { id address contacts(first: 1) { nodes { id phone } } } }';
  const more =
    '20, orderBy: [{ field: NAME, direction: DESC }]) { totalCount nodes { id creditLimit contacts(first: 3) { nodes { id mobile } } } }';
  const ask = (name: string, ...ways: [string, string][]) =>
    server.as('SALES').query(`query ${name} { ${lists(ways)} }`);
  const both = await ask('TwoAliases', ['a', few], ['b', more]);
  const [a, b] = [await ask('FirstAlias', ['a', few]), await ask('SecondAlias', ['b', more])];
  expect(both.data).toEqual({ ...a.data, ...b.data });
  const told = ({ errors }: typeof both) => (errors ?? []).map(({ path, extensions }) => [path, extensions]);
  expect(told(both)).toEqual([...told(a), ...told(b)]);
  // A field that some row withholds is null on that row, and said once.
  for (const [, { reason }] of told(both) as [unknown, { reason?: string }][])
    expect(reason).toBe('NOT_OWNER');

  const entries = async (names: string[]) => {
    const wanted = sql.join(
      names.map((name) => sql`${name}`),
      sql`, `,
    );
    const lines = await server.db.select().from(accessLog).where(sql`operation_name in (${wanted})`);
    const reads = lines.filter(({ kind }) => kind === 'READ');
    return reads.flatMap(({ customerIds, fields }) =>
      customerIds.flatMap((id) => fields.map((f) => `${id} ${f}`)),
    );
  };
  const marker = await server
    .as('MANAGER')
    .query('query AfterAliases { contacts(first: 1) { nodes { birthday } } }');
  expect(marker.errors).toBeUndefined();
  await expect.poll(async () => (await entries(['AfterAliases'])).length).toBeGreaterThan(0);
  const fieldsBy: Record<'a' | 'b', [AccessClass, string][]> = {
    a: [
      ['contact', 'Customer.address'],
      ['contact', 'Contact.phone'],
    ],
    b: [
      ['credit', 'Customer.creditLimit'],
      ['contact', 'Contact.mobile'],
    ],
  };
  const lent = (['a', 'b'] as const).flatMap((alias) =>
    both.data[alias].nodes.flatMap(({ id }: { id: string }) => {
      const { relation, uuids } = world.fileOf.get(id) as WorldFile;
      const granted = typeof relation === 'object' ? relation.granted : [];
      return fieldsBy[alias].flatMap(([access, field]) =>
        granted.includes(access) ? `${uuids.Customer} ${field}` : [],
      );
    }),
  );
  expect(lent.length).toBeGreaterThan(1);
  expect((await entries(['TwoAliases'])).sort()).toEqual(lent.sort());
});

test('edges that are only counted by their type are there', async () => {
  const { data } = await world.server.as('ADMIN').query('{ customers(first: 2) { edges { __typename } } }');
  expect(data.customers.edges).toHaveLength(2);
});

test('no alias takes the place of what is kept beside the fields of a row, or of what every object has', async () => {
  const own = world.files.find(({ viewer, relation }) => viewer === 'SALES' && relation === 'OWN');
  const odd = 'contact: contacts(first: 1) { nodes { id } } constructor: industry toString: tags { id }';
  const { data, errors } = await world.server
    .as('SALES')
    .query(`{ customer(id: "${own?.ids.Customer}") { ${odd} address } }`);
  expect(errors).toBeUndefined();
  expect(data.customer).toMatchObject({ address: expect.any(String), constructor: expect.any(String) });
});

/** One selection of Query, divided at random. */
const drawn = fc.gen().map((g) => {
  const fields = draw.fieldsOf(g, 'Query', 4);
  const fragments: string[] = [];
  return { fields, asked: documentOf('query', divided(g, 'Query', fields, fragments), fragments) };
});
const names = fc.shuffledSubarray([...viewers], { minLength: 2, maxLength: 3 });
const as = (name: StaffName): Asking => ({ schema, world, name });

/** More with RUNS=500, say: a bug is looked for as long as one likes. */
const numRuns = Number(process.env.RUNS ?? 12);
const bounds = { numRuns, interruptAfterTimeLimit: numRuns * 6_000, endOnFailure: numRuns <= 20 };
const patience = numRuns * 10_000 + 60_000;

test(
  'rows selected by several paths are read for all of them: written, resolved, and by graphql’s own executor',
  async () => {
    const property = fc.asyncProperty(drawn, names, async ({ fields, asked }, who) => {
      expect(validate(schema, parse(asked.query)), asked.query).toEqual([]);
      for (const name of who) {
        const parts = await askParts(as(name), fields);
        for (const way of ['bytes', 'resolved', 'graphql'] as const)
          expectSame(await run(as(name), asked, way), parts, `${name} ${way}: ${asked.query}`);
      }
    });
    await fc.assert(property, bounds);
  },
  patience,
);

test(
  'over HTTP and the socket too',
  async () => {
    const property = fc.asyncProperty(drawn, names, async ({ fields, asked: { query, variables } }, who) => {
      for (const name of who) {
        const parts = await askParts(as(name), fields);
        const overHttp = await world.server.as(name).query(query, variables);
        const stream = (sockets.get(name) as SocketClient).subscribe(query, variables);
        const overSocket = await Promise.race([stream.next(), refusalOf(stream)]);
        for (const answer of [overHttp, overSocket]) {
          if (isTooMuch(answer)) continue;
          const found = outcomeOf(JSON.parse(JSON.stringify(answer)));
          expectSame(found, parts, `${name}: ${query}`, false);
        }
      }
    });
    await fc.assert(property, bounds);
  },
  patience,
);
