import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessClasses } from '../../src/core/access/policy.ts';
import type { Database } from '../../src/core/database/database.ts';
import { flatSelection, through } from '../access/document.ts';
import { type FileWorld, startFileWorld, type WorldFile } from '../access/file-world.ts';
import { subscriptionsStand } from '../support/gauges.ts';
import type { Answer, StaffName } from '../support/server.ts';
import { staffNames } from '../support/server.ts';
import { connectSocket, type Result, type SocketClient, type Stream } from '../support/socket.ts';

type Transaction = Pick<Database, 'execute'>;

let world: FileWorld;
let file: WorldFile;
const sockets: SocketClient[] = [];
beforeAll(async () => {
  world = await startFileWorld();
  file = world.files.at(-1) as WorldFile;
  // Two of one role read it with the same rights, and only one of them has a segment.
  await give('MANAGER');
  const { errors } = await world.server
    .as('SALES')
    .query('mutation($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
      input: { name: '我的客户', rule: { city: { isNull: false } } },
    });
  expect(errors).toBeUndefined();
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await world.server.close();
});

/** What is told alike, and at the end what is not: the viewer's own segments, and a filter that may name them. */
const selections = [
  `cursor type version entityId changes { field oldValue newValue } actor { id name } customer { ${flatSelection('Customer')}
    ${through('contacts', 'many', flatSelection('Contact'))} ${through('deals', 'many', flatSelection('Deal'))} }`,
  'cursor type customer { id unifiedSocialCreditCode segments { id } }',
  'cursor type customer { id contacts(filter: { name: { contains: "a" } }) { nodes { id phone } } }',
];

/** Gives every change so far its place in the log, so that who follows from now on hears of none of them. */
const settleLog = () => world.server.db.execute(sql`select sequence_events(1000000)`);

const follow = (name: StaffName, selection: string): Stream => {
  const socket = connectSocket(world.server.socketUrl, world.server.as(name).token);
  sockets.push(socket);
  return socket.subscribe(`subscription($id: ID) { customerFileChanged(customerId: $id) { ${selection} } }`, {
    id: file.ids.Customer,
  });
};

/** Everybody is lent these classes of the file, null for nothing; without an event, so that all followers wait. */
async function lend(classesOf: (name: StaffName) => readonly string[] | null): Promise<void> {
  await world.server.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(
      sql`update access_grant set ended_at = now() where customer_id = ${file.uuids.Customer} and ended_at is null`,
    );
    for (const name of staffNames) {
      const classes = classesOf(name);
      if (!classes) continue;
      await tx.execute(sql`
        insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at)
        values (${file.uuids.Customer}, ${world.server.as(name).uuid}, ${`{${classes.join(',')}}`}::text[], '核对', '同意书',
                now() + interval '1 day')`);
    }
  });
}

const give = (name: StaffName) =>
  world.server.db.execute(
    sql`update customer set owner_id = ${world.server.as(name).uuid}, city = ${String(Math.random())} where id = ${file.uuids.Customer}`,
  );

const changes: Record<string, () => Promise<unknown>> = {
  customer: () =>
    world.server.db.execute(
      sql`update customer set address = ${`人民路${Math.random()}号`}, city = '苏州市' where id = ${file.uuids.Customer}`,
    ),
  contact: () =>
    world.server.db.execute(
      sql`update contact set mobile = ${String(Math.random())} where id = ${file.uuids.Contact}`,
    ),
  deal: () =>
    world.server.db.execute(
      sql`update deal set title = ${String(Math.random())} where id = ${file.uuids.Deal}`,
    ),
  handover: () => give('SALES'),
  handoverBack: () => give('MANAGER'),
};

const refusalsOf = ({ errors = [] }: Pick<Answer, 'errors'>) =>
  errors
    .map(({ message, extensions }) => ({ message, extensions }))
    .sort((a, b) => (a.message < b.message ? -1 : 1));

