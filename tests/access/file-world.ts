import { sql } from 'drizzle-orm';
import type { Config } from '../../src/config/config.ts';
import {
  type AccessClass,
  accessClasses,
  type FieldAccess,
  policy,
  type Reach,
} from '../../src/core/access/policy.ts';
import type { Role } from '../../src/core/access/role.ts';
import type { Declared } from '../../src/core/access/row-predicates.ts';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { fileModels, modelNamed, partModels } from '../../src/core/model/registry.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { createSeededDatabase } from '../support/seeded-database.ts';
import { enterStaff, type StaffName, startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket, type SocketClient } from '../support/socket.ts';
import { type Sentinel, sentinelOf, sqlOf } from './sentinel.ts';

/** Names of the types whose rows are in a customer file: the file and all its parts. */
export const fileTypes: readonly string[] = fileModels().map(({ name }) => name);
export type FileType = string;

export const modelOf = (type: FileType): Model => modelNamed(type) as Model;

/** Who looks: one employee of each role. SALES_2 is the stranger who owns what nobody else does. */
export const viewers: readonly StaffName[] = Object.keys(policy) as Role[];

/** What a file is to the viewer it was made for. */
export type Relation =
  | 'OWN'
  | 'CO_OWN'
  | 'DELEGATED'
  | 'FOREIGN'
  | 'EXPIRED'
  | 'RECALLED'
  | { granted: readonly AccessClass[] };

/** Whether a file is the viewer's own to work on, as its owner, beside them or in their place. */
export const isOwnBy = (relation: Relation): boolean =>
  relation === 'OWN' || relation === 'CO_OWN' || relation === 'DELEGATED';

interface IdsByType {
  Customer: string;
  [part: FileType]: string;
}

/** One customer file with one row of each other type, every field filled. */
export interface WorldFile {
  index: number;
  viewer: StaffName | null;
  relation: Relation;
  /** UUID. */
  owner: string;
  ids: IdsByType;
  uuids: IdsByType;
  sentinels: Map<string, Sentinel>;
}

export interface FileWorld {
  server: TestServer;
  files: WorldFile[];
  /** Cursor of the log before the first file was entered. */
  beginning: string;
  /** By TypeID of any of its rows. */
  fileOf: Map<string, WorldFile>;
}

/** Attributes without a sentinel, and why. */
export const unfilled: Readonly<Record<string, string>> = {
  'Customer.archivedAt': 'no list shows an archived file',
  'Customer.lostAs': 'a trigger keeps it, of lost files alone',
  ...Object.fromEntries(fileTypes.map((type) => [`${type}.version`, 'triggers keep it'])),
};

export const nameOf = (type: FileType, attribute: Pick<Attribute, 'field'>): string =>
  `${type}.${attribute.field}`;

/**
 * Every attribute of every file type, in a fixed order: its place is part of its sentinels. What is computed for each reader
 * holds no value of its own: tests/completeness.
 */
export const fields = (): { type: FileType; attribute: Attribute }[] =>
  fileTypes.flatMap((type) =>
    [...modelOf(type).attributes.values()]
      .filter(({ computed }) => !computed)
      .map((attribute) => ({ type, attribute })),
  );

/** A file of each relation for who reaches a class by ownership; for the rest a class is granted or not. */
const relationsOf = (viewer: StaffName): Relation[] => {
  const grantable = accessClasses.filter((access) => access !== 'card' && access !== 'basic');
  if (Object.values(policy[roleOf(viewer)].read).includes('OWN')) {
    const single = grantable.map((access) => ({ granted: [access] }));
    return ['OWN', 'CO_OWN', 'DELEGATED', { granted: [] }, ...single, 'EXPIRED', 'RECALLED'];
  }
  const without = grantable.filter((access) => access !== 'special');
  return ['OWN', 'CO_OWN', 'DELEGATED', { granted: ['special'] }, { granted: without }, 'EXPIRED'];
};

