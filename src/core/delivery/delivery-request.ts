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
  authorizer: BatchAuthorizer;
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
  request: DeliveryRequest;
  subscribers: Subscriber[];
}

/** Resolves all subscribers of a request. */
export const resolveAll = (
  { subscribers }: PendingDelivery,
  viewer: Viewer | null,
  result: DeliveryResult | null,
): void => {
  for (const subscriber of subscribers) subscriber.resolve(viewer, result);
};
/** The result that covers all events of a request and delivers nothing. */
export const nothingDelivered = ({ events }: DeliveryRequest): DeliveryResult => ({
  events: events.length,
  answers: [],
});
/** Fails all subscribers of a request. */
export const failAll = ({ subscribers }: PendingDelivery, error: unknown): void => {
  for (const subscriber of subscribers) subscriber.fail(error);
};

/** Merges equal requests of one viewer. */
export function mergeEqual(due: PendingDelivery[]): PendingDelivery[] {
  const byViewer = new Map<Viewer, PendingDelivery[]>();
  for (const { request, subscribers } of due) {
    const own = byViewer.get(request.viewer);
    const same = own?.find((other) => isSame(other.request, request));
    if (same) same.subscribers.push(...subscribers);
    else if (own) own.push({ request, subscribers });
    else byViewer.set(request.viewer, [{ request, subscribers }]);
  }
  return [...byViewer.values()].flat();
}

/** Splits a request into one per subscriber, for the first event only. */
export const splitBySubscriber = ({ request, subscribers }: PendingDelivery): PendingDelivery[] =>
  subscribers.map((subscriber) => ({
    request: { ...request, events: [request.events[0]] },
    subscribers: [subscriber],
  }));

/** Whether two requests of one viewer are equal. */
function isSame(one: DeliveryRequest, other: DeliveryRequest): boolean {
  const { key } = one.authorizer;
  return (
    isShared(one) &&
    one.selection === other.selection &&
    one.locale === other.locale &&
    key !== undefined &&
    key === other.authorizer.key &&
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
