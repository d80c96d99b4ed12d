import { type FieldNode, type OperationDefinitionNode, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policy } from '../../src/core/access/policy.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import type { Result, SocketClient } from '../support/socket.ts';
import {
  type Asked,
  askedOf,
  batchesOf,
  casesOf,
  formsOf,
  listDocument,
  rowsMeeting,
} from './condition-form.ts';
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
});
afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
  await world.server.close();
});

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
  return { data, errors };
}

/** Expects both to refuse every root field of an operation for what the viewer's role never reads. */
async function expectBothRefuse(viewer: StaffName, query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await askBoth(viewer, query, variables);
  const { selectionSet } = parse(query).definitions[0] as OperationDefinitionNode;
  const names = selectionSet.selections.map((field) => (field as FieldNode).alias?.value);
  expect(data).toBeNull();
  expect(errors.map(({ path, extensions: { code } }) => ({ path, code }))).toEqual(
    names.map((name) => ({ path: [name], code: 'FORBIDDEN' })),
  );
}

/**
 * One form of each field, the forms in turn. That each field is compiled in each form is proven by the matrix of filters;
 * here, that the socket compiles as HTTP does.
 */
function inTurn<Case extends { one: Asked }>(cases: readonly Case[]): Case[] {
  const byField = new Map<string, Case[]>();
  for (const each of cases) byField.set(each.one.field, [...(byField.get(each.one.field) ?? []), each]);
  return [...byField.values()].map((forms, i) => forms[i % forms.length] as Case);
}

describe.each(viewers)('%s', (viewer) => {
  test.each(fileTypes)(
    'gets over the socket what HTTP answers to every filter by a field of %s',
    async (type) => {
      const cases = inTurn(
        casesOf(world, viewer, type).filter(
          ({ one, form }) => !one.isOfValue && /^(?:plain|.* (?:is|some))$/.test(form.name),
        ),
      );
      const isAllowed = ({ one, form }: (typeof cases)[number]) => !isRefused(viewer, [one, ...form.through]);
      for (const batch of batchesOf(cases.filter(isAllowed))) {
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
      for (const batch of batchesOf(cases.filter((one) => !isAllowed(one)))) {
        const { query, variables } = listDocument(batch.map(({ form }) => form));
        await expectBothRefuse(viewer, query, variables);
      }
    },
  );

  test('gets over the socket what HTTP answers to every order, and to a search', async () => {
    const orders = fileTypes.flatMap((type) =>
      [...modelOf(type).attributes.values()]
        .filter(({ sortable, computed }) => sortable && !computed)
        .map((attribute) => ({ type, attribute, isNever: isRefused(viewer, [attribute]) })),
    );
    const listsBy = (batch: typeof orders) =>
      `{ ${batch.map(({ type, attribute }, i) => `o${i}: ${listOf(type)}(first: 200, orderBy: [{ field: ${upperSnake(attribute.field)}, direction: DESC }]) { edges { cursor node { id } } }`).join(' ')} }`;
    for (const batch of batchesOf(orders.filter(({ isNever }) => !isNever)))
      expect((await askBoth(viewer, listsBy(batch))).errors).toEqual([]);
    for (const batch of batchesOf(orders.filter(({ isNever }) => isNever)))
      await expectBothRefuse(viewer, listsBy(batch));
    const { sentinels } = world.files.find((file) => file.relation === 'FOREIGN') as WorldFile;
    // One way to write each value, and each value by one of the viewers: what a search finds of it is proven over HTTP, for
    // every viewer.
    const texts = [...sentinels.values()]
      .flatMap(({ value }) => searchTexts(value).slice(0, 1))
      .filter((_, i) => i % viewers.length === viewers.indexOf(viewer));
    for (const batch of batchesOf(texts)) {
      const searches = batch.map(
        (text, i) => `s${i}: customers(search: "${text}") { totalCount nodes { id } }`,
      );
      await askBoth(viewer, `{ ${searches.join(' ')} }`);
    }
  });

  test('opens no subscription on a segment whose rule reads what the role never reads', async () => {
    const rules = fileTypes
      .flatMap((type) => askedOf(type, world.files[0] as WorldFile))
      .filter((one: Asked) => !one.isOfValue && isRefused(viewer, [one]))
      .flatMap((one, i) => {
        const forms = formsOf(one).filter(
          ({ listed, name }) => listed === 'Customer' && /^(?:plain|not|.* (?:some|none))$/.test(name),
        );
        return forms.slice(i % 2, (i % 2) + 1);
      });
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
