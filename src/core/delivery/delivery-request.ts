import type { ExecutionArgs } from 'graphql';
import { analysts } from '../access/policy.ts';
import type { FollowedEvent } from '../changes/changes.ts';
import type { Viewer } from '../context.ts';
import type { AlikeSelection } from '../graphql/execution/viewer-independence.ts';
import type { AnswerText } from '../graphql/transport/websocket-frame.ts';
import type { JointJudge } from './event-source.ts';

/** Events of one subscription that are to be told to its viewer, in their order: one, or a page of a backlog. */
export interface DeliveryOrder {
  events: readonly [FollowedEvent, ...FollowedEvent[]];
  jointly: JointJudge;
  /** As last read from the database. */
  viewer: Viewer;
  args: ExecutionArgs;
  /** What they select; null when others are never told the same. */
  selection: AlikeSelection | null;
}

/** What becomes of the first events of an order. The others are to be ordered again. */
export interface Told {
  /** So many: at least one. */
  events: number;
  /** What the viewer is told of them. */
  answers: readonly AnswerText[];
}

/** Who gets what an order yields. */
export interface Receiver {
  /** Network address. */
  address: string;
  /** What the client says it reads for. */
  purpose: string | null;
  /**
   * `viewer`: as they are now; null when they are nobody any more. `told`: null where the first event is to be judged
   * for them alone.
   */
  settle: (viewer: Viewer | null, told: Told | null) => void;
  /** Gets whatever keeps the database from answering. */
  fail: (error: unknown) => void;
}

/** An order, and all who gave the same one: sockets of one viewer. */
export interface Waiting {
  order: DeliveryOrder;
  receivers: Receiver[];
}

/** Tells all who gave an order. */
export const settleAll = ({ receivers }: Waiting, viewer: Viewer | null, told: Told | null): void => {
  for (const receiver of receivers) receiver.settle(viewer, told);
};
/** All events of an order, and nothing of them. */
export const nothingTold = ({ events }: DeliveryOrder): Told => ({ events: events.length, answers: [] });
/** Lets all know what kept an order from being served. */
export const failAll = ({ receivers }: Waiting, error: unknown): void => {
  for (const receiver of receivers) receiver.fail(error);
};

/** The same orders of one viewer as one. */
export function joined(due: Waiting[]): Waiting[] {
  const byViewer = new Map<Viewer, Waiting[]>();
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
export const eachAlone = ({ order, receivers }: Waiting): Waiting[] =>
  receivers.map((receiver) => ({ order: { ...order, events: [order.events[0]] }, receivers: [receiver] }));

/** Whether two orders of one viewer are for the same. */
function isSame(one: DeliveryOrder, other: DeliveryOrder): boolean {
  const { key } = one.jointly;
  return (
    isToldAlike(one) &&
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
export const isToldAlike = ({ selection, viewer }: DeliveryOrder): boolean =>
  selection !== null && !analysts.includes(viewer.role);
