import { sql } from 'drizzle-orm';
import {
  type ASTNode,
  type GraphQLOutputType,
  getNamedType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAs } from '../../src/core/database/database.ts';
import { encodeId, uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { sharedSchema } from '../support/schema.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';
import { operationsAs, selectionOf, sentBy, textFieldsOf, unexpected, wordsOf } from './pseudonym-crawl.ts';
import {
  changeWords,
  openToAnalysts,
  type PseudonymWorld,
  startPseudonymWorld,
  wordIn,
  wordsIn,
} from './pseudonym-world.ts';

const schema = sharedSchema();
let world: PseudonymWorld;
let socket: SocketClient;
/** What is about the analyst: a request and a grant of theirs, and segments they own in which others had a hand. */
let own: { request: string; grant: string; segments: Record<string, string> };
const purpose = '我的用途';
/** A manager's segment that the file leaves by a city. */
let followed: string;

beforeAll(async () => {
  world = await startPseudonymWorld();
  const { db, as, socketUrl } = world.server;
  socket = connectSocket(socketUrl, as('ANALYST').token);
  followed = await saved('MANAGER', { name: wordIn('Segment', 'name'), rule: { city: { ne: '无锡' } } });
  const customer = uuidOf(world.ids.Customer as string);
  const [grant] = await db.execute<{ id: string }>(sql`
    insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at)
    values (${customer}, ${as('ANALYST').uuid}, '{special}', ${purpose}, ${wordIn('AccessGrant', 'consentReference')}, now() + interval '1 day')
    returning id`);
  const [request] = await db.execute<{ id: string }>(sql`
    insert into access_request (customer_id, requester_id, classes, purpose, until, told_ids, decision, decided_at, decision_reason, grant_id)
    values (${customer}, ${as('ANALYST').uuid}, '{special}', ${purpose}, now() + interval '1 day', '{}', 'DECLINED', now(),
            ${wordIn('AccessRequest', 'decisionReason')}, ${grant?.id})
    returning id`);
  own = {
    grant: encodeId('grant', grant?.id as string),
    request: encodeId('req', request?.id as string),
    segments: {
      'received before they became an analyst': await saved('MANAGER', {
        name: wordIn('Segment', 'name'),
        description: wordIn('Segment', 'description'),
        rule: { industry: { ne: wordIn('Segment', 'rule') } },
      }),
      'renamed by an administrator': await edited({ name: wordIn('Segment', 'name') }),
      'described by an administrator': await edited({ description: wordIn('Segment', 'description') }),
      'given another rule by an administrator': await edited({
        rule: { industry: { ne: wordIn('Segment', 'rule') } },
      }),
    },
  };
  const received = own.segments['received before they became an analyst'] as string;
  await db.execute(sql`update segment set owner_id = ${as('ANALYST').uuid} where id = ${uuidOf(received)}`);
});
afterAll(async () => {
  await socket.close();
  await world.server.close();
});

async function saved(who: 'ANALYST' | 'MANAGER', given: object): Promise<string> {
  const input = { name: '我的', shared: true, rule: { stage: { eq: 'POTENTIAL' } }, ...given };
  const document =
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }';
  const { data } = await world.server.as(who).query(document, { input });
  return data.createSegment.segment.id;
}

/** An analyst's own segment that an administrator changed. */
async function edited(change: object): Promise<string> {
  const id = await saved('ANALYST', {});
  const input = { id, expectedVersion: 1, ...change };
  const document =
    'mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }';
  const { errors } = await world.server.as('ADMIN').query(document, { input });
  expect(errors).toBeUndefined();
  return id;
}

let sent = 0;
/** A socket takes 100 messages a second, and a crawl is quicker. */
const overSocket = async (query: string): Promise<string> => {
  sent += 1;
  if (sent % 80 === 0) {
    await socket.close();
    const { as, socketUrl } = world.server;
    socket = connectSocket(socketUrl, as('ANALYST').token);
  }
  return JSON.stringify(await socket.query(query));
};
const ways = { HTTP: (query: string) => sentBy(world, 'ANALYST')(query), 'the socket': overSocket };

