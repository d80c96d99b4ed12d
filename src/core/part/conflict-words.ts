import { readsOfParts } from '../access/access-log-port.ts';
import { type AccessClass, type FieldAccess, loggedClasses } from '../access/policy.ts';
import { reachOf, rightTo } from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Actor } from '../access/write-policy.ts';
import type { VersionConflict } from '../errors.ts';
import { encodeId, type IdPrefix, idWords } from '../graphql/schema/type-id.ts';
import type { FileRights } from '../model/file-rights.ts';
import { type HistoryField, historyField } from '../model/history-field.ts';
import { type Label, labelOf } from '../model/label.ts';
import { modelNamed, modelOfPrefix, subjectNamed } from '../model/registry.ts';
import type { LaterChange } from './changes-since.ts';
import type { LockedFile } from './file-lock.ts';

/** A change that a write or decision is in conflict with. */
export interface Conflicting extends LaterChange {
  /** The field by its name in the input; null where the input names none. */
  field: string | null;
  /** The input sets it, so naming it discloses nothing. */
  isWritten: boolean;
}

/** A conflict as its client sees it. */
export interface Shown extends VersionConflict {
  label: Label;
  operation: LaterChange['operation'];
}

interface Described extends Shown {
  /** What it takes to read it. */
  access: FieldAccess | 'identity';
  /** What it takes to see its row. */
  rowAccess: FieldAccess;
  declaredName: string | null;
}

/**
 * What the actor may read of conflicts, which is logged like every reading of a colleague's file. What they may not
 * read is left out, as in history; of a field that they write themselves only the name is given.
 */
export async function shownTo(
  actor: Actor,
  file: Pick<LockedFile, 'id' | 'isOwn'>,
  rights: FileRights,
  conflicts: readonly Conflicting[],
): Promise<Shown[]> {
  const all = conflicts.flatMap((conflict) => describe(actor.viewer, conflict) ?? []);
  const isReadable = (access: Described['access']) =>
    access === 'open' || (access !== 'identity' && rights[access]);
  const may = ({ access, rowAccess }: Described) => isReadable(access) && isReadable(rowAccess);
  const unlogged = await logReadings(actor, file, all.filter(may));
  const isShown = (one: Described) => may(one) && !unlogged.includes(one.access as AccessClass);
  return all.flatMap((one) => {
    const { access: _, rowAccess: __, declaredName: ___, ...shown } = one;
    if (isShown(one)) return [shown];
    return one.field !== null && conflicts.some(({ field, isWritten }) => isWritten && field === one.field)
      ? [{ ...shown, actor: null, occurredAt: null, value: null, withheld: true }]
      : [];
  });
}

/** Logs what is read of a colleague's file. Returns the classes whose reading could not be logged. */
async function logReadings(
  actor: Actor,
  file: Pick<LockedFile, 'id' | 'isOwn'>,
  read: readonly Described[],
): Promise<AccessClass[]> {
  if (file.isOwn) return [];
  const parts = read.flatMap(({ access, declaredName }) =>
    declaredName !== null && loggedClasses.includes(access as AccessClass)
      ? [{ access: access as AccessClass, fields: [declaredName] }]
      : [],
  );
  const reads = readsOfParts(parts, [file.id]);
  if (reads.classes.length === 0) return [];
  return actor.noteReads ? actor.noteReads([reads]) : reads.classes;
}

