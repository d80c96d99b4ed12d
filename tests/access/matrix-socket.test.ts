import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import type { Result, SocketClient } from '../support/socket.ts';
import { type Asked, askedOf, casesOf, formsOf, listDocument, rowsMeeting } from './condition-form.ts';
import { listOf } from './document.ts';
import { expectNoLeak, send } from './expected-answer.ts';
import {
  connectViewers,
  type FileWorld,
  fileTypes,
  isRefused,
  modelOf,
  roleOf,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { searchTexts } from './sentinel.ts';

// What HTTP answers is proven by the matrices of filter, order and search: here, that the socket answers the same.

let world: FileWorld;
let sockets: Map<StaffName, SocketClient>;
beforeAll(async () => {
  world = await startFileWorld();
  sockets = connectViewers(world);
}, 60_000);
afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
  await world.server.close();
});

/** Root fields of one operation at most. */
const batchSize = 20;
const upperSnake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Asks over the socket alone, for what a matrix of HTTP expects by the policy page, as is expected here. */
async function askSocket(viewer: StaffName, query: string, variables?: Record<string, unknown>) {
  const text = JSON.stringify(await (sockets.get(viewer) as SocketClient).query(query, variables));
  expectNoLeak(world, viewer, text, query);
  return JSON.parse(text) as Result;
}

/** Asks over both, expects one answer, and returns what refuses it. */
async function askBoth(viewer: StaffName, query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await send(world, viewer, query, variables);
  const result = await (sockets.get(viewer) as SocketClient).query(query, variables);
  const told = JSON.stringify(result);
  expectNoLeak(world, viewer, told, query);
  // JSON knows no instances of errors.
  const { data: answer = null, errors: refusals = [] } = JSON.parse(told);
  expect({ answer, refusals }, query.slice(0, 300)).toEqual({ answer: data, refusals: errors });
  return { data, code: errors[0]?.extensions.code };
}

const refused = { data: null, code: 'FORBIDDEN' };

describe.each(viewers)('%s', (viewer) => {
  test.each(fileTypes)(
    'gets over the socket what HTTP answers to every filter by a field of %s',
    async (type) => {
      // How a filter may be turned is the same machinery on both: here it is each field, plainly and from above.
      const cases = casesOf(world, viewer, type).filter(
        ({ one, form }) => !one.isOfValue && /^(?:plain|.* (?:is|some))$/.test(form.name),
      );
      const isAllowed = ({ one, form }: (typeof cases)[number]) => !isRefused(viewer, [one, ...form.through]);
      const allowed = cases.filter(isAllowed);
      for (let from = 0; from < allowed.length; from += batchSize) {
        const batch = allowed.slice(from, from + batchSize);
        const { query, variables } = listDocument(batch.map(({ form }) => form));
        const { data, errors } = await askSocket(viewer, query, variables);
        expect(errors).toBeUndefined();
        for (const [i, { one, form }] of batch.entries()) {
          const found = data[`l${i}`].nodes.map(({ id }: { id: string }) => id).sort();
          const expected = rowsMeeting(world, viewer, one, form);
          expect(found, `${form.name}: ${JSON.stringify(form.filter)}`).toEqual(expected);
          expect([undefined, expected.length]).toContain(data[`l${i}`].totalCount);
        }
      }
      for (const { form } of cases.filter((one) => !isAllowed(one))) {
        const { query, variables } = listDocument([form]);
        expect(await askBoth(viewer, query, variables), form.name).toEqual(refused);
      }
    },
  );

  test('gets over the socket what HTTP answers to every order, and to a search', async () => {
    for (const type of fileTypes) {
      for (const attribute of modelOf(type).attributes.values()) {
        const { field, sortable } = attribute;
        if (!sortable) continue;
        const order = `orderBy: [{ field: ${upperSnake(field)}, direction: DESC }]`;
        const list = `{ ${listOf(type)}(first: 200, ${order}) { edges { cursor node { id } } } }`;
        const answer = await askBoth(viewer, list);
        if (isRefused(viewer, [attribute])) expect(answer, `${type}.${field}`).toEqual(refused);
        else expect(answer.code).toBeUndefined();
      }
    }
    const { sentinels } = world.files.find((file) => file.relation === 'FOREIGN') as WorldFile;
    const texts = [...sentinels.values()].flatMap(({ value }) => searchTexts(value));
    for (let from = 0; from < texts.length; from += batchSize) {
      const searches = texts
        .slice(from, from + batchSize)
        .map((text, i) => `s${i}: customers(search: "${text}") { totalCount nodes { id } }`);
      await askBoth(viewer, `{ ${searches.join(' ')} }`);
    }
  });

  test('opens no subscription on a segment whose rule asks what the role never reads', async () => {
    const rules = fileTypes
      .flatMap((type) => askedOf(type, world.files[0] as WorldFile))
      .filter((one: Asked) => !one.isOfValue && isRefused(viewer, [one]))
      .flatMap((asked) => formsOf(asked))
      .filter(({ listed, name }) => listed === 'Customer' && /^(?:plain|not|.* (?:some|none))$/.test(name));
    const ownerId = world.server.as('ADMIN').uuid;
    for (const { filter } of rules) {
      const values = { name: '规则', rule: filter as never, ownerId, shared: true };
      const [row] = await world.server.db.insert(segment).values(values).returning({ id: segment.id });
      for (const field of ['customerFileChanged', 'segmentMembershipChanged']) {
        const stream = (sockets.get(viewer) as SocketClient).subscribe(
          `subscription { ${field}(segmentId: "${encodeId('seg', row?.id as string)}") { cursor } }`,
        );
        const { data = null, errors } = await stream.next();
        expect([data, errors?.[0]?.extensions?.code], `${field} ${JSON.stringify(filter)}`).toEqual([
          null,
          'FORBIDDEN',
        ]);
        expect(await stream.ended).toBeUndefined();
      }
    }
    expect(rules.length > 0).toBe(Object.values(policy[roleOf(viewer)].read).includes('NONE'));
  });
});