test.each(Object.entries(ways))(
  'an analyst reads over %s what they wrote of their requests and grants, and not what others answered',
  async (_way, send) => {
    const { request, grant } = own;
    const asked = 'purpose decisionReason grant { purpose consentReference }';
    const granted = 'purpose consentReference';
    for (const document of [
      `{ node(id: "${request}") { ... on AccessRequest { ${asked} } } }`,
      `{ nodes(ids: ["${request}", "${grant}"]) { ... on AccessRequest { ${asked} } ... on AccessGrant { ${granted} } } }`,
      `{ accessRequests { nodes { id ${asked} } } }`,
      `{ accessGrants { edges { node { id ${granted} } } } }`,
    ]) {
      const text = await send(document);
      expect([...wordsIn(text)], document).toEqual([]);
      expect(text, document).toContain(purpose);
      const fields = JSON.parse(text).errors.map((error: { extensions: object }) => error.extensions);
      expect(fields, document).toContainEqual(
        expect.objectContaining({ code: 'FORBIDDEN', field: 'AccessGrant.consentReference', reason: 'ROLE' }),
      );
    }
  },
);

test.each(Object.entries(ways))(
  'an analyst reads over %s nothing of a segment of theirs that somebody else had a hand in',
  async (_way, send) => {
    const texts = 'name description rule ruleText(locale: EN)';
    for (const [what, id] of Object.entries(own.segments)) {
      const text = await send(
        `{ segment(id: "${id}") { ${texts} definitionHistory { oldName newName oldRule newRule } explain(customerId: "${world.ids.Customer}") { clauses { rule text value } } size } }`,
      );
      expect([...wordsIn(text)], what).toEqual([]);
      const { segment } = JSON.parse(text).data;
      expect(segment, what).toMatchObject({ name: null, description: null, rule: null, ruleText: null });
      expect(segment.size, what).toEqual(expect.any(Number));
    }
    const found = await send('{ segments(search: "znm", first: 100) { totalCount } }');
    expect(JSON.parse(found).data.segments.totalCount).toBe(0);
  },
);

test('an administrator reads all of it', async () => {
  const { segments, request, grant } = own;
  const ids = [request, grant, ...Object.values(segments)].map((id) => `"${id}"`).join();
  const words = await wordsOf(
    [
      `{ nodes(ids: [${ids}]) { ... on AccessRequest { decisionReason } ... on AccessGrant { consentReference } ... on Segment { name description rule } } }`,
    ],
    sentBy(world, 'ADMIN'),
  );
  expect(words.size).toBe(5);
});

test('an error names to an analyst no segment of theirs that somebody else had a hand in', async () => {
  const id = own.segments['renamed by an administrator'] as string;
  const used = await saved('ANALYST', { name: '被用' });
  const rule = { inSegment: used };
  await world.server.db.execute(
    sql`update segment set rule = ${JSON.stringify(rule)}::text::jsonb where id = ${uuidOf(id)}`,
  );
  const { errors } = await world.server
    .as('ANALYST')
    .query(`mutation { deleteSegment(input: { id: "${used}", expectedVersion: 1 }) { __typename } }`);
  const { name, id: analyst } = world.server.as('ANALYST') as unknown as Record<string, string>;
  expect(errors?.[0]?.extensions.usedBy).toEqual([{ id, owner: { id: analyst, name: name ?? 'ANALYST' } }]);
  expect([...wordsIn(JSON.stringify(errors))]).toEqual([]);
});

test('an analyst who crawls over the socket reads no text that can name somebody', async () => {
  const operations = operationsAs(world, schema, 'ANALYST', openToAnalysts('Query'));
  expect([...(await wordsOf(operations, overSocket))]).toEqual([]);
}, 240_000);

