import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { strictlyLoggedClasses } from '../../src/core/access/policy.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';
import { flatSelection } from './document.ts';
import { type FileWorld, fields, startFileWorld, type WorldFile } from './file-world.ts';
import { codesIn, fieldLimit } from './sentinel.ts';

let world: FileWorld;
const sockets = new Map<StaffName, SocketClient>();
/** They read what is personal on every file, and what is special where a grant names it. */
const readers: StaffName[] = ['MANAGER', 'CUSTOMER_SERVICE'];
beforeAll(async () => {
  world = await startFileWorld();
  await world.server.db.execute(sql`select sequence_events(1000000)`);
  const { socketUrl, as } = world.server;
  for (const name of readers) sockets.set(name, connectSocket(socketUrl, as(name).token));
});
afterAll(async () => {
  for (const socket of sockets.values()) await socket.close();
  await world.server.close();
});

const contact = flatSelection('Contact');
const changes = 'nodes { changes { field oldValue newValue } }';
const lentTo = (viewer: StaffName): WorldFile =>
  world.files.find(
    (file) =>
      file.viewer === viewer &&
      typeof file.relation === 'object' &&
      file.relation.granted.includes('special'),
  ) as WorldFile;

/** Every way on which fields of a contact are told, to a file that is a colleague's. */
const ways: Record<string, (file: WorldFile) => string> = {
  list: () => `{ contacts(first: 100) { nodes { ${contact} } } }`,
  'nested list': () => `{ customers(first: 50) { nodes { contacts(first: 2) { nodes { ${contact} } } } } }`,
  node: ({ ids }) => `{ node(id: "${ids.Contact}") { ... on Contact { ${contact} } } }`,
  nodes: ({ ids }) => `{ nodes(ids: ["${ids.Contact}"]) { ... on Contact { ${contact} } } }`,
  file: ({ ids }) =>
    `{ customer(id: "${ids.Customer}") { interactions(first: 1) { nodes { contact { ${contact} } } } } }`,
  history: ({ ids }) =>
    `{ customer(id: "${ids.Customer}") { history(first: 200) { nodes { field oldValue newValue } } } }`,
  'polled events': ({ ids }) =>
    `{ customerFileEvents(customerId: "${ids.Customer}", after: "${world.beginning}", first: 100) { ${changes} } }`,
  'files of events': ({ ids }) =>
    `{ customerFileEvents(customerId: "${ids.Customer}", after: "${world.beginning}", first: 100) { nodes { customer { contacts(first: 1) { nodes { ${contact} } } } } } }`,
  grants: () =>
    `{ accessGrants(first: 100) { nodes { customer { contacts(first: 2) { nodes { ${contact} } } } } } }`,
};

/** Fields of strictly logged classes whose values are in a text. */
const strictFieldsIn = (text: string): string[] => {
  const all = fields();
  const told = [...codesIn(text)].flatMap((code) => all[code % fieldLimit] ?? []);
  return told
    .filter(({ attribute }) => strictlyLoggedClasses.includes(attribute.access as never))
    .map(({ type, attribute }) => `${type}.${attribute.field}`);
};

const whileUnlogged = async (work: () => Promise<void>): Promise<void> => {
  const { db } = world.server;
  await db.execute(sql`alter table access_log add constraint broken check (false) not valid`);
  try {
    await work();
  } finally {
    await db.execute(sql`alter table access_log drop constraint broken`);
  }
};

const overHttp = async (viewer: StaffName, document: string): Promise<string> =>
  JSON.stringify(await world.server.as(viewer).query(document));
const overSocket = async (viewer: StaffName, document: string): Promise<string> =>
  JSON.stringify(await (sockets.get(viewer) as SocketClient).query(document));

const cases = readers.flatMap((viewer) =>
  Object.keys(ways).flatMap((way) =>
    [overHttp, overSocket].map((ask) => [viewer, way, ask.name, ask] as const),
  ),
);

test.each(cases)(
  '%s reads nothing personal or special by %s, %s, that cannot be logged',
  async (viewer, way, _, ask) => {
    const document = ways[way]?.(lentTo(viewer)) as string;
    await whileUnlogged(async () => {
      const text = await ask(viewer, document);
      expect(strictFieldsIn(text)).toEqual([]);
      expect(text).toContain('INTERNAL_SERVER_ERROR');
    });
    expect(strictFieldsIn(await ask(viewer, document))).not.toEqual([]);
  },
);

test('a write’s payload shows nothing personal that cannot be logged, and the write stands', async () => {
  const file = lentTo('MANAGER');
  const update = async () => {
    const { data } = await world.server
      .as('ADMIN')
      .query(`{ node(id: "${file.ids.Contact}") { ... on Contact { version } } }`);
    const input = `id: "${file.ids.Contact}", expectedVersion: ${data.node.version}, department: "采购部${data.node.version}"`;
    const text = await overHttp(
      'MANAGER',
      `mutation { updateContact(input: { ${input} }) { contact { ${contact} } } }`,
    );
    return { text, department: `采购部${data.node.version}` };
  };
  await whileUnlogged(async () => {
    const { text, department } = await update();
    expect(strictFieldsIn(text)).toEqual([]);
    expect(text).toContain('INTERNAL_SERVER_ERROR');
    expect(text).toContain(department);
  });
  expect(strictFieldsIn((await update()).text)).not.toEqual([]);
});

test.each([
  ['its changes', 'changes { field oldValue newValue }'],
  ['its file', `customer { contacts(first: 1) { nodes { ${contact} } } }`],
])('an event delivered by %s shows nothing personal that cannot be logged', async (_, selection) => {
  const file = lentTo('MANAGER');
  const events = async () => {
    const stream = (sockets.get('MANAGER') as SocketClient).subscribe(
      `subscription { customerFileChanged(customerId: "${file.ids.Customer}", after: "${world.beginning}") { type ${selection} } }`,
    );
    const heard: string[] = [];
    do heard.push(JSON.stringify(await stream.next()));
    while (!heard.at(-1)?.includes('"DEAL_'));
    stream.stop();
    return heard.join('\n');
  };
  await whileUnlogged(async () => {
    const text = await events();
    expect(strictFieldsIn(text)).toEqual([]);
    expect(text).toContain('INTERNAL_SERVER_ERROR');
  });
  const text = await events();
  expect(strictFieldsIn(text)).not.toEqual([]);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
});
