import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessClass, accessClasses, policy } from '../../src/core/access/policy.ts';
import type { Declared } from '../../src/core/access/row-predicates.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import { segment } from '../../src/domains/segment/segment.table.ts';
import type { StaffName } from '../support/server.ts';
import type { Result, SocketClient, Stream } from '../support/socket.ts';
import { inward } from './document.ts';
import { expectNoLeak } from './expected-answer.ts';
import {
  connectViewers,
  type FileType,
  type FileWorld,
  isRefused as isNeverRead,
  modelOf,
  reads,
  roleOf,
  seesFile,
  startFileWorld,
  viewers,
  type WorldFile,
} from './file-world.ts';

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

/** A field of each class that a rule can ask for, a value that makes a file a member, and another that does not. */
const asked: Record<AccessClass, { type: FileType; field: string; inside: string; outside: string }> = {
  card: { type: 'Customer', field: 'name', inside: '内圈精密机械有限公司', outside: '外圈精密机械有限公司' },
  basic: { type: 'Customer', field: 'industry', inside: '内圈', outside: '外圈' },
  contact: { type: 'Customer', field: 'address', inside: '内圈路1号', outside: '外圈路1号' },
  business: { type: 'Need', field: 'item', inside: '内圈设备', outside: '外圈设备' },
  credit: { type: 'Customer', field: 'creditLimit', inside: '77.00', outside: '88.00' },
  personal: { type: 'Contact', field: 'preferences', inside: '内圈茶', outside: '外圈茶' },
  special: { type: 'Contact', field: 'religion', inside: '内圈', outside: '外圈' },
};

const relationTo = (type: FileType) => inward('Customer').find(({ target }) => target().name === type);

/** Everything that the rule on a class's field asks: a row below the file is reached through its relation. */
const fieldsOf = (access: AccessClass): Declared[] => {
  const { type, field } = asked[access];
  const relation = relationTo(type);
  return [modelOf(type).attributes.get(field) as Attribute, ...(relation ? [relation] : [])];
};

const isRefused = (viewer: StaffName, access: AccessClass): boolean => isNeverRead(viewer, fieldsOf(access));

/** What the policy page says: whether the viewer may learn that a file is in a segment whose rule asks the class. */
const isTold = (viewer: StaffName, access: AccessClass, file: WorldFile): boolean =>
  seesFile(viewer, file) && fieldsOf(access).every((one) => reads(viewer, one, file));

async function saveSegment(access: AccessClass): Promise<string> {
  const { type, field, inside } = asked[access];
  const plain = { [field]: { eq: inside } };
  const relation = relationTo(type)?.field;
  const rule = relation ? { [relation]: { some: plain } } : plain;
  const { server } = world;
  const values = { name: `成员 ${access}`, rule, shared: true, ownerId: server.as('ADMIN').uuid };
  const [row] = await server.db.insert(segment).values(values).returning({ id: segment.id });
  return encodeId('seg', row?.id as string);
}

/** Writes the field of some files as any writer would, in one transaction. */
async function write(access: AccessClass, files: readonly WorldFile[], value: string): Promise<void> {
  const { type, field } = asked[access];
  const { tableName, attributes } = modelOf(type);
  const column = sql.identifier(attributes.get(field)?.column.name as string);
  const ids = `{${files.map(({ uuids }) => uuids[type]).join(',')}}`;
  await world.server.db.execute(
    sql`update ${sql.identifier(tableName)} set ${column} = ${value} where id = any(${ids}::uuid[])`,
  );
}

const subscription = `subscription ($segmentId: ID!, $after: String) {
  segmentMembershipChanged(segmentId: $segmentId, after: $after) {
    cursor type customerId customer { id name creditLimit address } cause { kind actor { id } changes { field oldValue newValue } }
  }
}`;

interface Following {
  viewer: StaffName;
  stream: Stream;
  /** A file that is told them, and changes last: whoever hears of it has heard of all before it. */
  last: WorldFile;
}

