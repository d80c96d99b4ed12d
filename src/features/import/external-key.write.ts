import { and, eq, sql } from 'drizzle-orm';
import type { Role } from '../../core/access/role.ts';
import { externalKey } from '../../core/database/database.table.ts';
import type { Database } from '../../core/database/database.ts';
import type { RowTable } from '../../core/database/rows.ts';
import type { ExternalKeyValue } from '../../core/validation/labelled-list.ts';
import { employee } from '../../domains/employee/employee.table.ts';
import type { Candidate } from './record.read.ts';
import type { RecordTypeName } from './record-type.ts';

/** The ids of the rows that external keys refer to, by key. A row may have been deleted since. */
export async function findHeldIds(
  tx: Database,
  source: string,
  recordType: RecordTypeName,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const found = await tx
    .select({ key: externalKey.key, id: externalKey.subjectId })
    .from(externalKey)
    .where(among(source, recordType, keys));
  return new Map(found.map(({ key, id }) => [key, id]));
}

export interface Referent {
  id: string;
  /** False for an employee who has left. */
  isActive: boolean;
  /** An employee's role; null for rows of other tables. */
  role: Role | null;
}

/**
 * The existing rows that external keys refer to, by key. Employees stay locked, so that none is assigned while being
 * disabled or changing role.
 */
export async function findReferents(
  tx: Database,
  source: string,
  recordType: RecordTypeName,
  table: RowTable,
  keys: readonly string[],
): Promise<Map<string, Referent>> {
  if (keys.length === 0) return new Map();
  const isEmployee = recordType === 'employee';
  const query = tx
    .select({
      key: externalKey.key,
      id: sql<string>`${table.id}`,
      isActive: isEmployee ? sql<boolean>`${employee.disabledAt} is null` : sql<boolean>`true`,
      role: isEmployee ? sql<Role>`${employee.role}` : sql<null>`null`,
    })
    .from(externalKey)
    .innerJoin(table, eq(table.id, externalKey.subjectId))
    .where(among(source, recordType, keys))
    .orderBy(table.id);
  const found = await (isEmployee ? query.for('share', { of: employee }) : query);
  return new Map(found.map(({ key, ...referent }) => [key, referent]));
}

/** Stores the ids that the rows of these keys will have; none of the keys may exist. */
export async function claimKeys(
  tx: Database,
  source: string,
  recordType: RecordTypeName,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const claimed = await tx.execute<{ key: string; id: string }>(sql`
    insert into ${externalKey} (source, subject, key, subject_id)
    select ${source}, ${recordType}, key, new_id() from ${given(keys)} returning key, subject_id as id`);
  return new Map(claimed.map(({ key, id }) => [key, id]));
}

/** A file to be saved, with the keys that it lists. */
interface Listing {
  id: string | undefined;
  values: Record<string, unknown>;
}

/**
 * Lets imports of other systems find files by the keys that these list, and takes those off the lists by which another
 * file is found already. One statement.
 */
export async function keepOwnKeys<Draft extends Listing>(
  tx: Database,
  drafts: readonly Draft[],
): Promise<{ kept: Draft[]; foreign: Draft[] }> {
  const listedBy = ({ values }: Listing) => (values.externalKeys ?? []) as ExternalKeyValue[];
  const listed = drafts.flatMap((draft) => listedBy(draft).map((one) => ({ ...one, id: draft.id })));
  if (listed.length === 0) return { kept: [...drafts], foreign: [] };
  const held = await tx.execute<{ name: string; id: string }>(sql`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(listed)}::text::jsonb) as k (source text, key text, id uuid)
    ), added as (
      insert into ${externalKey} (source, subject, key, subject_id)
      select source, 'customer', key, id from given order by source, key
      on conflict do nothing returning source, key, subject_id as id
    )
    select source || ':' || key as name, id from added
    union select held.source || ':' || held.key, held.subject_id
    from ${externalKey} held join given on held.source = given.source and held.key = given.key
    where held.subject = 'customer'`);
  const holders = new Map(held.map(({ name, id }) => [name, id]));
  const foreign: Draft[] = [];
  const kept = drafts.map((draft) => {
    const own = listedBy(draft).filter(({ source, key }) => holders.get(`${source}:${key}`) === draft.id);
    if (own.length === listedBy(draft).length) return draft;
    foreign.push(draft);
    return { ...draft, values: { ...draft.values, externalKeys: own } };
  });
  return { kept, foreign };
}

