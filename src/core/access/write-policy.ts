import type { Context } from '../context.ts';
import type { ChangeSource } from '../database/change-source.enums.ts';
import type { WriteOrigin } from '../database/database.ts';
import { forbidden, type Issue, unauthenticated } from '../errors.ts';
import type { ReadContext } from '../model/model.types.ts';
import { accessClassOf, groupOf, outputField } from '../model/registry.ts';
import type { FileReads, Lookup } from './access-log-port.ts';
import { callers } from './callers.ts';
import { departmentReach } from './department-policy.ts';
import {
  type AccessClass,
  assignerFields,
  assigners,
  keptFields,
  ownRecordHours,
  policy,
  recordsOnly,
  type WriteReach,
} from './policy.ts';
import type { Role } from './role.ts';
import type { Viewer } from './viewer.ts';

/** Who writes, when, and for which request. */
export interface Actor extends ReadContext {
  now: Date;
  requestId: string;
  /** Where what they write comes from; default: API. */
  source?: ChangeSource;
  settings: Context['settings'];
  /** Network address, for the access log. */
  address?: string;
  /** The client's name for the operation, for the access log. */
  operationName?: string | null;
  /** Logs what an error shows of a colleague's file; returns the classes that could not be logged. */
  noteReads?: (reads: FileReads[]) => Promise<AccessClass[]>;
  /** Logs what a write shows of a file that the viewer cannot see, as the directory would. */
  noteLookup?: (lookup: Lookup) => void;
  /** Collects what a write accepts although it looks wrong, for the payload; absent where nobody reads it. */
  warnings?: Issue[] | undefined;
}

/** What decides the right to write: what a file is to the viewer. */
export interface OwnedFile {
  /** They work on it, as owner, co-owner or delegate of the owner: `isOwn` of `row-predicates.ts`. */
  isOwn: boolean;
  /** They decide about it as well, as its owner does: `isKept` of `row-predicates.ts`. */
  isKept: boolean;
}

/** A file of the viewer's own: what they may not do to it they may do to none. */
export const ownFile: OwnedFile = { isOwn: true, isKept: true };

/** The actor of an operation. Errors: UNAUTHENTICATED if nobody is signed in. */
export function actorOf(ctx: Context): Actor {
  const { viewer, now, settings, requestId, address, operationName, warnings } = ctx;
  const { timeZone, currency } = settings;
  if (!viewer) throw unauthenticated();
  const noteReads = (reads: FileReads[]) => ctx.accessLog.noteReads(ctx, reads, 'OWN');
  const noteLookup = (lookup: Lookup) => ctx.accessLog.noteLookup(ctx, lookup);
  return {
    viewer,
    now,
    settings,
    timeZone,
    currency,
    requestId,
    address,
    operationName,
    noteReads,
    noteLookup,
    warnings,
  };
}

/** How the actor's writes are attributed in history and events. */
export const originOf = ({
  viewer,
  requestId,
  address,
  operationName,
  source = 'API',
}: Actor): WriteOrigin => ({
  actorId: viewer.id,
  source,
  requestId,
  address,
  operationName,
});

const notFields = new Set(['id', 'customerId', 'expectedVersion', 'idempotencyKey']);

/** Names of the fields an input sets or clears; write access is checked on these. */
export const writtenFields = (input: object): string[] =>
  Object.entries(input)
    .filter(([name, value]) => value !== undefined && !notFields.has(name))
    .map(([name]) => name);

/** The same of an input that creates something: null sets nothing there. */
export const givenFields = (input: object): string[] =>
  writtenFields(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)));

/**
 * Refuses a write that touches a field of a class the viewer may not change on this file. OWN means the owner, who
 * stands in for them, and co-owners; for {@link keptFields} not these: a grant allows reading, never writing.
 *
 * `fields` are those of the input. `ownerId` is checked as the output field `owner`, unless the id itself is an output
 * field. All refused fields are reported at once. Errors: FORBIDDEN with `extensions.fields`.
 */
export function requireWritable(
  viewer: Viewer,
  file: OwnedFile,
  type: string,
  fields: readonly string[],
): void {
  const holds = (reach: WriteReach, isOwn = file.isOwn) => reach === 'ALL' || (reach === 'OWN' && isOwn);
  // An update without fields may still correct values that follow from others.
  if (fields.length === 0 && !Object.values(policy[viewer.role].write).some((reach) => holds(reach)))
    throw forbidden();
  const refused = fields.filter((name) => {
    const field = outputField(type, name);
    const isOwn = keptFields.includes(`${type}.${field}`) ? file.isKept : file.isOwn;
    return !holds(viewerReach(viewer, type, field), isOwn);
  });
  if (refused.length === 0) return;
  throw forbidden(`You may not change ${refused.join(', ')}. (您无权修改${refused.join('、')}。)`, {
    fields: refused,
  });
}