/** Opens a subscription for each viewer whom the page lets follow; the others are refused, and nothing opens. */
async function followAll(access: AccessClass, all: readonly StaffName[] = viewers): Promise<Following[]> {
  const segmentId = await saveSegment(access);
  const { data } = await world.server.as('MANAGER').query('{ customers(first: 1) { changesCursor } }');
  const variables = { segmentId, after: data.customers.changesCursor };
  const following: Following[] = [];
  for (const viewer of all) {
    const stream = (sockets.get(viewer) as SocketClient).subscribe(subscription, variables);
    const first = await stream.next();
    if (isRefused(viewer, access)) {
      expect([viewer, first.data ?? null, first.errors?.[0]?.extensions?.code]).toEqual([
        viewer,
        null,
        'FORBIDDEN',
      ]);
      expect(await stream.ended).toBeUndefined();
      continue;
    }
    expect([viewer, first.data?.segmentMembershipChanged.type]).toEqual([viewer, 'BULK_CHANGED']);
    const last = world.files.findLast((file) => isTold(viewer, access, file)) as WorldFile;
    following.push({ viewer, stream, last });
  }
  return following;
}

/** Changes the files, those that end the reading last, and gives what each follower is told. */
async function told(
  access: AccessClass,
  following: readonly Following[],
  files: readonly WorldFile[],
  value: string,
  lastValue = value,
): Promise<Map<StaffName, Result[]>> {
  const lasts = new Set(following.map(({ last }) => last));
  await write(
    access,
    files.filter((file) => !lasts.has(file)),
    value,
  );
  // One by one: the first of them may be the last of another.
  for (const last of lasts) await write(access, [last], lastValue);
  const results = new Map<StaffName, Result[]>();
  for (const { viewer, stream, last } of following) {
    const heard: Result[] = [];
    do heard.push(await stream.next());
    while (heard.at(-1)?.data?.segmentMembershipChanged.customerId !== last.ids.Customer);
    results.set(viewer, heard);
  }
  // Of the files that end somebody's reading, the later ones come after one's own.
  for (const { viewer, stream, last } of following) {
    const after = [...lasts]
      .slice([...lasts].indexOf(last) + 1)
      .filter((file) => isTold(viewer, access, file));
    for (const _ of after) results.get(viewer)?.push(await stream.next());
  }
  return results;
}

describe.each(accessClasses)('a segment whose rule reads a field of class %s', (access) => {
  test('reports to each role exactly the files on which they may read it, whichever way those came or went', async () => {
    const following = await followAll(access);
    for (const [value, type] of [
      [asked[access].inside, 'ENTERED'],
      [asked[access].outside, 'LEFT'],
    ] as const) {
      const results = await told(access, following, world.files, value);
      for (const { viewer } of following) {
        const heard = results.get(viewer) as Result[];
        for (const result of heard) expectNoLeak(world, viewer, JSON.stringify(result));
        const events = heard.map(({ data }) => data?.segmentMembershipChanged);
        expect(events.map((event) => event.type)).toEqual(events.map(() => type));
        expect(events.map((event) => event.customerId).sort(), viewer).toEqual(
          world.files
            .filter((file) => isTold(viewer, access, file))
            .map(({ ids }) => ids.Customer)
            .sort(),
        );
      }
    }
    for (const { stream } of following) stream.stop();
  });
});

/** Viewers who may follow such a segment, and may not read on every file what its rule asks. */
const readers = accessClasses.flatMap((access) =>
  viewers
    .filter((viewer) => !isRefused(viewer, access) && policy[roleOf(viewer)].read[access] !== 'ALL')
    .map((viewer) => [viewer, access] as const),
);

test.each(readers)(
  '%s receives the same whether a value of class %s that they may not read crosses the rule or not',
  async (viewer, access) => {
    const following = await followAll(access, [viewer]);
    const { inside, outside } = asked[access];
    const hidden = world.files.filter((file) => !isTold(viewer, access, file));
    const beside = access === 'credit' ? '99.00' : `${outside}二`;
    const readable = world.files.filter((file) => isTold(viewer, access, file));
    await write(access, readable, outside);
    const transcripts: string[] = [];
    for (const crossing of [inside, beside]) {
      const there = await told(access, following, hidden, crossing, inside);
      const back = await told(access, following, hidden, outside);
      transcripts.push(
        JSON.stringify([...there.values(), ...back.values()]).replace(/(?<="cursor":")[^"]+/g, 'c'),
      );
    }
    expect(transcripts[1] === transcripts[0] || transcripts).toBe(true);
    expect(following[0]?.stream.unread()).toEqual([]);
    for (const { stream } of following) stream.stop();
  },
);
