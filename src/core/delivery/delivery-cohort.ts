import { analysts } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { AccessSnapshot } from './access-snapshot.ts';
import { placesOf } from './delivery-queue.ts';
import { isShared, nothingDelivered, type PendingDelivery, resolveAll } from './delivery-request.ts';
import type { DeliverableEvent } from './event-source.ts';

/** An order whose viewer is told something. */
export interface AuthorizedDelivery {
  waiting: PendingDelivery;
  viewer: Viewer;
  snapshot: AccessSnapshot;
  /** What they may be told of each event; null for nothing. */
  visible: (DeliverableEvent | null)[];
}

/** What a viewer is told, or null when that is settled: nothing. Of another role they may not go on, see `staysWith`. */
export function authorizeDelivery(
  waiting: PendingDelivery,
  snapshot: AccessSnapshot,
): AuthorizedDelivery | null {
  const { order } = waiting;
  const { viewer, files } = snapshot;
  if (viewer && viewer.role !== order.viewer.role) {
    resolveAll(waiting, viewer, nothingDelivered(order));
    return null;
  }
  const { events, jointly } = order;
  if (viewer && jointly.rule && !(snapshot.seesVersions && viewer.role === jointly.rule.role)) {
    resolveAll(waiting, viewer, null);
    return null;
  }
  const visible = events.map(
    (event, i) => viewer && jointly.authorize(event, viewer.id, files[i]?.rights ?? null),
  );
  if (viewer && visible.some(Boolean)) return { waiting, viewer, snapshot: snapshot, visible };
  resolveAll(waiting, viewer, nothingDelivered(order));
  return null;
}

let distinctCohort = 0;

/** Whoever has the same key is told the same. */
export function cohortKey({ waiting: { order }, snapshot, visible }: AuthorizedDelivery): string {
  if (!isShared(order)) return `alone ${++distinctCohort}`;
  const events = visible.map(
    (event) => event && [event.cursor, event.occurredAt, event.type, event.version, event.entityId].join(' '),
  );
  return [order.selection?.id, snapshot.key, ...events].join();
}

/** Several events of one follower's backlog. */
export const isPage = ([first]: AuthorizedDelivery[]): boolean => (first?.visible.length ?? 0) > 1;

/** Pages are read together: their statements take any number of files and versions. Everything else by itself. */
export const readTogether = (groups: AuthorizedDelivery[][]): AuthorizedDelivery[][][] => {
  const pages = groups.filter(isPage);
  const others = groups.filter((group) => !isPage(group)).map((group) => [group]);
  return pages.length > 0 ? [pages, ...others] : others;
};

/** One event for one socket: nobody else's rights are at stake. */
export const isAlone = (groups: AuthorizedDelivery[][]): boolean =>
  groups.length === 1 &&
  groups[0]?.length === 1 &&
  !isPage(groups[0]) &&
  groups[0][0]?.waiting.receivers.length === 1;

/** Analysts read on connections of their own, which keep nobody else waiting. */
export const deliverableCount = (groups: AuthorizedDelivery[][]): number =>
  groups
    .map(([first]) => (!first || analysts.includes(first.viewer.role) ? 0 : placesOf(first.visible.length)))
    .reduce((sum, places) => sum + places, 0);