/** On whose files a viewer may change a field: by their role, or further where their department answers for it (R10). */
export function viewerReach({ role, groups }: Viewer, type: string, field: string): WriteReach {
  const byRole = writeReach(role, type, field);
  const group = groups.length > 0 && byRole !== 'ALL' ? groupOf(type, field) : null;
  if (!group || !groups.includes(group) || isAssigned(role, type, field)) return byRole;
  const access = accessClassOf(type, field);
  const byDepartment = departmentReach(role, access === 'open' ? 'basic' : access);
  return byDepartment === 'NONE' ? byRole : byDepartment;
}

/** Whether only others may set the field, whatever its class. */
const isAssigned = (role: Role, type: string, field: string): boolean =>
  assignerFields.includes(`${type}.${field}`) && !assigners.includes(role);

/** On whose files a role may change a field; fields without a class follow `basic`. */
export function writeReach(role: Role, type: string, field: string): WriteReach {
  if (isAssigned(role, type, field)) return 'NONE';
  const access = accessClassOf(type, field);
  return policy[role].write[access === 'open' ? 'basic' : access] ?? 'NONE';
}

/** On whose files a role may record what a mutation records: see {@link requireRecorder}. */
export function recordReach(role: Role, mutation: string): WriteReach {
  const recorders = callers[`Mutation.${mutation}`];
  if (!Array.isArray(recorders) || !recorders.includes(role)) return 'NONE';
  return policy[role].files;
}

/**
 * Refuses records of a kind that the viewer's role does not make, as on the policy page; `rows` are what a record was
 * and what is to be written, whole or in part. Errors: FORBIDDEN with `extensions.fields`.
 */
export function requireRecordable(viewer: Viewer, type: string, rows: readonly object[]): void {
  for (const [field, allowed] of Object.entries(recordsOnly[viewer.role]?.[type] ?? {})) {
    const values = rows.map((row) => (row as Record<string, unknown>)[field]);
    if (values.every((value) => value == null || allowed.includes(value as string))) continue;
    const names = allowed.join(', ');
    throw forbidden(`You may record ${names} only. (您只能记录 ${names}。)`, { fields: [field] });
  }
}

/**
 * Checks the right to record on a file what a mutation records, an interaction for one. It is wider than the right to
 * write: customer service edits nothing but records on every file it can read; sales record on their own. Errors:
 * FORBIDDEN.
 */
export function requireRecorder(viewer: Viewer, file: OwnedFile, mutation: string): void {
  const reach = recordReach(viewer.role, mutation);
  if (reach === 'NONE' || (reach === 'OWN' && !file.isOwn)) throw forbidden();
}

/** A record of what happened: whose it is, and when it was entered. */
export interface RecordEntry {
  authorId: string;
  createdAt: string;
}

/**
 * Checks the right to correct or remove a record: its author's for {@link ownRecordHours} on files they may record on,
 * else that of whoever may change all its fields on every file. Errors: FORBIDDEN with `extensions.reason`.
 */
export function requireAmender(
  { viewer, now }: Pick<Actor, 'viewer' | 'now'>,
  file: OwnedFile,
  { authorId, createdAt }: RecordEntry,
  { type, fields, mutation }: { type: string; fields: readonly string[]; mutation: string },
): void {
  if (fields.every((field) => writeReach(viewer.role, type, outputField(type, field)) === 'ALL')) return;
  if (authorId !== viewer.id) {
    throw forbidden(
      'A record is changed by who entered it, or by a manager. (记录只能由记录人或经理修改。)',
      {
        reason: 'NOT_AUTHOR',
      },
    );
  }
  if (now.getTime() - Date.parse(createdAt) >= ownRecordHours * 3_600_000) {
    throw forbidden(
      `You may change what you recorded for ${ownRecordHours} hours; later a manager may. (本人记录仅可在 ${ownRecordHours} 小时内修改，之后请联系经理。)`,
      { reason: 'RECORD_CLOSED' },
    );
  }
  requireRecorder(viewer, file, mutation);
}