/** What is entered: for each viewer an own file, a co-owned one, one whose owner is away, one per grantable class, ended grants; and a stranger's. */
const planned = (): { viewer: StaffName | null; relation: Relation }[] => [
  ...viewers.flatMap((viewer) => relationsOf(viewer).map((relation) => ({ viewer, relation }))),
  { viewer: null, relation: 'FOREIGN' },
];

/** The files of the matrix, entered once in a run of the suite: entering them takes longer than many a test. */
export async function startFileWorld(config: Partial<Config> = {}): Promise<FileWorld> {
  const server = await startTestServer({
    config,
    database: await createSeededDatabase('files', enterFiles),
    hasStaff: true,
    socketBounds: { messagesPerSecond: 100_000 },
  });
  const files = await filesIn(server.db);
  const fileOf = new Map(files.flatMap((file) => Object.values(file.ids).map((id) => [id, file] as const)));
  return { server, files, beginning: await server.beginning(), fileOf };
}

async function enterFiles(db: Database): Promise<void> {
  await enterStaff(db);
  const staff = await db.select({ id: employee.id, name: employee.name }).from(employee);
  const idOf = (name: StaffName) => staff.find((one) => one.name === name)?.id as string;
  await enterHelper(db);
  for (const [index, { viewer, relation }] of planned().entries())
    await enterFile(db, idOf, index, viewer, relation);
  // Noticed now, and not by the job in the middle of a test: it raises the files' versions.
  await db.execute(sql`select lapse_grants(1000)`);
  await setDerived(db, await filesIn(db));
  await db.execute(sql`select sequence_events(1000000)`);
  await db.execute(sql`analyze`);
}

/** Each of the planned files, known by its number, with the only row of each part. */
async function filesIn(db: Database): Promise<WorldFile[]> {
  const rows = await db.execute<{ id: string; owner: string; number: string }>(
    sql`select id, owner_id as owner, file_number as number from customer`,
  );
  const files = planned().map(({ viewer, relation }, index): WorldFile => {
    const sentinels = sentinelsOf(index);
    const row = rows.find(({ number }) => number === sentinels.get('Customer.fileNumber')?.value);
    const uuids = { Customer: row?.id as string };
    return { index, viewer, relation, owner: row?.owner as string, sentinels, uuids, ids: { ...uuids } };
  });
  for (const { name, tableName } of partModels()) {
    const parts = await db.execute<{ id: string; file: string }>(
      sql`select id, customer_id as file from ${sql.identifier(tableName)}`,
    );
    for (const { uuids } of files)
      uuids[name] = parts.find(({ file }) => file === uuids.Customer)?.id as string;
  }
  for (const { ids, uuids } of files)
    for (const type of fileTypes) ids[type] = encodeId(modelOf(type).prefix, uuids[type] as string);
  return files;
}

const helperEmail = 'helper@test.example';

/** A colleague who looks at nothing, and stands in for everybody. */
const enterHelper = (db: Database) =>
  db.execute(sql`
    with helper as (insert into employee (name, email, role) values ('协办人', ${helperEmail}, 'SALES') returning id)
    insert into delegation (employee_id, delegate_id, starts_at, ends_at, begun_at)
    select e.id, helper.id, now() - interval '1 day', now() + interval '1 day', now() from employee e, helper`);

