import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { connect } from '../../src/core/database/database.ts';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { startThrowawayServer } from '../support/throwaway-server.ts';
import { type Company, foundCompany } from './company.ts';
import { type Instance, startInstance } from './instance.ts';
import { openRoad, type Road } from './unreliable-road.ts';
import { compare, type Witness, watch } from './witness.ts';
import { startWriter } from './writer.ts';

export interface OrdealOptions {
  instances: number;
  owners: number;
  filesPerOwner: number;
  /** Times all faults happen, one after the other. */
  rounds: number;
  /** Between one fault and the next. */
  calmMs: number;
  /** Between two writes of one writer. */
  writePauseMs: number;
  tell?: (line: string) => void;
}

export interface OrdealReport {
  clients: number;
  faults: number;
  events: number;
  lost: number;
  duplicated: number;
  outOfOrder: number;
  reloads: number;
  acknowledged: number;
  retries: number;
  /** Acknowledged writes that are not in the database exactly once. */
  notAppliedOnce: number;
  /** Changes that the history does not tell exactly once. */
  notInHistoryOnce: number;
  /** From the last write to the last client having everything. */
  caughtUpMs: number;
}

/** How long clients may take at the end before it is called a loss. */
const patienceMs = 30_000;

/** Runs real instances on a real PostgreSQL through every fault, and compares what clients processed with the database. */
export async function runOrdeal(options: OrdealOptions): Promise<OrdealReport> {
  const database = await startThrowawayServer({ isCrashSafe: true });
  const closing: (() => Promise<unknown>)[] = [database.stop];
  try {
    const admin = postgres(database.adminUrl, { max: 1, onnotice: () => {} });
    await admin.unsafe('create database ordeal');
    await admin.unsafe('create database bystander');
    await admin.end();
    const url = addressOf(database.adminUrl, 'ordeal');
    await migrateDatabase(url);
    const { db, client, close } = connect({ url, poolSize: 3 });
    closing.unshift(close);
    const company = await foundCompany(db, { owners: options.owners, files: options.filesPerOwner });
    await drained(client);

    const stage = await openStage(url, company, options.instances);
    closing.unshift(stage.close);
    const cursors = await Promise.all(
      company.owners.map(async (owner) => beginning(stage.apiUrl, await owner.token())),
    );
    const before = await lastVersions(client);
    const witnesses = company.owners.map((owner, index) =>
      watch(owner, stage.apiUrl.replace('http', 'ws'), cursors[index]!, 1_000),
    );
    closing.unshift(() => Promise.all(witnesses.map(({ feed }) => feed.stop())));
    const writers = company.owners.map((owner, index) =>
      startWriter(owner, stage.apiUrl, `w${index}`, options.writePauseMs),
    );

    let faults = 0;
    for (let round = 0; round < options.rounds; round += 1) {
      for (const [name, happen] of Object.entries(faultsOf(stage, database, url, company))) {
        options.tell?.(`${name} …`);
        await happen(round);
        faults += 1;
        await pause(options.calmMs);
      }
    }
    await Promise.all(writers.map((writer) => writer.stop()));

    const endedAtMs = performance.now();
    const happened = await versionsSince(client, before);
    const isComplete = () =>
      witnesses.every((witness) => compare(witness, happenedTo(witness, happened)).lost === 0);
    while (!isComplete() && performance.now() - endedAtMs < patienceMs) await pause(20);
    const lastAtMs = Math.max(endedAtMs, ...witnesses.map(({ applied }) => applied.at(-1)?.atMs ?? 0));

    const differences = witnesses.map((witness) => compare(witness, happenedTo(witness, happened)));
    const total = (pick: (one: (typeof differences)[number]) => number) =>
      differences.reduce((sum, one) => sum + pick(one), 0);
    const marks = await client<{ name: string; times: number }[]>`
      select name, count(*)::int as times from contact group by name`;
    const times = new Map(marks.map((mark) => [mark.name, mark.times]));
    const acknowledged = writers.flatMap((writer) => writer.acknowledged);
    return {
      clients: witnesses.length,
      faults,
      events: total(({ expected }) => expected),
      lost: total(({ lost }) => lost),
      duplicated: total(({ duplicated }) => duplicated),
      outOfOrder: total(({ outOfOrder }) => outOfOrder),
      reloads: witnesses.reduce((sum, { reloads }) => sum + reloads(), 0),
      acknowledged: acknowledged.length,
      retries: writers.reduce((sum, { retries }) => sum + retries(), 0),
      notAppliedOnce: acknowledged.filter((mark) => times.get(mark) !== 1).length,
      notInHistoryOnce: await notInHistoryOnce(client, happened),
      caughtUpMs: Math.round(lastAtMs - endedAtMs),
    };
  } finally {
    for (const stop of closing) await stop().catch(() => {});
  }
}

/** Instances, each with a road of its own to the database, behind one road for the clients. */
interface Stage {
  apiUrl: string;
  clients: Road;
  toDatabase: Road[];
  /** Puts a new instance in the place of one. */
  replace: (place: number, how: 'kill' | 'stop') => Promise<void>;
  close: () => Promise<void>;
}

