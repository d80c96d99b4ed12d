import { sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { lockRows, saveRows, uuids, type Values } from '../../core/database/rows.ts';
import type { Issue } from '../../core/errors.ts';
import type { PartRow } from '../../core/part/file-lock.ts';
import type { CustomerRow } from '../../domains/customer/customer.table.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import type { TagLabel } from '../../domains/tag/tag.check.ts';
import type { ImportRow } from './cell.value.ts';
import { findDuplicates } from './duplicate.read.ts';
import {
  claimKeys,
  findChosen,
  findHeldIds,
  findReferents,
  keepOwnKeys,
  partRepeats,
  type Referent,
  type Repeat,
} from './external-key.write.ts';
import type { ImportScope, Tally } from './import.types.ts';
import type { Entry } from './mapping.types.ts';
import { findOwnIds, findOwnReferents } from './own-key.read.ts';
import { type Candidate, findingAt, readCandidate } from './record.read.ts';
import { type LoadedReferences, validateRecord } from './record.validate.ts';
import { addTags, findUnique } from './record.write.ts';
import type { RecordReference, RecordType } from './record-type.ts';
import { requireRecordType } from './record-types.ts';
import type { Finding } from './report.write.ts';

/** A record to be written. */
interface Accepted {
  candidate: Candidate;
  /** The id of its existing row, if any. */
  id: string | undefined;
  /** Its key is this system's own, and not that of the source. */
  isOwn: boolean;
  /** That a part is in. */
  file: CustomerRow | undefined;
  before: Values | undefined;
  values: Values;
  tags: TagLabel[];
}

/**
 * Imports the records that one entry of the mapping makes of a batch of rows, with a number of statements that does not
 * depend on the number of rows. Runs in the caller's transaction, which holds the lock of the source.
 */
export async function writeBatch(
  tx: Database,
  scope: ImportScope,
  entry: Entry,
  entryNumber: number,
  rows: readonly ImportRow[],
): Promise<{ tally: Tally; findings: Finding[] }> {
  const recordType = requireRecordType(entry.subject);
  const findings: Finding[] = [];
  const read = rows.flatMap((row) => readCandidate(entry, recordType, row) ?? []);
  const candidates = read.filter((found) => 'fingerprint' in found);
  findings.push(...read.filter((found) => 'severity' in found));
  const { fresh, repeats } = await partRepeats(tx, entryNumber, candidates);
  findings.push(...repeats.filter(({ isSame }) => !isSame).map((repeat) => contradiction(entry, repeat)));

  const keys = fresh.map(({ key }) => key);
  const heldIds = await findHeldIds(tx, scope.source, recordType.name, keys);
  const unknown = keys.filter((key) => !heldIds.has(key));
  const ownIds = await findOwnIds(tx, recordType.name, entry.key, unknown);
  for (const [key, id] of ownIds) heldIds.set(key, id);
  const around = await loadReferences(tx, scope, recordType, entry, fresh, heldIds);
  const accepted: Accepted[] = [];
  for (const candidate of fresh) {
    const id = heldIds.get(candidate.key);
    const validation = validateRecord(entry, recordType, candidate, around(candidate));
    findings.push(...explain(entry, candidate, 'row refused', validation.refusals));
    findings.push(...explain(entry, candidate, 'left out', validation.droppedFields));
    findings.push(...explain(entry, candidate, 'warning', validation.warnings));
    const { values, tags } = validation;
    if (!values) continue;
    const { current: before, fileOf } = around(candidate);
    const file = fileOf(String(values.customerId ?? before?.customerId));
    accepted.push({ candidate, id, isOwn: ownIds.has(candidate.key), file, before, values, tags });
  }
  const { unique, taken } = await partTaken(tx, recordType, accepted);
  findings.push(
    ...taken.flatMap(({ candidate, issue }) => explain(entry, candidate, 'row refused', [issue])),
  );
  const { kept, dropped } = await dropRepeatedFlag(tx, recordType, unique);
  findings.push(...dropped.flatMap(({ candidate, issue }) => explain(entry, candidate, 'left out', [issue])));

  const { created, updated, foreign } = await write(tx, scope, recordType, kept);
  findings.push(...foreign.flatMap(({ candidate }) => explain(entry, candidate, 'left out', [keyInUse])));
  const { warnings, elsewhere } = await findDuplicates(tx, scope.reader, recordType, created);
  findings.push(
    ...created.flatMap(({ id, candidate }) => explain(entry, candidate, 'warning', warnings.get(id) ?? [])),
  );
  const refused = new Set(
    findings.filter(({ severity }) => severity === 'row refused').map(({ line }) => line),
  ).size;
  const unchanged = unique.length - created.length - updated;
  const repeated = repeats.filter(({ isSame }) => isSame).length;
  const tally = { created: created.length, updated, unchanged, refused, repeated, elsewhere };
  return { tally, findings };
}

const keyInUse: Issue = {
  path: ['externalKeys'],
  code: 'EXTERNAL_KEY_IN_USE',
  message: 'Another file has one of these external keys. (其中有外部编号已属于其他档案。)',
};

const contradiction = (entry: Entry, { candidate, firstLine }: Repeat): Finding =>
  findingAt(
    entry,
    candidate.row,
    entry.key,
    'row refused',
    'KEY_REPEATED',
    `Line ${firstLine} has the same key with other values. (第${firstLine}行的键相同但内容不同。)`,
  );

function explain(
  entry: Entry,
  { row, tags }: Candidate,
  severity: Finding['severity'],
  issues: readonly Issue[],
): Finding[] {
  return issues.map(({ path, code, message }) => {
    const [name, index] = path;
    const field = entry.fields.find(([known]) => known === name)?.[1];
    const source = name === 'key' ? entry.key : name === 'tags' ? tags[Number(index)]?.source : field;
    return findingAt(entry, row, source, severity, code, message);
  });
}

/** Reads everything that the validation of the records depends on, and locks it in the order common to all writers. */
async function loadReferences(
  tx: Database,
  { source, ownerId, now, settings, reader }: ImportScope,
  recordType: RecordType,
  entry: Entry,
  candidates: readonly Candidate[],
  heldIds: ReadonlyMap<string, string>,
): Promise<(candidate: Candidate) => LoadedReferences> {
  const referents = new Map<RecordReference, Map<string, Referent>>();
  const refer = async (isFile: boolean) => {
    for (const [name, reference] of Object.entries(recordType.references)) {
      if ((reference.to === 'customer') !== isFile) continue;
      const keys = [...new Set(candidates.flatMap(({ references }) => references[name] ?? []))];
      const target = requireRecordType(reference.to);
      const found = await findReferents(tx, source, reference.to, target.table, keys);
      const named = entry.fields.find(([field]) => field === name)?.[1];
      const unknown = keys.filter((key) => !found.has(key));
      const own = named ? await findOwnReferents(tx, target, named, unknown) : [];
      referents.set(reference, new Map([...found, ...own]));
    }
  };
  // Files are locked before their parts, and both before employees. A row's own file too: its record may name none.
  await refer(true);
  const namedIds = [...referents.values()].flatMap((found) => [...found.values()].map(({ id }) => id));
  const held = [...heldIds.values()];
  const files = await lockRows(tx, customer, [
    ...new Set([...namedIds, ...(await filesOf(tx, recordType, held))]),
  ]);
  const currents = await lockRows(tx, recordType.table, held);
  const contracts = await recordType.findContracts?.(tx, held);
  await refer(false);

  return ({ key }) => {
    const id = heldIds.get(key);
    const current = id === undefined ? undefined : currents.get(id);
    return {
      now,
      settings,
      role: reader?.role ?? null,
      hasContract: id !== undefined && contracts?.has(id) === true,
      ownerId,
      current,
      isDeleted: id !== undefined && current === undefined,
      referent: (reference, referredKey) => referents.get(reference)?.get(referredKey),
      fileOf: (fileId) => files.get(fileId) as CustomerRow | undefined,
    };
  };
}

/** The ids of the files that rows of a part are in. */
async function filesOf(tx: Database, { writes }: RecordType, ids: readonly string[]): Promise<string[]> {
  if (!writes || ids.length === 0) return [];
  const { table } = writes.rules;
  const rows = await tx.execute<{ id: string }>(
    sql`select distinct ${table.customerId} as id from ${table} where ${table.id} = any(${uuids(ids)})`,
  );
  return rows.map(({ id }) => id);
}

/** Separates the records that their type refuses, and those that would violate a unique index and fail the batch. */
async function partTaken(
  tx: Database,
  { table, unique: rules = [], refuse }: RecordType,
  accepted: readonly Accepted[],
) {
  const taken: { candidate: Candidate; issue: Issue }[] = [];
  const updates = accepted.flatMap(({ id, ...record }) => (id === undefined ? [] : { ...record, id }));
  const refused = (await refuse?.(tx, updates)) ?? new Map<string, Issue>();
  let unique = accepted.filter(({ id, candidate }) => {
    const issue = id === undefined ? undefined : refused.get(id);
    if (issue) taken.push({ candidate, issue });
    return !issue;
  });
  for (const rule of rules) {
    const takenBy = ({ values }: Accepted): string | undefined => {
      const value = rule.keyOf ? rule.keyOf(values[rule.field]) : values[rule.field];
      if (typeof value !== 'string') return undefined;
      return rule.isCaseless ? value.toLowerCase() : value;
    };
    const owners = await findUnique(
      tx,
      table,
      rule,
      unique.flatMap((record) => takenBy(record) ?? []),
    );
    unique = unique.filter((record) => {
      const value = takenBy(record);
      const owner = value === undefined ? undefined : owners.get(value);
      if (value === undefined || owner === (record.id ?? record.candidate.key)) return true;
      if (owner === undefined) {
        owners.set(value, record.id ?? record.candidate.key);
        return true;
      }
      const { code, message } = rule;
      taken.push({ candidate: record.candidate, issue: { path: [rule.field], code, message } });
      return false;
    });
  }
  return { unique, taken };
}

/**
 * Leaves out a flag that another record of the file has before for the same customer. Both would be saved, the later in
 * place of the earlier, and every import of the file would change both again.
 */
async function dropRepeatedFlag(tx: Database, { soleFlag }: RecordType, accepted: readonly Accepted[]) {
  const dropped: { candidate: Candidate; issue: Issue }[] = [];
  if (!soleFlag) return { kept: accepted, dropped };
  const claimed = ({ values, file }: Accepted) => (values[soleFlag] === true ? file?.id : undefined);
  const claims = accepted.flatMap((record) => {
    const { key, line } = record.candidate;
    const of = claimed(record);
    return of === undefined ? [] : { of, key, line };
  });
  const chosen = await findChosen(tx, claims);
  const kept = accepted.map((record) => {
    const first = chosen.get(claimed(record) ?? '');
    if (!first || first.key === record.candidate.key) return record;
    const message = `Line ${first.line} has it for the same customer. (第${first.line}行已为同一客户设置。)`;
    dropped.push({
      candidate: record.candidate,
      issue: { path: [soleFlag], code: 'FLAG_REPEATED', message },
    });
    const { [soleFlag]: _, ...values } = record.values;
    return { ...record, values };
  });
  return { kept, dropped };
}

async function write(
  tx: Database,
  { source }: ImportScope,
  recordType: RecordType,
  accepted: readonly Accepted[],
) {
  const isNew = ({ id }: Accepted) => id === undefined;
  const newKeys = accepted.filter(isNew).map(({ candidate }) => candidate.key);
  const newIds = await claimKeys(tx, source, recordType.name, newKeys);
  const drafts = accepted.map((record) => {
    const { key } = record.candidate;
    const keyed = record.isOwn
      ? undefined
      : recordType.withKey?.(record.values, { source, key }, record.before);
    const values = keyed ?? record.values;
    return { ...record, values, id: record.id ?? newIds.get(key) };
  });
  const { kept, foreign } = await keepOwnKeys(tx, drafts);
  const saved = recordType.writes
    ? await recordType.writes.apply(tx, kept.map(inFile))
    : await saveRows(tx, recordType.table, kept);
  const taggedIds = await addTags(
    tx,
    saved.map(({ id, tags }) => ({ customerId: id, tags })),
  );
  const held = saved.filter(({ before }) => before);
  const updated = held.filter(({ id, isChanged }) => isChanged || taggedIds.has(id)).length;
  return { created: saved.filter(({ before }) => !before), updated, foreign };
}

/** A record of a part with its file: validation accepts none without. */
function inFile<R extends Pick<Accepted, 'file' | 'before'>>({ file, before, ...record }: R) {
  if (!file) throw new Error('A part was accepted without its file.');
  return { ...record, file, before: before as (Values & PartRow) | undefined };
}
