import { type SQL, sql } from 'drizzle-orm';
import type { LogEvent } from './log-event.ts';

/**
 * Which events to follow: those of an employee (files that are their own, become so or have just ceased to be, and
 * changes to their own grants); what is addressed to an employee; those of one file; those of every file, for a caller
 * that filters them; or those of a segment's members, which belong to no other audience.
 */
export type Audience =
  | { employeeId: string }
  | { addresseeId: string }
  | { customerId: string }
  | { segmentId: string }
  | 'everyone';

/** The columns that decide which audiences an event concerns. */
type Concern = Pick<
  LogEvent,
  'customerId' | 'ownerBefore' | 'ownerAfter' | 'granteeId' | 'sharers' | 'subject' | 'subjectId'
>;

/** The `subject` of segment membership events. Their only audience is `{ segmentId }`. */
export const membershipSubject = 'segment_membership';

/** Whether an event concerns an audience. */
export function concerns(audience: Audience, event: Concern): boolean {
  if (audience === 'everyone') return event.subject !== membershipSubject;
  if ('segmentId' in audience)
    return event.subject === membershipSubject && event.subjectId === audience.segmentId;
  if (event.subject === membershipSubject) return false;
  if ('customerId' in audience) return event.customerId === audience.customerId;
  if ('addresseeId' in audience) return event.granteeId === audience.addresseeId;
  const { employeeId } = audience;
  return (
    event.ownerAfter === employeeId ||
    event.ownerBefore === employeeId ||
    event.granteeId === employeeId ||
    (event.sharers?.some(({ id }) => id === employeeId) ?? false)
  );
}

/**
 * {@link concerns} in SQL: the branches of a `union`, each a table joined to `event_log` or none, a condition, and the
 * position. A single index answers each in order of positions, so the cost of a page does not depend on the length of
 * the log.
 */
export function concernsInSql(audience: Audience): { join?: SQL; condition: SQL; seq: SQL }[] {
  const seq = sql`event_log.seq`;
  const plain = (...conditions: SQL[]) => conditions.map((condition) => ({ condition, seq }));
  // Not a parameter: a plan for any value could not use the index of these events alone.
  const ofSegment = sql.raw(`'${membershipSubject}'`);
  const ofFiles = sql`subject <> ${ofSegment}`;
  if (audience === 'everyone') return plain(ofFiles);
  if ('segmentId' in audience)
    return plain(sql`subject = ${ofSegment} and subject_id = ${audience.segmentId}::uuid`);
  if ('customerId' in audience) return plain(sql`customer_id = ${audience.customerId}::uuid and ${ofFiles}`);
  const isAddressed = (id: string) => sql`grantee_id = ${id}::uuid and grantee_id is not null`;
  if ('addresseeId' in audience) return plain(isAddressed(audience.addresseeId));
  // Events of segments have no owners.
  const id = sql`${audience.employeeId}::uuid`;
  return [
    ...plain(
      sql`owner_after = ${id}`,
      sql`owner_before = ${id} and owner_before is distinct from owner_after`,
      isAddressed(audience.employeeId),
    ),
    {
      join: sql`join event_sharer on event_sharer.seq = event_log.seq`,
      condition: sql`employee_id = ${id}`,
      seq: sql`event_sharer.seq`,
    },
  ];
}

/** Indexes listeners by the ids an event names, so an event costs nothing for listeners it does not concern. */
export interface ListenerIndex<T> {
  add: (audience: Audience, listener: T) => void;
  remove: (audience: Audience, listener: T) => void;
  /** The listeners an event concerns; may yield the same one twice. */
  concerned: (event: Concern) => Iterable<T>;
  all: () => Iterable<T>;
}

/** @returns An empty index. */
export function createListenerIndex<T>(): ListenerIndex<T> {
  const everyone = new Set<T>();
  const byId = new Map<string, Set<T>>();
  const keyOf = (audience: Exclude<Audience, 'everyone'>): string => Object.values(audience)[0] as string;
  return {
    add(audience, listener) {
      if (audience === 'everyone') return void everyone.add(listener);
      const listeners = byId.get(keyOf(audience)) ?? new Set();
      byId.set(keyOf(audience), listeners.add(listener));
    },
    remove(audience, listener) {
      if (audience === 'everyone') return void everyone.delete(listener);
      const listeners = byId.get(keyOf(audience));
      if (listeners?.delete(listener) && listeners.size === 0) byId.delete(keyOf(audience));
    },
    *concerned({ customerId, ownerBefore, ownerAfter, granteeId, sharers, subject, subjectId }) {
      if (subject === membershipSubject) return yield* byId.get(subjectId) ?? [];
      yield* everyone;
      for (const id of new Set([customerId, ownerBefore, ownerAfter, granteeId])) {
        if (id !== null) yield* byId.get(id) ?? [];
      }
      for (const { id } of sharers ?? []) yield* byId.get(id) ?? [];
    },
    *all() {
      yield* everyone;
      for (const listeners of byId.values()) yield* listeners;
    },
  };
}
