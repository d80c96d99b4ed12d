import type { ExecutionArgs } from 'graphql';
import { analysts } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { FollowedEvent } from '../changes/changes.ts';
import type { SharedSelection } from '../graphql/execution/viewer-independence.ts';
import type { EncodedResult } from '../graphql/transport/websocket-frame.ts';
import type { BatchAuthorizer } from './event-source.ts';

/** Events of one subscription that are to be told to its viewer, in their order: one, or a page of a backlog. */
export interface DeliveryRequest {
  events: readonly [FollowedEvent, ...FollowedEvent[]];
  jointly: BatchAuthorizer;
  /** As last read from the database. */
  viewer: Viewer;
  args: ExecutionArgs;
  /** What they select; null when others are never told the same. */
  selection: SharedSelection | null;
}

/** What becomes of the first events of an order. The others are to be ordered again. */
export interface DeliveryResult {
  /** So many: at least one. */
  events: number;
  /** What the viewer is told of them. */
  answers: readonly EncodedResult[];
}

/** Who gets what an order yields. */
export interface Subscriber {
  /** Network address. */
  address: string;
  /** What the client says it reads for. */
  purpose: string | null;
  /**
   * `viewer`: as they are now; null when they are nobody any more. `told`: null where the first event is to be judged
   * for them alone.
   */
  resolve: (viewer: Viewer | null, result: DeliveryResult | null) => void;
  /** Gets whatever keeps the database from answering. */
  fail: (error: unknown) => void;
}

/** An order, and all who gave the same one: sockets of one viewer. */
export interface PendingDelivery {
  order: DeliveryRequest;
  receivers: Subscriber[];
}

/** Tells all who gave an order. */
export const resolveAll = (
  { receivers }: PendingDelivery,
  viewer: Viewer | null,
  result: DeliveryResult | null,
): void => {
  for (const receiver of receivers) receiver.resolve(viewer, result);
};
/** All events of an order, and nothing of them. */
export const nothingDelivered = ({ events }: DeliveryRequest): DeliveryResult => ({
  events: events.length,
  answers: [],
});
/** Lets all know what kept an order from being served. */
export const failAll = ({ receivers }: PendingDelivery, error: unknown): void => {
  for (const receiver of receivers) receiver.fail(error);
};

/** The same orders of one viewer as one. */
export function joined(due: PendingDelivery[]): PendingDelivery[] {
  const byViewer = new Map<Viewer, PendingDelivery[]>();
  for (const { order, receivers } of due) {
    const own = byViewer.get(order.viewer);
    const same = own?.find((other) => isSame(other.order, order));
    if (same) same.receivers.push(...receivers);
    else if (own) own.push({ order, receivers });
    else byViewer.set(order.viewer, [{ order, receivers }]);
  }
  return [...byViewer.values()].flat();
}

/** One order for each who gave it, for the first event. */
export const eachAlone = ({ order, receivers }: PendingDelivery): PendingDelivery[] =>
  receivers.map((receiver) => ({ order: { ...order, events: [order.events[0]] }, receivers: [receiver] }));

/** Whether two orders of one viewer are for the same. */
function isSame(one: DeliveryRequest, other: DeliveryRequest): boolean {
  const { key } = one.jointly;
  return (
    isShared(one) &&
    one.selection === other.selection &&
    key !== undefined &&
    key === other.jointly.key &&
    one.events.length === other.events.length &&
    one.events.every((event, i) => isSameEvent(event, other.events[i] as FollowedEvent))
  );
}

const isSameEvent = (one: FollowedEvent, other: FollowedEvent): boolean =>
  one === other ||
  // Read out of the table it is another object for each follower.
  (one.cursor === other.cursor && one.type === other.type && one.occurredAt === other.occurredAt);

/** Analysts read on connections of their own, within a budget of their own. */
export const isShared = ({ selection, viewer }: DeliveryRequest): boolean =>
  selection !== null && !analysts.includes(viewer.role);
