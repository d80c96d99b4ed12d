import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { StaffName } from '../support/server.ts';
import { connectSocket, type Result } from '../support/socket.ts';
import { flatSelection } from './document.ts';
import { ask, describe as described, expectByPolicy, expectNoLeak } from './expected-answer.ts';
import {
  type FileType,
  type FileWorld,
  fileTypes,
  filledFields,
  modelOf,
  nameOf,
  reads,
  seesFile,
  seesRow,
  startFileWorld,
  unfilled,
  viewers,
  type WorldFile,
} from './file-world.ts';
import { historyText, sqlOf } from './sentinel.ts';

let world: FileWorld;
beforeAll(async () => {
  world = await startFileWorld();
  await world.server.db.execute(sql`select sequence_events(1000000)`);
});
afterAll(() => world.server.close());

interface Told {
  type: string;
  entityId: string | null;
  changes: { field: string; oldValue: unknown; newValue: unknown }[];
}
const told = `type entityId changes { field oldValue newValue } customer { ${'__typename id'} }`;

const isTold = (viewer: StaffName, file: WorldFile) => file.viewer === viewer || file.relation === 'FOREIGN';

/** Kept by the database, so no line of the history has them. */
const unrecorded = new Set(['id', 'version', 'updatedAt', 'lastInteractionAt']);

/** Values of the others are not kept, so that no line of the history has them. */
const isVersioned = ({ history }: Attribute): boolean => history === 'VERSIONED';

/** The fields of a row that the policy page opens to the viewer and that have a value. */
const readableFields = (viewer: StaffName, type: FileType, file: WorldFile): string[] =>
  filledFields(type, file)
    .filter(
      ({ attribute }) =>
        !unrecorded.has(attribute.field) && isVersioned(attribute) && reads(viewer, attribute, file),
    )
    .map(({ attribute }) => attribute.field)
    .sort();

/** Of these fields those of the type whose values the history keeps. */
const versionedOf = (type: FileType, names: string[] | undefined): string[] | undefined =>
  names?.filter((name) => modelOf(type).attributes.get(name)?.history === 'VERSIONED');

/** What the events that entered a file's rows may tell, and what they must. */
function expectEntries(viewer: StaffName, file: WorldFile, events: Told[]): void {
  for (const type of fileTypes) {
    const { changes } = events.find(({ entityId }) => entityId === file.ids[type]) ?? {};
    if (!seesRow(viewer, type, file)) {
      expect(changes, `${viewer} is told of the ${type} of ${described(file)}`).toBeUndefined();
      continue;
    }
    const attributes = changes
      ?.map(({ field }) => field)
      .filter((field) => modelOf(type).attributes.has(field) && !unfilled[`${type}.${field}`]);
    expect(attributes?.sort(), `${type} of ${described(file)}`).toEqual(readableFields(viewer, type, file));
  }
}

/** A page of a file's history, from a cursor on. */
const historyAfter = (cursor: string | null): string =>
  `history(first: 200, after: ${JSON.stringify(cursor)}) { totalCount pageInfo { hasNextPage endCursor } nodes { entityType entityId field oldValue newValue } }`;