/** Null for a column that is private to the database. */
function describe(viewer: Viewer, conflict: Conflicting): Described | null {
  const { subject, subjectId, column, operation, field, value, occurredAt } = conflict;
  const change = {
    operation,
    actor: actorOf(viewer, conflict),
    occurredAt: isoOf(occurredAt),
    withheld: false,
  };
  if (column === null) {
    const found = subjectNamed(subject);
    if (!found) return null;
    const { access, prefix } = found;
    return {
      ...change,
      ...entityOf(prefix, subjectId),
      label: rowLabel(prefix),
      field,
      value: null,
      access,
      rowAccess: access,
      declaredName: null,
    };
  }
  const recorded = historyField(subject, column);
  if (!recorded) return null;
  return {
    ...change,
    ...entityOf(recorded.entityPrefix, subjectId),
    label: fieldLabel(recorded, field !== null),
    field: field ?? recorded.field,
    value: recorded.publish(value),
    access: rightTo(viewer, recorded),
    rowAccess: recorded.rowAccess,
    declaredName: `${recorded.entityType}.${recorded.field}`,
  };
}

const entityOf = (prefix: IdPrefix, uuid: string) => ({
  entityType: modelOfPrefix(prefix)?.name ?? '',
  entityId: encodeId(prefix, uuid),
});

/** Who it was, for whoever may read names of staff. */
function actorOf(viewer: Viewer, { actorId, actorName }: LaterChange): Shown['actor'] {
  if (actorId === null) return null;
  const name = modelOfPrefix('emp')?.attributes.get('name');
  const maySee = name !== undefined && reachOf(viewer, name) === 'ALL';
  return { id: encodeId('emp', actorId), name: maySee ? actorName : null };
}

const rowLabel = (prefix: IdPrefix): Label => {
  const [EN, ZH] = idWords(prefix);
  return { EN, ZH };
};

/** Of a field of the row that is written its own name; of another row also whose it is. */
function fieldLabel({ entityType, entityPrefix, field }: HistoryField, isOfRow: boolean): Label {
  const model = modelNamed(entityType);
  const declared = model?.attributes.get(field) ?? model?.relations.get(field);
  const label = declared?.label ?? labelOf(field, declared?.description ?? '');
  const whose = rowLabel(entityPrefix);
  if (isOfRow || model?.kind === 'file') return label;
  return { EN: `${whose.EN}: ${label.EN}`, ZH: `${whose.ZH}的${label.ZH}` };
}

const isoOf = (instant: string): string => new Date(instant).toISOString();

/** Most changes that a message spells out. */
const maxInMessage = 3;

const englishVerbs = { INSERT: 'added', UPDATE: 'changed', DELETE: 'removed' } as const;
const chineseVerbs = { INSERT: '新增', UPDATE: '修改', DELETE: '删除' } as const;

/** A name without the brackets that separate the languages of a message. */
const nameIn = (actor: Shown['actor']): string | undefined =>
  (actor?.name ?? actor?.id)?.replaceAll('(', '（').replaceAll(')', '）');

/** What has happened since a version, in English and Chinese; times are those of the organisation. */
export function messageOf(expectedVersion: number, shown: readonly Shown[], timeZone: string): string {
  const listed = shown.slice(0, maxInMessage);
  const others = shown.length - listed.length;
  const timeOf = (occurredAt: string) =>
    new Date(occurredAt).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const english = listed.map(({ label, operation, actor, occurredAt }) => {
    const who = nameIn(actor) ?? 'the system';
    return `${label.EN} ${englishVerbs[operation]}${occurredAt === null ? '' : ` by ${who} at ${timeOf(occurredAt)}`}`;
  });
  const chinese = listed.map(({ label, operation, actor, occurredAt }) => {
    const who = nameIn(actor) ?? '系统';
    const when = occurredAt === null ? '' : `${who}于 ${timeOf(occurredAt)} `;
    return `${when}${chineseVerbs[operation]}了${label.ZH}`;
  });
  if (others > 0) {
    english.push(`and ${others} more`);
    chinese.push(`另有 ${others} 处`);
  }
  const what = english.length > 0 ? english.join(', ') : 'something has changed';
  const chineseText = chinese.length > 0 ? chinese.join('，') : '内容已有修改';
  return `Since version ${expectedVersion}: ${what}. Reload and try again. (第 ${expectedVersion} 版之后：${chineseText}。请刷新后重试。)`;
}
