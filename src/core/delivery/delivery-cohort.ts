import { analysts } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { AccessSnapshot } from './access-snapshot.ts';
import { slotsOf } from './delivery-queue.ts';
import { isShared, nothingDelivered, type PendingDelivery, resolveAll } from './delivery-request.ts';
import type { DeliverableEvent } from './event-source.ts';

/** A delivery request whose viewer may see at least one of its events. */
export interface AuthorizedDelivery {
  pending: PendingDelivery;
  viewer: Viewer;
  snapshot: AccessSnapshot;
  /** What they may see of each event; null for nothing. */
  visible: (DeliverableEvent | null)[];
}

/**
 * Authorizes a request. Returns null if it is already resolved: nothing is visible, the viewer has changed role (they
 * may not continue, see `staysWith`), or the first event must be evaluated separately.
 */
export function authorizeDelivery(
  pending: PendingDelivery,
  snapshot: AccessSnapshot,
): AuthorizedDelivery | null {
  const { request } = pending;
  const { viewer, files } = snapshot;
  if (viewer && viewer.role !== request.viewer.role) {
    resolveAll(pending, viewer, nothingDelivered(request));
    return null;
  }
  const { events, authorizer } = request;
  if (viewer && authorizer.rule && !(snapshot.seesVersions && viewer.role === authorizer.rule.role)) {
    resolveAll(pending, viewer, null);
    return null;
  }
  const visible = events.map(
    (event, i) => viewer && authorizer.authorize(event, viewer.id, files[i]?.rights ?? null),
  );
  if (viewer && visible.some(Boolean)) return { pending, viewer, snapshot, visible };
  resolveAll(pending, viewer, nothingDelivered(request));
  return null;
}

let distinctCohort = 0;

/** Deliveries with the same key get the same result. */
export function cohortKey({ pending: { request }, snapshot, visible }: AuthorizedDelivery): string {
  if (!isShared(request)) return `alone ${++distinctCohort}`;
  const events = visible.map(
    (event) => event && [event.cursor, event.occurredAt, event.type, event.version, event.entityId].join(' '),
  );
  return [request.selection?.id, request.locale, snapshot.key, ...events].join();
}

/** Whether this is a page: several events of one follower's backlog. */
export const isPage = ([first]: AuthorizedDelivery[]): boolean => (first?.visible.length ?? 0) > 1;

/**
 * Groups to be read together. All pages form one batch, because their statements take any number of files and versions;
 * each other group is read by itself.
 */
export const readTogether = (groups: AuthorizedDelivery[][]): AuthorizedDelivery[][][] => {
  const pages = groups.filter(isPage);
  const others = groups.filter((group) => !isPage(group)).map((group) => [group]);
  return pages.length > 0 ? [pages, ...others] : others;
};

/** Whether this is one event for one socket, so that no other viewer's rights matter. */
export const isAlone = (groups: AuthorizedDelivery[][]): boolean =>
  groups.length === 1 &&
  groups[0]?.length === 1 &&
  !isPage(groups[0]) &&
  groups[0][0]?.pending.subscribers.length === 1;

/**
 * The number of queue slots these groups take. Analysts take none: they read on separate connections, which do not
 * delay others.
 */
export const deliverableCount = (groups: AuthorizedDelivery[][]): number =>
  groups
    .map(([first]) => (!first || analysts.includes(first.viewer.role) ? 0 : slotsOf(first.visible.length)))
    .reduce((sum, slots) => sum + slots, 0);