async function openStage(url: string, { signingKey }: Company, count: number): Promise<Stage> {
  const databasePort = Number(new URL(url).port);
  const toDatabase = await Promise.all(Array.from({ length: count }, () => openRoad(() => [databasePort])));
  const start = (place: number): Promise<Instance> => {
    const address = new URL(url);
    address.port = String(toDatabase[place]!.port);
    return startInstance({ DATABASE_URL: address.href, TOKEN_SIGNING_KEY: signingKey });
  };
  const instances: (Instance | undefined)[] = [];
  for (let place = 0; place < count; place += 1) instances.push(await start(place));
  const clients = await openRoad(() => instances.flatMap((instance) => instance?.port ?? []));
  return {
    apiUrl: `http://127.0.0.1:${clients.port}/graphql`,
    clients,
    toDatabase,
    replace: async (place, how) => {
      const old = instances[place];
      instances[place] = undefined;
      await old?.[how]();
      instances[place] = await start(place);
    },
    close: async () => {
      await Promise.all(instances.map((instance) => instance?.kill()));
      await Promise.all([clients, ...toDatabase].map((road) => road.close()));
    },
  };
}

type Fault = (round: number) => Promise<unknown>;

function faultsOf(
  stage: Stage,
  database: { adminUrl: string; crash: () => Promise<void> },
  url: string,
  { owners }: Company,
): Record<string, Fault> {
  const count = stage.toDatabase.length;
  return {
    'every client loses its connection': async () => stage.clients.cut(),
    'an instance is killed': (round) => stage.replace(round % count, 'kill'),
    'a writer holds its transaction open for 5 s while others commit': () =>
      holdOpen(url, owners[0]!.files[0]!.uuid),
    'every client’s connection goes silent': async () => stage.clients.swallow(),
    'the database restarts at once': () => database.crash(),
    'the listening connections go silent': async () => {
      for (const road of stage.toDatabase) road.swallow('listen "event_log"');
    },
    'a session idles in a transaction of another database': () => idleInTransaction(database.adminUrl),
    'the instances are replaced one by one': async () => {
      for (let place = 0; place < count; place += 1) await stage.replace(place, 'stop');
    },
  };
}

/** Its change is numbered before those that commit while it waits, and told after them. */
async function holdOpen(url: string, fileId: string): Promise<void> {
  const writer = postgres(url, { max: 1, onnotice: () => {} });
  await writer.begin(async (tx) => {
    await tx`insert into contact (customer_id, name) values (${fileId}, 'slow writer')`;
    await pause(5_000);
  });
  await writer.end();
}

/** Left open on purpose: it lasts until the database restarts or everything ends. */
async function idleInTransaction(adminUrl: string): Promise<void> {
  const idler = postgres(addressOf(adminUrl, 'bystander'), { max: 1, onnotice: () => {} });
  const reserved = await idler.reserve();
  await reserved.unsafe('begin; create table idle (one int); insert into idle values (1)');
  setTimeout(() => void idler.end({ timeout: 0 }).catch(() => {}), 3_000).unref();
}

const addressOf = (url: string, name: string): string => {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
};

/** Arranging is over when it has its place in the log; nobody is there yet to put it there. */
async function drained(client: postgres.Sql): Promise<void> {
  while (((await client`select sequence_events(5000) as moved`)[0]?.moved as number) > 0);
}

async function beginning(apiUrl: string, token: string): Promise<string> {
  const response = await fetch(apiUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      authorization: `Bearer ${token}`,
      connection: 'close',
    },
    body: JSON.stringify({ query: '{ customers(first: 1) { changesCursor } }' }),
  });
  const { data } = (await response.json()) as { data: { customers: { changesCursor: string } } };
  return data.customers.changesCursor;
}

type Versions = Map<string, number[]>;

/** From the files, not from the log that is on trial nor from the history, which goes the same way: each change raises it by one. */
async function lastVersions(client: postgres.Sql): Promise<Map<string, number>> {
  const rows = await client<{ id: string; version: number }[]>`select id, version from customer`;
  return new Map(rows.map(({ id, version }) => [id, version]));
}

async function versionsSince(client: postgres.Sql, before: Map<string, number>): Promise<Versions> {
  const versions: Versions = new Map();
  for (const [id, last] of await lastVersions(client)) {
    const first = (before.get(id) ?? 0) + 1;
    versions.set(
      id,
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
  }
  return versions;
}

/** Changes that the history does not tell, or tells twice. */
async function notInHistoryOnce(client: postgres.Sql, happened: Versions): Promise<number> {
  const rows = await client<{ id: string; version: number }[]>`
    select customer_id as id, version from file_history group by 1, 2
    having count(*) = count(distinct coalesce(field, ''))`;
  const told = new Set(rows.map(({ id, version }) => `${id} ${version}`));
  return [...happened].flatMap(([id, versions]) =>
    versions.filter((version) => !told.has(`${id} ${version}`)),
  ).length;
}

const happenedTo = ({ owner }: Witness, happened: Versions): Versions =>
  new Map(owner.files.map(({ uuid }) => [encodeId('cus', uuid), happened.get(uuid) ?? []]));
