import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessRequest } from '../../src/domains/grant/access-request.table.ts';
import { connectSocket } from '../support/socket.ts';
import { flatSelection, listOf, nestedSelections } from './document.ts';
import { ask, describe, expectByPolicy, expectNoLeak, type RawAnswer } from './expected-answer.ts';
import {
  type FileWorld,
  fileTypes,
  seesFile,
  seesRow,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
});
afterAll(() => world.server.close());

const cases = viewers.flatMap((viewer) => fileTypes.map((type) => [viewer, type] as const));

test.each(cases)('%s reads of a list of %s rows exactly what the policy page says', async (viewer, type) => {
  const answer = await ask(
    world,
    viewer,
    `{ ${listOf(type)}(first: 200) { totalCount edges { cursor } nodes { ${flatSelection(type)} } } }`,
  );
  const seen = expectByPolicy(world, viewer, answer);
  const visible = world.files
    .filter((file) => seesRow(viewer, type, file))
    .map(({ index }) => `${type} ${index}`);
  expect([...seen].sort()).toEqual(visible.sort());
  expect(answer.data[listOf(type)].totalCount).toBe(visible.length);
});

test.each(cases)(
  '%s reads around %s rows, out of the file and back, exactly what the policy page says',
  async (viewer, type) => {
    for (const selection of nestedSelections(type)) {
      const answer = await ask(world, viewer, `{ ${listOf(type)}(first: 200) { nodes { ${selection} } } }`);
      expectByPolicy(world, viewer, answer);
    }
  },
);

test.each(viewers)(
  '%s reads over the socket, where answers are resolved and not written, exactly what the policy page says',
  async (viewer) => {
    const { socketUrl, as } = world.server;
    const socket = connectSocket(socketUrl, as(viewer).token);
    for (const type of fileTypes) {
      const list = (selection: string) => `{ ${listOf(type)}(first: 200) { nodes { ${selection} } } }`;
      for (const selection of [flatSelection(type), ...nestedSelections(type).slice(0, 1)]) {
        const result = await socket.query(list(selection));
        const text = JSON.stringify(result);
        expectNoLeak(world, viewer, text, selection);
        const { data, errors = [] } = JSON.parse(text) as Pick<RawAnswer, 'data' | 'errors'>;
        const seen = expectByPolicy(world, viewer, { text, data, errors, statements: 0 });
        const visible = world.files.filter((file) => seesRow(viewer, type, file));
        expect([...seen].filter((name) => name.startsWith(`${type} `))).toHaveLength(visible.length);
      }
    }
    await socket.close();
  },
);

test.each(viewers)(
  '%s reads of the tasks of an employee exactly what the policy page says',
  async (viewer) => {
    const { id } = world.server.as('ADMIN');
    for (const selection of [flatSelection('Task'), ...nestedSelections('Task')]) {
      const document = `query ($id: ID!) { node(id: $id) { ... on Employee { tasks(first: 200) { totalCount nodes { ${selection} } } } } }`;
      const answer = await ask(world, viewer, document, { id });
      const seen = expectByPolicy(world, viewer, answer);
      const visible = world.files.filter((file) => seesRow(viewer, 'Task', file));
      expect([...seen].filter((name) => name.startsWith('Task '))).toHaveLength(visible.length);
      expect(answer.data.node.tasks.totalCount).toBe(visible.length);
    }
  },
);

test.each(viewers)('%s reads by id exactly what the policy page says', async (viewer) => {
  for (const type of fileTypes) {
    const ids = world.files.map(({ ids }) => ids[type]);
    const byIds = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${type} { ${flatSelection(type)} } } }`;
    const several = await ask(world, viewer, byIds, { ids });
    expectByPolicy(world, viewer, several);
    expect(several.data.nodes.map((node: unknown) => node !== null)).toEqual(
      world.files.map((file) => seesRow(viewer, type, file)),
    );

    const one = world.files.map(({ ids }, i) => `n${i}: node(id: "${ids[type]}") { ...Fields }`);
    for (let from = 0; from < one.length; from += 20) {
      const document = `{ ${one.slice(from, from + 20).join(' ')} } fragment Fields on ${type} { ${flatSelection(type)} }`;
      expectByPolicy(world, viewer, await ask(world, viewer, document));
    }
  }
});

test.each(viewers)(
  '%s reads single files by id and by number exactly as the policy page says',
  async (viewer) => {
    const fragment = `fragment Fields on Customer { ${flatSelection('Customer')} }`;
    for (let from = 0; from < world.files.length; from += 10) {
      const files = world.files.slice(from, from + 10);
      const roots = files.flatMap(({ ids, sentinels }, i) => [
        `i${i}: customer(id: "${ids.Customer}") { ...Fields }`,
        `f${i}: customer(fileNumber: "${sentinels.get('Customer.fileNumber')?.value}") { ...Fields }`,
      ]);
      const answer = await ask(world, viewer, `{ ${roots.join(' ')} } ${fragment}`);
      expectByPolicy(world, viewer, answer);
      for (const [i, file] of files.entries()) {
        expect(answer.data[`i${i}`] !== null).toBe(seesFile(viewer, file));
        expect(answer.data[`f${i}`]).toEqual(answer.data[`i${i}`]);
      }
    }
  },
);

/** A request for every file, by whoever it was made for, so that all kinds are in everybody's list. */
async function enterRequests(): Promise<void> {
  const { db, as } = world.server;
  for (const { uuids, viewer } of world.files) {
    await db.insert(accessRequest).values({
      customerId: uuids.Customer,
      requesterId: as(viewer ?? 'SALES').uuid,
      classes: ['contact'],
      purpose: '核对',
      until: '2999-01-01T00:00:00Z',
      toldIds: [],
    });
  }
}

test('everybody reads of the files behind grants and requests exactly what the policy page says', async () => {
  await enterRequests();
  for (const viewer of viewers) {
    for (const list of ['accessGrants(first: 100)', 'accessRequests(first: 100)']) {
      const rows = `nodes { customerId customer { ${flatSelection('Customer')} } }`;
      const answer = await ask(world, viewer, `{ list: ${list} { ${rows} } }`);
      expectByPolicy(world, viewer, answer);
      const listed = answer.data.list.nodes as { customerId: string; customer: unknown }[];
      expect(listed.length, `${viewer} ${list}`).toBeGreaterThan(0);
      for (const { customerId, customer } of listed) {
        const file = world.fileOf.get(customerId) as WorldFile;
        expect(customer !== null, `${viewer} ${list} ${describe(file)}`).toBe(seesFile(viewer, file));
      }
    }
  }
});