const among = (source: string, recordType: RecordTypeName, keys: readonly string[]) =>
  and(
    eq(externalKey.source, source),
    eq(externalKey.subject, recordType),
    sql`${externalKey.key} = any(array(select key from ${given(keys)}))`,
  );

/** Texts as the rows of a table, all in one parameter: five hundred take longer to send than to look up. */
const given = (keys: readonly string[]) =>
  sql`jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb) as given (key)`;

/** Allows one import per source at a time, or two would create the same record. Held until the transaction ends. */
export const lockSource = (tx: Database, source: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtext('import'), hashtext(${source}))`);

/** A record that occurred earlier in the file. */
export interface Repeat {
  candidate: Candidate;
  firstLine: number;
  isSame: boolean;
}

/**
 * Separates the records that occur in the file for the first time from repeats.
 */
export async function partRepeats(
  tx: Database,
  entryNumber: number,
  candidates: readonly Candidate[],
): Promise<{ fresh: Candidate[]; repeats: Repeat[] }> {
  if (candidates.length === 0) return { fresh: [], repeats: [] };
  const firsts = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (!firsts.has(candidate.key)) firsts.set(candidate.key, candidate);
  }
  const stored = [...firsts.values()].map(({ key, line, fingerprint }) => ({ key, line, fingerprint }));
  const before = await storeSeen(tx, entryNumber, stored);
  const fresh: Candidate[] = [];
  const repeats: Repeat[] = [];
  for (const candidate of candidates) {
    const first = before.get(candidate.key) ?? firsts.get(candidate.key) ?? candidate;
    if (first === candidate) fresh.push(candidate);
    else {
      repeats.push({ candidate, firstLine: first.line, isSame: first.fingerprint === candidate.fingerprint });
    }
  }
  return { fresh, repeats };
}

/** The number under which the choices of {@link findChosen} are kept: no entry of a mapping has it. */
const CHOICES = -1;

/**
 * The records that this file has before others for what only one can be, as the primary contact of a customer, by what
 * it is: those of `claims` where no earlier batch or entry has one.
 */
export async function findChosen(
  tx: Database,
  claims: readonly { of: string; key: string; line: number }[],
): Promise<Map<string, { key: string; line: number }>> {
  const firsts = new Map<string, Seen>();
  for (const { of, key, line } of claims) {
    if (!firsts.has(of)) firsts.set(of, { key: of, line, fingerprint: key });
  }
  if (firsts.size === 0) return new Map();
  const before = await storeSeen(tx, CHOICES, [...firsts.values()]);
  return new Map(
    [...firsts].map(([of, first]) => {
      const { fingerprint, line } = before.get(of) ?? first;
      return [of, { key: fingerprint, line }];
    }),
  );
}

interface Seen {
  key: string;
  line: number;
  fingerprint: string;
}

/**
 * Keeps records that this file has for the first time, and returns those kept before, by key.
 *
 * They are kept in a temporary table, so that this process's memory does not grow with the file. The table belongs to
 * one connection: `tx` must come from a pool of one. (A pool renews its connections after half an hour or more; a
 * repeat of a record seen before that counts as an update.)
 */
async function storeSeen(
  tx: Database,
  entryNumber: number,
  seen: readonly Seen[],
): Promise<Map<string, Seen>> {
  await tx.execute(sql`
    create temporary table if not exists import_record
      (entry integer, key text, line integer, fingerprint text, primary key (entry, key))`);
  const known = await tx.execute<{ key: string; line: number; fingerprint: string }>(sql`
    with incoming as (
      select * from jsonb_to_recordset(${JSON.stringify(seen)}::text::jsonb) as t (key text, line integer, fingerprint text)
    ), kept as (
      insert into import_record select ${entryNumber}::integer, key, line, fingerprint from incoming on conflict do nothing
    )
    select import_record.key, import_record.line, import_record.fingerprint
    from import_record join incoming using (key)
    where import_record.entry = ${entryNumber}::integer`);
  return new Map(known.map((row) => [row.key, row]));
}

/** Forgets the records seen, before the next file. */
export const forgetStored = (db: Database) => db.execute(sql`drop table if exists pg_temp.import_record`);