test('what is delivered to many at once is, for each, what they read by themselves', async () => {
  await lend(() => accessClasses);
  // A filter on a name refuses the whole subscription of who reads none.
  const mayFollow = (name: StaffName, selection: string) =>
    name !== 'ANALYST' || !selection.includes('name:');
  const followers = selections.flatMap((selection) =>
    staffNames
      .filter((name) => mayFollow(name, selection))
      .flatMap((name) =>
        [name, name].map((who) => ({ name: who, selection, stream: follow(who, selection) })),
      ),
  );
  await subscriptionsStand(world.server, followers.length);
  const classes = fc.option(fc.subarray([...accessClasses]), { freq: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...staffNames.map(() => classes)),
      fc.constantFrom(...Object.keys(changes)),
      async (lent, change) => {
        await lend((name) => lent[staffNames.indexOf(name)] ?? null);
        const { data } = await world.server
          .as('ADMIN')
          .query('{ customerFileEvents { pageInfo { endCursor } } }');
        const after = data.customerFileEvents.pageInfo.endCursor;
        await changes[change]?.();
        await settleLog();
        let told = 0;
        for (const { name, selection, stream } of followers) {
          const alone = await world.server
            .as(name)
            .query(
              `query($id: ID, $after: String) { customerFileEvents(customerId: $id, after: $after, first: 1) { nodes { ${selection} } } }`,
              { id: file.ids.Customer, after },
            );
          const expected = alone.data?.customerFileEvents.nodes[0];
          // Whoever no longer sees the file is refused the page, and told no more than its end.
          if (!expected) continue;
          let result: Result;
          do result = await stream.next();
          while (result.data.customerFileChanged.cursor !== expected.cursor);
          expect(result.data.customerFileChanged, name).toEqual(expected);
          expect(refusalsOf(result as Answer), name).toEqual(refusalsOf(alone));
          told += 1;
        }
        expect(told).toBeGreaterThan(selections.length);
        for (const { stream } of followers)
          for (const { data: unread } of stream.unread())
            expect([null, file.ids.Customer]).toContain(unread.customerFileChanged.customer?.id ?? null);
      },
    ),
    {
      numRuns: 6,
      endOnFailure: true,
      examples: [[staffNames.map(() => [...accessClasses]), 'customer']] as never,
    },
  );
});

test('a change of a file costs two statements for all who watch it with the same rights', async () => {
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
  await settleLog();
  const streams = Array.from({ length: 8 }, () => follow('MANAGER', selections[0] as string));
  await subscriptionsStand(world.server, streams.length);
  // The first change to come brings what is still under way to its end.
  for (let change = 0; change < 2; change += 1) {
    world.server.statements.length = 0;
    await changes.deal?.();
    await Promise.all(streams.map((stream) => stream.next()));
  }
  const statements = world.server.statements.filter((text) => !text.includes('access_log'));
  expect(statements, statements.join('\n\n')).toHaveLength(2);
});

/** Makes a change, holds whoever reads it for delivery in the middle of that, and meanwhile makes another. */
async function withReadingHeld(
  change: (tx: Transaction) => Promise<unknown>,
  meanwhile: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  const { db } = world.server;
  const waiting = async (mode: 'AccessShareLock' | 'AccessExclusiveLock') => {
    for (;;) {
      const [row] = await db.execute(
        sql`select from pg_locks where relation = 'file_change'::regclass and mode = ${mode} and not granted`,
      );
      if (row) return;
    }
  };
  let holding: Promise<unknown> = Promise.resolve();
  await db.transaction(async (sequencing) => {
    // The server's sequencer comes after this one, which holds the history from here on.
    await sequencing.execute(sql`select from stream_head for update`);
    await db.transaction(change);
    await sequencing.execute(sql`select sequence_events(1000)`);
    holding = db.transaction(async (tx) => {
      await tx.execute(sql`lock table file_change in access exclusive mode`);
      await waiting('AccessShareLock');
      await meanwhile(tx);
    });
    // Next in line for the table, so that no reader comes before it.
    await waiting('AccessExclusiveLock');
  });
  await holding;
}

test.each([
  ['first', 'SALES_2', 'SALES'],
  ['last', 'SALES', 'SALES_2'],
] as const)(
  'who loses the file while it is read for many receives nothing, and the others do: when they came %s',
  async (_when, one, other) => {
    await Promise.all(sockets.splice(0).map((socket) => socket.close()));
    const { as } = world.server;
    await give('MANAGER');
    await lend((name) => (name === 'SALES' || name === 'SALES_2' ? accessClasses : null));
    await settleLog();
    const selection = 'type changes { field } customer { name }';
    const secret = `秘密${one}有限公司`;
    const streams = new Map<StaffName, Stream>();
    for (const name of [one, other]) {
      streams.set(name, follow(name, selection));
      await subscriptionsStand(world.server, streams.size);
    }
    const [keeps, loses] = [streams.get('SALES') as Stream, streams.get('SALES_2') as Stream];

    await withReadingHeld(
      (tx) => tx.execute(sql`update deal set title = ${String(Math.random())} where id = ${file.uuids.Deal}`),
      async (tx) => {
        // Both are judged, and what they selected is being read.
        await tx.execute(
          sql`update access_grant set ended_at = now() where customer_id = ${file.uuids.Customer} and grantee_id = ${as('SALES_2').uuid}`,
        );
        await tx.execute(sql`update customer set name = ${secret} where id = ${file.uuids.Customer}`);
      },
    );
    expect((await keeps.next()).data.customerFileChanged.customer.name).toBe(secret);
    expect((await loses.next()).data.customerFileChanged).toEqual({
      type: 'ACCESS_ENDED',
      changes: [],
      customer: null,
    });
    await keeps.next();
    expect(loses.unread()).toEqual([]);
  },
);
