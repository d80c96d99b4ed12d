import { type SQL, sql } from 'drizzle-orm';
import type { LogEvent } from './event-log.ts';

/**
 * Whose events: of the files an employee owns, comes to own or has just lost, and changes of their own
 * grants; of one file; or of every file, for a caller who narrows them down.
 */
export type Audience = { employeeId: string } | { customerId: string } | 'everyone';

/** What an audience is decided by. */
type Concern = Pick<LogEvent, 'customerId' | 'ownerBefore' | 'ownerAfter' | 'granteeId'>;

/** Whether an event concerns an audience. */
export function concerns(audience: Audience, event: Concern): boolean {
  if (audience === 'everyone') return true;
  if ('customerId' in audience) return event.customerId === audience.customerId;
  const { employeeId } = audience;
  return (
    event.ownerAfter === employeeId || event.ownerBefore === employeeId || event.granteeId === employeeId
  );
}

/**
 * {@link concerns} in SQL: the branches of a `union`, each a condition on `event_log` that one index
 * answers in `seq` order, so that a page costs its own rows however long the log is.
 */
export function concernsInSql(audience: Audience): SQL[] {
  if (audience === 'everyone') return [sql`true`];
  if ('customerId' in audience) return [sql`customer_id = ${audience.customerId}::uuid`];
  const id = sql`${audience.employeeId}::uuid`;
  return [
    sql`owner_after = ${id}`,
    sql`owner_before = ${id} and owner_before is distinct from owner_after`,
    sql`grantee_id = ${id} and grantee_id is not null`,
  ];
}

/** Everybody who listens, found by what an event names: an event costs nothing to those it does not concern. */
export interface Directory<T> {
  add: (audience: Audience, listener: T) => void;
  remove: (audience: Audience, listener: T) => void;
  /** Those whom an event concerns; the same one perhaps twice. */
  concerned: (event: Concern) => Iterable<T>;
  all: () => Iterable<T>;
}

/** @returns An empty directory. */
export function createDirectory<T>(): Directory<T> {
  const everyone = new Set<T>();
  const byId = new Map<string, Set<T>>();
  const keyOf = (audience: Exclude<Audience, 'everyone'>): string =>
    'customerId' in audience ? audience.customerId : audience.employeeId;
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
    *concerned({ customerId, ownerBefore, ownerAfter, granteeId }) {
      yield* everyone;
      for (const id of new Set([customerId, ownerBefore, ownerAfter, granteeId])) {
        if (id !== null) yield* byId.get(id) ?? [];
      }
    },
    *all() {
      yield* everyone;
      for (const listeners of byId.values()) yield* listeners;
    },
  };
}
