import { eq, sql } from 'drizzle-orm';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { accessGrant } from '../../src/domains/grant/access-grant.table.ts';
import type { StaffName, TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient, type Stream } from '../support/socket.ts';
import type { Told } from './promise-model.ts';

const subscription = `subscription($after: String) {
  customerFileChanged(after: $after) { cursor type customerId version customer { id } changes { field } }
}`;

interface Follower {
  cursor: string;
  socket: SocketClient | null;
  stream: Stream | null;
  told: Told[];
  /** A file of their own that only marks how far they have read. It is archived, so that they can be disabled. */
  marker: string;
}

/** The real thing beside the model: files in the database, and one follower for each name. */
export interface Stage {
  files: string[];
  followers: Map<StaffName, Follower>;
  grants: Map<string, string>;
  connect: (name: StaffName) => void;
  drop: (name: StaffName) => Promise<void>;
  /** Waits until every connected follower has been told everything that is committed. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
}

export async function openStage(server: TestServer, owners: StaffName[], names: StaffName[]): Promise<Stage> {
  const newFile = async (owner: StaffName, archivedAt: string | null): Promise<string> => {
    const [row] = await server.db
      .insert(customer)
      .values({ name: '东方机械有限公司', ownerId: server.as(owner).uuid, archivedAt })
      .returning();
    return row!.id;
  };
  const files: string[] = [];
  for (const owner of owners) files.push(await newFile(owner, null));
  const markers = new Map<StaffName, string>();
  for (const name of names) markers.set(name, await newFile(name, new Date().toISOString()));
  await sequence(server);
  const beginning = (await server.as('MANAGER').query('{ customerFileEvents { pageInfo { endCursor } } }'))
    .data.customerFileEvents.pageInfo.endCursor;

  const followers = new Map<StaffName, Follower>(
    names.map((name) => [
      name,
      { cursor: beginning, socket: null, stream: null, told: [], marker: markers.get(name)! },
    ]),
  );
  const connect = (name: StaffName) => {
    const follower = followers.get(name)!;
    follower.socket = connectSocket(server.socketUrl, server.as(name).token);
    follower.stream = follower.socket.subscribe(subscription, { after: follower.cursor });
  };
  const drop = async (name: StaffName) => {
    const follower = followers.get(name)!;
    await follower.socket?.close();
    follower.socket = null;
    follower.stream = null;
  };
  const fileNumbers = new Map(files.map((id, number) => [encodeId('cus', id), number]));
  /** Takes events until the marker's own. */
  const readUpToMarker = async (follower: Follower) => {
    for (;;) {
      const { data, errors } = await follower.stream!.next();
      if (errors) throw new Error(`A follower was refused: ${JSON.stringify(errors)}`);
      const event = data.customerFileChanged;
      follower.cursor = event.cursor;
      if (event.customerId === encodeId('cus', follower.marker)) return;
      const file = event.customerId === null ? null : fileNumbers.get(event.customerId);
      if (file === undefined)
        throw new Error(`A follower was told of a file that is not theirs: ${event.type}`);
      if (event.type === 'ACCESS_ENDED' && (event.customer || event.changes.length > 0))
        throw new Error('ACCESS_ENDED tells something.');
      follower.told.push({ type: event.type, file, version: event.version });
    }
  };
  const settle = async () => {
    const connected = [...followers.values()].filter(({ stream }) => stream !== null);
    if (connected.length === 0) return;
    const ids = sql.join(
      connected.map(({ marker }) => sql`${marker}::uuid`),
      sql`, `,
    );
    await server.db.execute(sql`update customer set city = gen_random_uuid()::text where id in (${ids})`);
    await sequence(server);
    await Promise.all(connected.map(readUpToMarker));
  };
  for (const name of names) connect(name);
  return {
    files,
    followers,
    grants: new Map(),
    connect,
    drop,
    settle,
    close: async () => {
      for (const name of names) await drop(name);
      await server.db.update(employee).set({ disabledAt: null });
      await server.db.update(accessGrant).set({ endedAt: sql`now()` }).where(sql`ended_at is null`);
      for (const id of files)
        await server.db.update(customer).set({ archivedAt: sql`now()` }).where(eq(customer.id, id));
    },
  };
}

/** Now rather than at the next tick. */
const sequence = (server: TestServer) => server.db.execute(sql`select sequence_events(5000)`);