/** One of each subscription, with all that two objects below an event say. */
const subscriptions = (): Record<string, string> => {
  const given = { customerId: `"${world.ids.Customer}"`, from: '"2026-01-01"', to: '"2026-01-02"' };
  const args: Record<string, string> = {
    accessRequestChanged: '',
    customerExportChanged: '(exportId: "EXPORT")',
    customerFileChanged: `(customerId: "${world.ids.Customer}")`,
    segmentMembershipChanged: `(segmentId: "${followed}", after: "${world.beginning}")`,
  };
  return Object.fromEntries(
    Object.entries(args).map(([name, arg]) => {
      const type = getNamedType(schema.getSubscriptionType()?.getFields()[name]?.type as never);
      if (!isObjectType(type)) throw new Error(name);
      return [name, `subscription { ${name}${arg} { ${selectionOf(type, 2, given)} } }`];
    }),
  );
};

test('an analyst reads no text that can name somebody in the event of any subscription', async () => {
  expect(Object.keys(subscriptions()).sort()).toEqual(openToAnalysts('Subscription').sort());
  const { as, db } = world.server;
  const { data } = await as('ANALYST').query(
    'mutation { exportCustomers(input: { columns: [FILE_NUMBER], format: CSV, purpose: "核对" }) { export { id } } }',
  );
  const streams = Object.entries(subscriptions()).map(([name, text]) => ({
    name,
    stream: socket.subscribe(text.replace('EXPORT', data.exportCustomers.export.id)),
  }));
  // From a cursor of before, so that the first event says that the members are kept from here on.
  const began = await streams.find(({ name }) => name === 'segmentMembershipChanged')?.stream.next();
  expect(began?.data?.segmentMembershipChanged.type).toBe('BULK_CHANGED');
  // Its answer proves that the others were received.
  await socket.query('{ viewer { id } }');
  await writeAs(db, { actorId: as('MANAGER').uuid, source: 'API', requestId: null }, async (tx) => {
    await changeWords(tx, '丙');
    await tx.execute(
      sql`update customer set city = '无锡' where id = ${uuidOf(world.ids.Customer as string)}`,
    );
    await tx.execute(
      sql`update access_request set decision = 'DECLINED', decided_at = now(), decision_reason = ${wordIn('AccessRequest', 'decisionReason')} || '丁' where decision is null`,
    );
    await tx.execute(sql`insert into access_request (customer_id, requester_id, classes, purpose, until, told_ids)
      values (${uuidOf(world.ids.Customer as string)}, ${as('SALES_2').uuid}, '{contact}', ${wordIn('AccessRequest', 'purpose')}, now() + interval '1 day', ${`{${as('ANALYST').uuid}}`}::uuid[])`);
  });
  for (const { name, stream } of streams) {
    const text = JSON.stringify(await stream.next());
    expect(text, name).not.toMatch(unexpected);
    expect(JSON.parse(text).data?.[name], `${name} ${text}`).toBeTruthy();
    expect([...wordsIn(text)], name).toEqual([]);
    stream.stop();
  }
});

test('the crawl and the subscriptions select every text that an analyst can come to', () => {
  const selected = new Set<string>();
  const documents = [
    ...operationsAs(world, schema, 'ANALYST', openToAnalysts('Query')),
    ...Object.values(subscriptions()),
  ];
  for (const document of documents) {
    const typeInfo = new TypeInfo(schema);
    const enter = (node: ASTNode) => {
      if (node.kind === Kind.FIELD) selected.add(`${typeInfo.getParentType()?.name}.${node.name.value}`);
    };
    visit(parse(document), visitWithTypeInfo(typeInfo, { enter }));
  }
  const reachable = new Set<string>();
  const reach = (name: string) => {
    const type = schema.getType(name);
    if (!isObjectType(type) || reachable.has(name)) return;
    reachable.add(name);
    for (const field of Object.values(type.getFields())) reach(getNamedType(field.type).name);
  };
  for (const root of ['Query', 'Subscription'] as const)
    for (const name of openToAnalysts(root)) reach(getNamedType(fieldType(root, name)).name);
  const missing = textFieldsOf(schema)
    .filter(({ name }) => reachable.has(name.split('.')[0] as string) && !selected.has(name))
    .map(({ name }) => name);
  expect(missing).toEqual([]);
});

const fieldType = (root: 'Query' | 'Subscription', name: string) =>
  (root === 'Query' ? schema.getQueryType() : schema.getSubscriptionType())?.getFields()[name]
    ?.type as GraphQLOutputType;
