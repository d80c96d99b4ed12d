import { analysts } from '../access/policy.ts';
import type { Viewer } from '../context.ts';
import type { Standing } from './access-snapshot.ts';
import { placesOf } from './delivery-queue.ts';
import { isToldAlike, nothingTold, settleAll, type Waiting } from './delivery-request.ts';
import type { ToldEvent } from './event-source.ts';

/** An order whose viewer is told something. */
export interface Judged {
  waiting: Waiting;
  viewer: Viewer;
  standing: Standing;
  /** What they may be told of each event; null for nothing. */
  visible: (ToldEvent | null)[];
}

/** What a viewer is told, or null when that is settled: nothing. Of another role they may not go on, see `staysWith`. */
export function judge(waiting: Waiting, standing: Standing): Judged | null {
  const { order } = waiting;
  const { viewer, files } = standing;
  if (viewer && viewer.role !== order.viewer.role) {
    settleAll(waiting, viewer, nothingTold(order));
    return null;
  }
  const { events, jointly } = order;
  if (viewer && jointly.rule && !(standing.seesVersions && viewer.role === jointly.rule.role)) {
    settleAll(waiting, viewer, null);
    return null;
  }
  const visible = events.map(
    (event, i) => viewer && jointly.tell(event, viewer.id, files[i]?.rights ?? null),
  );
  if (viewer && visible.some(Boolean)) return { waiting, viewer, standing, visible };
  settleAll(waiting, viewer, nothingTold(order));
  return null;
}

let unlikeAnyOther = 0;

/** Whoever has the same key is told the same. */
export function groupKey({ waiting: { order }, standing, visible }: Judged): string {
  if (!isToldAlike(order)) return `alone ${++unlikeAnyOther}`;
  const events = visible.map(
    (event) => event && [event.cursor, event.occurredAt, event.type, event.version, event.entityId].join(' '),
  );
  return [order.selection?.id, standing.key, ...events].join();
}

/** Several events of one follower's backlog. */
export const isPage = ([first]: Judged[]): boolean => (first?.visible.length ?? 0) > 1;

/** Pages are read together: their statements take any number of files and versions. Everything else by itself. */
export const readTogether = (groups: Judged[][]): Judged[][][] => {
  const pages = groups.filter(isPage);
  const others = groups.filter((group) => !isPage(group)).map((group) => [group]);
  return pages.length > 0 ? [pages, ...others] : others;
};

/** One event for one socket: nobody else's rights are at stake. */
export const isAlone = (groups: Judged[][]): boolean =>
  groups.length === 1 &&
  groups[0]?.length === 1 &&
  !isPage(groups[0]) &&
  groups[0][0]?.waiting.receivers.length === 1;

/** Analysts read on connections of their own, which keep nobody else waiting. */
export const placesToTell = (groups: Judged[][]): number =>
  groups
    .map(([first]) => (!first || analysts.includes(first.viewer.role) ? 0 : placesOf(first.visible.length)))
    .reduce((sum, places) => sum + places, 0);
