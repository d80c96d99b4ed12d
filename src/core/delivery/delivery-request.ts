import type { ExecutionArgs } from 'graphql';
import { analysts } from '../access/policy.ts';
import type { Viewer } from '../access/viewer.ts';
import type { FollowedEvent } from '../changes/changes.ts';
import type { SharedSelection } from '../graphql/execution/viewer-independence.ts';
import type { EncodedResult } from '../graphql/transport/websocket-frame.ts';
import type { Locale } from '../model/label.ts';
import type { BatchAuthorizer } from './event-source.ts';

/** Events of one subscription to be delivered to its viewer, in order: one, or a page of a backlog. */
export interface DeliveryRequest {
  events: readonly [FollowedEvent, ...FollowedEvent[]];
  jointly: BatchAuthorizer;
  /** As last read from the database. */
  viewer: Viewer;
  /** The language of messages in the results. */
  locale: Locale;
  args: ExecutionArgs;
  /** The selection; null if the result cannot be shared with other viewers. */
  selection: SharedSelection | null;
}

/** The result for the first events of a request. The remaining events have to be requested again. */
export interface DeliveryResult {
  /** How many events it covers, at least one. */
  events: number;
  /** The results to send to the viewer. */
  answers: readonly EncodedResult[];
}

/** Receives the result of a request. */
export interface Subscriber {
  /** Network address. */
  address: string;
  /** The purpose stated by the client. */
  purpose: string | null;
  /**
   * `viewer` is their current state, or null if the session has ended or they are disabled. `result` is null if the
   * first event has to be evaluated for this subscriber alone.
   */
  resolve: (viewer: Viewer | null, result: DeliveryResult | null) => void;
  /** Receives the error if the database does not respond. */
  fail: (error: unknown) => void;
}

/** A request and all its subscribers: sockets of one viewer that made the same request. */
export interface PendingDelivery {
  order: DeliveryRequest;
  receivers: Subscriber[];
}

/** Resolves all subscribers of a request. */
export const resolveAll = (
  { receivers }: PendingDelivery,
  viewer: Viewer | null,
  result: DeliveryResult | null,
): void => {
  for (const receiver of receivers) receiver.resolve(viewer, result);
};
/** The result that covers all events of a request and delivers nothing. */
export const nothingDelivered = ({ events }: DeliveryRequest): DeliveryResult => ({
  events: events.length,
  answers: [],
});
/** Fails all subscribers of a request. */
export const failAll = ({ receivers }: PendingDelivery, error: unknown): void => {
  for (const receiver of receivers) receiver.fail(error);
};

/** Merges equal requests of one viewer. */
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

/** Splits a request into one per subscriber, for the first event only. */
export const eachAlone = ({ order, receivers }: PendingDelivery): PendingDelivery[] =>
  receivers.map((receiver) => ({ order: { ...order, events: [order.events[0]] }, receivers: [receiver] }));

/** Whether two requests of one viewer are equal. */
function isSame(one: DeliveryRequest, other: DeliveryRequest): boolean {
  const { key } = one.jointly;
  return (
    isShared(one) &&
    one.selection === other.selection &&
    one.locale === other.locale &&
    key !== undefined &&
    key === other.jointly.key &&
    one.events.length === other.events.length &&
    one.events.every((event, i) => isSameEvent(event, other.events[i] as FollowedEvent))
  );
}

const isSameEvent = (one: FollowedEvent, other: FollowedEvent): boolean =>
  one === other ||
  // Events read from the table are a separate object for each follower.
  (one.cursor === other.cursor && one.type === other.type && one.occurredAt === other.occurredAt);

/**
 * Whether the result may be shared. Not for analysts, who read on separate connections within a budget of their own.
 */
export const isShared = ({ selection, viewer }: DeliveryRequest): boolean =>
  selection !== null && !analysts.includes(viewer.role);
