import type { ExecutionArgs } from 'graphql';
import { analysts } from '../access/policy.ts';
import type { Viewer } from '../context.ts';
import type { AlikeSelection } from '../graphql/told-alike.ts';
import type { JointDelivery } from './deliveries.ts';

/** An event that is to be told to one viewer. */
export interface DeliveryOrder {
  delivery: JointDelivery;
  /** As last read from the database. */
  viewer: Viewer;
  args: ExecutionArgs;
  /** What they select; null when others are never told the same. */
  selection: AlikeSelection | null;
}

/** Who gets what an order yields. */
export interface Receiver {
  /** Network address. */
  address: string;
  /**
   * `viewer`: as they are now; null when they are nobody any more. `answer`: as JSON; null where the viewer is told
   * nothing, undefined where that is to be judged for them alone.
   */
  settle: (viewer: Viewer | null, answer: string | null | undefined) => void;
  /** Gets whatever keeps the database from answering. */
  fail: (error: unknown) => void;
}

/** An order, and all who gave the same one: sockets of one viewer. */
export interface Waiting {
  order: DeliveryOrder;
  receivers: Receiver[];
}

/** Tells all who gave an order. */
export const settleAll = (
  { receivers }: Waiting,
  viewer: Viewer | null,
  answer: string | null | undefined,
): void => {
  for (const receiver of receivers) receiver.settle(viewer, answer);
};
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

/** One order for each who gave it. */
export const eachAlone = ({ order, receivers }: Waiting): Waiting[] =>
  receivers.map((receiver) => ({ order: { ...order }, receivers: [receiver] }));

/** Whether two orders of one viewer are for the same. */
function isSame(one: DeliveryOrder, other: DeliveryOrder): boolean {
  const [event, otherEvent] = [one.delivery.event, other.delivery.event];
  const isOneEvent =
    event === otherEvent ||
    // Read out of the table it is another object for each follower.
    (event.cursor === otherEvent.cursor &&
      event.type === otherEvent.type &&
      event.occurredAt === otherEvent.occurredAt);
  const { key } = one.delivery.jointly;
  return (
    isOneEvent &&
    isToldAlike(one) &&
    one.selection === other.selection &&
    key !== undefined &&
    key === other.delivery.jointly.key
  );
}

/** Analysts read on connections of their own, within a budget of their own. */
export const isToldAlike = ({ selection, viewer }: DeliveryOrder): boolean =>
  selection !== null && !analysts.includes(viewer.role);