describe.each(viewers)('%s', (viewer) => {
  test('receives from past events, polled, exactly what the policy page lets them read now', async () => {
    for (const file of world.files.filter((candidate) => isTold(viewer, candidate))) {
      const { data, errors, text } = await ask(
        world,
        viewer,
        `{ customerFileEvents(customerId: "${file.ids.Customer}", after: "${world.beginning}", first: 100) { nodes { ${told} customer { ${flatSelection('Customer')} } } } }`,
      );
      if (!seesFile(viewer, file)) {
        expect([data, errors[0]?.extensions.code]).toEqual([null, 'NOT_FOUND']);
        continue;
      }
      expectByPolicy(world, viewer, { data, errors, text, statements: 0 });
      expectEntries(viewer, file, data.customerFileEvents.nodes);
    }
  });

  test('receives exactly as much from a socket that resumes from the beginning, and from live events', async () => {
    const { socketUrl, as } = world.server;
    const socket = connectSocket(socketUrl, as(viewer).token);
    for (const file of world.files.filter(
      (candidate) => candidate.viewer === viewer && seesFile(viewer, candidate),
    )) {
      const stream = socket.subscribe(
        `subscription { customerFileChanged(customerId: "${file.ids.Customer}", after: "${world.beginning}") { ${told} customer { ${flatSelection('Customer')} } } }`,
      );
      await refill(file);
      const results: Result[] = [];
      const isLast = (result: Result) => result.data?.customerFileChanged.type === 'CONTACT_CHANGED';
      do results.push(await stream.next());
      while (!isLast(results.at(-1) as Result));
      stream.stop();
      for (const result of results) expectNoLeak(world, viewer, JSON.stringify(result));
      expectEntries(
        viewer,
        file,
        results.slice(0, fileTypes.length).map((result) => result.data?.customerFileChanged),
      );
    }
    await socket.close();
  });

  test('reads of the history, and of the file as it stood, exactly what the policy page lets them read now', async () => {
    for (const file of world.files.filter((candidate) => isTold(viewer, candidate))) {
      const standing = flatSelection('Customer').replace(/ (?:lastInteractionAt|updatedAt|version)\b/g, '');
      const { data, errors, text } = await ask(
        world,
        viewer,
        `{ past: customer(id: "${file.ids.Customer}", asOf: "${new Date().toISOString()}") { ${standing} }
           customer(id: "${file.ids.Customer}") { id ${historyAfter(null)} } }`,
      );
      if (!seesFile(viewer, file)) {
        expect(data).toEqual({ past: null, customer: null });
        continue;
      }
      expectByPolicy(world, viewer, { data: data.past, errors, text, statements: 0 });
      const { nodes, pageInfo } = data.customer.history;
      const lines: { entityType: string; entityId: string; field: string }[] = nodes;
      if (pageInfo.hasNextPage) {
        const rest = await ask(
          world,
          viewer,
          `{ customer(id: "${file.ids.Customer}") { ${historyAfter(pageInfo.endCursor)} } }`,
        );
        lines.push(...rest.data.customer.history.nodes);
      }
      expect(data.customer.history.totalCount).toBe(lines.length);
      for (const type of fileTypes) {
        const fields = new Set(
          versionedOf(
            type,
            lines
              .filter(({ entityId, field }) => entityId === file.ids[type] && !unfilled[`${type}.${field}`])
              .map(({ field }) => field),
          ),
        );
        const expected = seesRow(viewer, type, file) ? readableFields(viewer, type, file) : [];
        expect([...fields].sort(), `${type} of ${described(file)}`).toEqual(expected);
      }
    }
  });

  test('finds no line of the history by a value they may not read', async () => {
    const asked = new Set<string>();
    for (const file of world.files.filter(
      (candidate) => isTold(viewer, candidate) && seesFile(viewer, candidate),
    )) {
      const searched = fileTypes.flatMap((type) =>
        filledFields(type, file)
          .filter(({ attribute, sentinel }) => sentinel.code !== null && isVersioned(attribute))
          .filter(({ attribute: { kind } }) => kind === 'text' || kind === 'json')
          .map(({ attribute, sentinel }) => ({
            name: nameOf(type, attribute),
            rights: `${type} ${attribute.access} ${attribute.text}`,
            isRead: seesRow(viewer, type, file) && reads(viewer, attribute, file),
            value: historyText(sentinel.value),
          }))
          // Every field where it can be read and where it cannot; of every file one field of each class.
          .filter(({ name, rights, isRead }) => {
            const keys = [`${name} ${isRead}`, `${file.index} ${rights}`];
            const isNew = keys.some((key) => !asked.has(key));
            for (const key of keys) asked.add(key);
            return isNew;
          }),
      );
      for (let from = 0; from < searched.length; from += 20) {
        const batch = searched.slice(from, from + 20);
        const roots = batch.map(
          ({ value }, i) => `h${i}: history(newValue: ${JSON.stringify(value)}) { totalCount }`,
        );
        const { data } = await ask(
          world,
          viewer,
          `{ customer(id: "${file.ids.Customer}") { ${roots.join(' ')} } }`,
        );
        for (const [i, { isRead }] of batch.entries())
          expect(data.customer[`h${i}`].totalCount > 0).toBe(isRead);
      }
    }
  });
});

/** Empties every field that can be empty without a trace, then fills it again as any writer would: events of all fields. */
async function refill(file: WorldFile): Promise<void> {
  const { db } = world.server;
  for (const type of [...fileTypes].reverse()) {
    if (type === 'Contact') continue;
    await refillRow(file, type);
  }
  // Last, and by a field everybody reads who sees the file: the test knows by it that all have come.
  await refillRow(file, 'Contact');
  await db.execute(sql`select sequence_events(1000000)`);
}

async function refillRow(file: WorldFile, type: FileType): Promise<void> {
  const { tableName } = modelOf(type);
  const table = sql.identifier(tableName);
  const fields = filledFields(type, file).filter(
    ({ attribute }) =>
      !attribute.column.notNull &&
      !['lastInteractionAt', 'contractAmount', 'effectiveOn'].includes(attribute.field),
  );
  const set = (isFilled: boolean) =>
    sql.join(
      fields.map(({ attribute, sentinel }) => {
        const value = sqlOf(attribute, isFilled ? sentinel.value : null);
        return sql`${sql.identifier(attribute.column.name)} = ${value}`;
      }),
      sql`, `,
    );
  await world.server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`update ${table} set ${set(false)} where id = ${file.uuids[type]}`);
    await tx.execute(sql`set local session_replication_role = origin`);
    await tx.execute(sql`update ${table} set ${set(true)} where id = ${file.uuids[type]}`);
  });
}

test('an event carries ids of nothing that the viewer may not know of', async () => {
  const file = world.files.find(
    ({ viewer, relation }) =>
      viewer === 'SALES' && typeof relation === 'object' && relation.granted.length === 0,
  ) as WorldFile;
  const { text } = await ask(
    world,
    'SALES',
    `{ customerFileEvents(customerId: "${file.ids.Customer}", after: "${world.beginning}", first: 200) { nodes { type entityId changes { field } } } }`,
  );
  const unread = fileTypes.filter((type) => !seesRow('SALES', type, file));
  expect(unread.length).toBeGreaterThanOrEqual(3);
  for (const type of unread) {
    expect(text).not.toContain(encodeId(modelOf(type).prefix, file.uuids[type] as string));
    expect(text).not.toContain(type.toUpperCase());
  }
});
