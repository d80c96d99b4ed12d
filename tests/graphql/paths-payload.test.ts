import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { type GraphQLObjectType, type GraphQLOutputType, getNamedType, parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelNamed } from '../../src/core/model/registry.ts';
import { connectViewers, type FileWorld, type WorldFile } from '../access/file-world.ts';
import { mutationCases, rememberFile } from '../access/mutation-case.ts';
import { sharedSchema } from '../support/schema.ts';
import type { StaffName } from '../support/server.ts';
import type { SocketClient } from '../support/socket.ts';
import { startPathsWorld } from './paths-world.ts';
import { type Draw, type DrawnField, divided, documentOf, drawing } from './random-selection.ts';
import { askParts, isTooMuch, outcomeOf, refusalOf } from './separate-queries.ts';

const schema = sharedSchema();
let world: FileWorld;
let sockets: Map<StaffName, SocketClient>;
let draw: ReturnType<typeof drawing>;

beforeAll(async () => {
  const started = await startPathsWorld();
  world = started.world;
  sockets = connectViewers(world);
  draw = drawing(schema, {
    ...started.given,
    // What has just been written is not yet in its place there.
    'Customer.history': [],
    'Segment.definitionHistory': [],
  });
});
afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
  await world.server.close();
});

const typeNamed = (type: GraphQLOutputType | undefined): string => String(getNamedType(type));

const ownFile = (name: StaffName) =>
  world.files.find(({ viewer, relation }) => viewer === name && relation === 'OWN') as WorldFile;

/** Rows that a type shows, each under several keys, so that they are selected by as many paths. */
function drawRows(g: Draw, typeName: string): DrawnField[] {
  const type = schema.getType(typeName) as GraphQLObjectType;
  const rows = Object.values(type.getFields()).filter(({ type: target }) =>
    modelNamed(getNamedType(target).name),
  );
  return rows.flatMap(({ name, type: target }) =>
    ['', 'a', 'b'].slice(0, g(fc.integer, { min: 1, max: 3 })).map((key): DrawnField => {
      const below = getNamedType(target).name;
      const id = { key: 'itsId', name: 'id', args: '', on: null, below: null };
      const fields = draw.fieldsOf(g, below, 2, new Set(['itsId']));
      return {
        key: `${key}${name}`,
        name,
        args: '',
        on: null,
        below: { type: below, fields: [id, ...fields] },
      };
    }),
  );
}

/** Compares rows of a payload or event with each part asked alone, by id. */
async function expectAsAlone(
  name: StaffName,
  fields: DrawnField[],
  answer: object,
  what: string,
): Promise<void> {
  const { data, withheld, errors } = outcomeOf(JSON.parse(JSON.stringify(answer)));
  type Rows = Record<string, { itsId: string } | null>;
  const [rootKey, root] = Object.entries(data as Record<string, Rows>)[0] as [string, Rows];
  const names = new Set<string>();
  const expected = new Set<string>();
  for (const field of fields) {
    const found = root[field.key];
    if (!field.below || !found) continue;
    const { type } = field.below;
    const alone = await askParts(
      { schema, world, name },
      field.below.fields,
      (text) => `node(id: "${found.itsId}") { ... on ${type} { ${text} } }`,
    );
    expect({ node: found }, what).toEqual(alone.data);
    for (const message of alone.withheld.keys()) names.add(message);
    for (const error of alone.errors)
      expected.add(error.replace('["node"', `[${JSON.stringify(rootKey)},${JSON.stringify(field.key)}`));
  }
  expect([...withheld.keys()].sort(), what).toEqual([...names].sort());
  expect([...errors].sort(), what).toEqual([...expected].sort());
}

const writers = ['ADMIN', 'SALES'] as const;
const cases = Object.keys(mutationCases).flatMap((mutation) =>
  writers.map((name) => [mutation, name] as const),
);

test.each(cases)(
  'rows of the payload of %s, by whatever paths, are what %s reads of each alone',
  async (mutation, name) => {
    const { input } = mutationCases[mutation] as (typeof mutationCases)[string];
    const file = ownFile(name);
    const payload = schema.getMutationType()?.getFields()[mutation]?.type;

    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const restore = await rememberFile(world, file);
        try {
          const fields = drawRows(g, typeNamed(payload));
          const fragments: string[] = [];
          const below = divided(g, typeNamed(payload), fields, fragments);
          const call = `${mutation}(input: { ${await input({ world, viewer: name, file })} })`;
          const asked = documentOf('mutation', `${call} { ${below} }`, fragments);
          expect(validate(schema, parse(asked.query)), asked.query).toEqual([]);
          const answer = await world.server.as(name).query(asked.query, asked.variables);
          if (name === 'ADMIN' && !isTooMuch(answer)) expect(answer.data, asked.query).toBeTruthy();
          if (answer.data) await expectAsAlone(name, fields, answer, `${name}: ${asked.query}`);
        } finally {
          await restore();
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 3), endOnFailure: true },
    );
  },
);

const followed = Object.values(schema.getSubscriptionType()?.getFields() ?? {}).filter(({ name }) =>
  ['customerFileChanged'].includes(name),
);

test.each(followed.map(({ name }) => name))(
  'rows of an event of %s, by whatever paths, are what a follower reads of each alone',
  async (subscription) => {
    const { type } = schema.getSubscriptionType()?.getFields()[subscription] ?? {};

    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.constantFrom(...writers), async (g, name) => {
        const fields = drawRows(g, typeNamed(type));
        const fragments: string[] = [];
        const below = divided(g, typeNamed(type), fields, fragments);
        const file = ownFile(name);
        const socket = sockets.get(name) as SocketClient;
        const { data } = await socket.query('{ customerFileEvents { pageInfo { endCursor } } }');
        const from = `customerId: "${file.ids.Customer}", after: "${data.customerFileEvents.pageInfo.endCursor}"`;
        const asked = documentOf('subscription', `${subscription}(${from}) { ${below} }`, fragments);
        const stream = socket.subscribe(asked.query, asked.variables);
        await world.server.db.execute(
          sql`update customer set industry = ${`机械${Math.random()}`} where id = ${file.uuids.Customer}`,
        );
        const answer = await Promise.race([stream.next(), refusalOf(stream)]);
        stream.stop();
        if (!isTooMuch(answer)) await expectAsAlone(name, fields, answer, `${name}: ${asked.query}`);
      }),
      { numRuns: Number(process.env.RUNS ?? 5), endOnFailure: true },
    );
  },
);