async function enterFile(
  db: Database,
  idOf: (name: StaffName) => string,
  index: number,
  viewer: StaffName | null,
  relation: Relation,
): Promise<void> {
  const file = { sentinels: sentinelsOf(index) };
  const uuids: Record<FileType, string> = {};
  const insert = async (type: FileType, references: Record<string, string>) => {
    const { tableName } = modelOf(type);
    const columns = new Map(Object.entries(references).map(([name, id]) => [name, sql`${id}`]));
    for (const { attribute, sentinel } of filledFields(type, file))
      columns.set(attribute.column.name, sqlOf(attribute, sentinel.value));
    const [row] = await db.execute<{ id: string }>(
      sql`insert into ${sql.identifier(tableName)} (${sql.join(
        [...columns.keys()].map((name) => sql.identifier(name)),
        sql`, `,
      )})
          values (${sql.join([...columns.values()], sql`, `)}) returning id`,
    );
    uuids[type] = row?.id as string;
  };
  const owner = await ownerOf(db, idOf, viewer, relation);
  await insert('Customer', { owner_id: owner, custodian_id: idOf('ADMIN') });
  const customer_id = uuids.Customer;
  /** After those it refers to. */
  const insertPart = async ({ name, relations }: Model): Promise<void> => {
    if (uuids[name]) return;
    const references: Record<string, string> = {};
    for (const { key, target } of relations.values()) {
      if (key === null) continue;
      const referred = target();
      if (referred.kind === 'part') await insertPart(referred);
      if (referred.name === 'Team' || referred.name === 'Department')
        references[key] = await namedRow(db, referred.tableName);
      else references[key] = referred.name === 'Employee' ? idOf('ADMIN') : (uuids[referred.name] as string);
    }
    await insert(name, references);
  };
  for (const part of partModels()) await insertPart(part);
  // Every relation leads somewhere: to a colleague who looks at nothing.
  await db.execute(sql`
    insert into customer_coowner (customer_id, employee_id)
    select ${customer_id}, id from employee where email = ${helperEmail}`);
  if (viewer && relation === 'CO_OWN') {
    await db.execute(
      sql`insert into customer_coowner (customer_id, employee_id) values (${customer_id}, ${idOf(viewer)})`,
    );
  } else if (viewer && (typeof relation === 'object' || relation === 'EXPIRED' || relation === 'RECALLED')) {
    const classes = typeof relation === 'object' ? relation.granted : accessClasses;
    await db.execute(sql`
      insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, created_at, expires_at, ended_at)
      values (${customer_id}, ${idOf(viewer)}, ${`{${classes.join(',')}}`}::text[], '核对', '同意书', now() - interval '2 days',
              now() + ${relation === 'EXPIRED' ? '-1 second' : '1 day'}::interval,
              ${relation === 'RECALLED' ? sql`now() - interval '1 second'` : sql`null`})`);
  }
}

/** A team or department without members or leader: that a row names it opens it to nobody. */
const namedRow = async (db: Database, table: string): Promise<string> => {
  const [row] = await db.execute<{ id: string }>(
    sql`insert into ${sql.identifier(table)} (name) values ('空') on conflict (name) do update set name = excluded.name returning id`,
  );
  return row?.id as string;
};
/** The owner (UUID) of a file of this relation; where they are away, somebody for whom the viewer alone stands in. */
async function ownerOf(
  db: Database,
  idOf: (name: StaffName) => string,
  viewer: StaffName | null,
  relation: Relation,
): Promise<string> {
  if (viewer && relation === 'OWN') return idOf(viewer);
  if (!viewer || relation !== 'DELEGATED') return idOf('SALES_2');
  const [absent] = await db.execute<{ id: string }>(sql`
    with absent as (insert into employee (name, email, role) values ('休假人', ${`absent-${viewer}@test.example`}, 'SALES') returning id)
    insert into delegation (employee_id, delegate_id, starts_at, ends_at, begun_at)
    select id, ${idOf(viewer)}, now() - interval '1 day', now() + interval '1 day', now() from absent returning employee_id as id`);
  return absent?.id as string;
}

export const sentinelsOf = (index: number): Map<string, Sentinel> =>
  new Map(
    fields().flatMap(({ type, attribute }, field) => {
      const name = nameOf(type, attribute);
      // Steps alone make of a file what it is not when it is entered.
      const isEntered = name === 'Customer.verificationState';
      const sentinel = isEntered
        ? { value: 'DRAFT', code: null }
        : unfilled[name]
          ? null
          : sentinelOf(attribute, index, field);
      return sentinel ? [[nameOf(type, attribute), sentinel] as const] : [];
    }),
  );

/** The attributes of a type that hold a sentinel, with it. */
export const filledFields = (type: FileType, { sentinels }: Pick<WorldFile, 'sentinels'>) =>
  [...modelOf(type).attributes.values()].flatMap((attribute) => {
    const sentinel = sentinels.get(nameOf(type, attribute));
    return sentinel ? [{ attribute, sentinel }] : [];
  });

/** What triggers keep to themselves gets its sentinel as well. */
async function setDerived(db: Database, files: WorldFile[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const { uuids, sentinels } of files) {
      const value = (field: string) => sentinels.get(`Customer.${field}`)?.value;
      await tx.execute(sql`update customer set last_interaction_at = ${value('lastInteractionAt')},
        lost_as = null, lost_reason = ${value('lostReason') ?? null}, updated_at = ${value('updatedAt')} where id = ${uuids.Customer}`);
    }
  });
}

/** The role a staff member acts in. */
export const roleOf = (viewer: StaffName): Role => (viewer === 'SALES_2' ? 'SALES' : viewer) as Role;

const relationTo = (viewer: StaffName, file: WorldFile): Relation => {
  if (viewer === 'SALES_2')
    return file.relation === 'OWN' || file.relation === 'DELEGATED' ? 'FOREIGN' : 'OWN';
  return file.viewer === viewer ? file.relation : 'FOREIGN';
};

/** What the policy page says: whether a file exists for the viewer. */
export function seesFile(viewer: StaffName, file: WorldFile): boolean {
  const relation = relationTo(viewer, file);
  return policy[roleOf(viewer)].files === 'ALL' || isOwnBy(relation) || typeof relation === 'object';
}

/** What the policy page says: how far the viewer's role reaches a field. Analysts read no text that could name somebody. */
export function reachTo(viewer: StaffName, { access, text }: Declared): Reach {
  const namesSomebody = text === 'FREE' || text === 'IDENTIFYING';
  if (namesSomebody && roleOf(viewer) === 'ANALYST') return 'NONE';
  return access === 'open' ? 'ALL' : policy[roleOf(viewer)].read[access];
}

/** Whether the role never reads one of these, so that asking by it is refused before any SQL. */
export const isRefused = (viewer: StaffName, fields: readonly Declared[]): boolean =>
  fields.some((field) => reachTo(viewer, field) === 'NONE');

/** What the policy page says: whether the viewer reads a field, or all of a class, on a file. */
export function reads(viewer: StaffName, field: FieldAccess | Declared, file: WorldFile): boolean {
  const declared = typeof field === 'string' ? { access: field } : field;
  const { access } = declared;
  if (!seesFile(viewer, file)) return false;
  const relation = relationTo(viewer, file);
  const named =
    typeof relation === 'object' &&
    (access === 'card' || access === 'basic' || relation.granted.includes(access as AccessClass));
  switch (reachTo(viewer, declared)) {
    case 'ALL':
      return true;
    case 'OWN':
      return isOwnBy(relation) || named;
    case 'GRANTED':
      return named;
    case 'NONE':
      return false;
  }
}

/** The class that opens the rows of a type: that of the relation which leads to them from their file. */
export const rowClassOf = (type: FileType): FieldAccess => {
  if (type === 'Customer') return 'basic';
  const leading = [...modelOf('Customer').relations.values()].find(({ target }) => target().name === type);
  if (!leading) throw new Error(`No relation leads from a customer to ${type}.`);
  return leading.access;
};

/** Whether a row of this type exists for the viewer in a file. */
export const seesRow = (viewer: StaffName, type: FileType, file: WorldFile): boolean =>
  seesFile(viewer, file) && reads(viewer, rowClassOf(type), file);

/** A socket of each viewer; to be closed before the world. */
export const connectViewers = ({ server }: FileWorld): Map<StaffName, SocketClient> =>
  new Map(viewers.map((viewer) => [viewer, connectSocket(server.socketUrl, server.as(viewer).token)]));
