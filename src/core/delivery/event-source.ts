import type { AccessClass } from '../access/policy.ts';
import type { Role } from '../access/role.ts';
import type { EventStream, FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import type { Delivery } from '../graphql/execution/operation.ts';
import type { FileRights } from '../model/file-rights.ts';

/** An event as a viewer is told of it. Two that are alike in this are alike. */
export interface DeliverableEvent {
  cursor: string;
  type: string;
  occurredAt: string;
  version?: number | null;
  entityId?: string | null;
}

/** How events of one subscription are judged by what the viewer may read of a file, together with those of others. */
export interface BatchAuthorizer {
  /** Judges of the same key judge alike; without one, nobody is known to. */
  key?: string;
  /** The file (UUID) on which a viewer's rights decide what they are told; null where that is decided without. */
  fileToAuthorize: (event: FollowedEvent, viewerId: string) => string | null;
  /** What a viewer with these rights on it is told, null for none; or nothing. */
  authorize: (event: FollowedEvent, viewerId: string, rights: FileRights | null) => DeliverableEvent | null;
  /** The rule that the judgement goes by, if by one. */
  rule?: KnownRule;
}

/** What was found out of a segment's rule. It holds for one role, and while the segments are what they were. */
export interface KnownRule {
  role: Role;
  /** Version of the segment and of each that it refers to, by UUID. */
  versions: ReadonlyMap<string, number>;
  /** Classes of the fields it asks. */
  classes: ReadonlySet<AccessClass>;
}

/** A delivery that can be judged together with those of other viewers; see `delivery-multiplexer.ts`. */
interface BatchDelivery extends Delivery {
  event: FollowedEvent;
  jointly: BatchAuthorizer;
}

/** The first of them, as far as they can be judged together. */
export function batchDeliveries(deliveries: readonly Delivery[]): BatchDelivery[] {
  const end = deliveries.findIndex((delivery) => (delivery as Partial<BatchDelivery>).jointly === undefined);
  return deliveries.slice(0, end < 0 ? undefined : end) as BatchDelivery[];
}

/**
 * Turns log events into deliveries, each judged under the context of its moment; null tells the viewer nothing.
 * Together with others where `jointly` says how for an event.
 *
 * An explicit iterator, so that `return()` does not wait for a pending `next()`.
 */
export function deliveriesOf(
  events: EventStream,
  authorize: (ctx: Context, event: FollowedEvent) => Promise<unknown>,
  jointly: (event: FollowedEvent) => BatchAuthorizer | undefined = () => undefined,
): AsyncIterableIterator<Delivery> {
  const takeBuffered = (amount: number): Delivery[] => events.takeBuffered(amount).map(deliveryOf);
  const deliveryOf = (event: FollowedEvent): Delivery => {
    const delivery: Delivery & Partial<BatchDelivery> = (ctx) => authorize(ctx, event);
    delivery.following = takeBuffered;
    const authorized = jointly(event);
    if (authorized) {
      delivery.event = event;
      delivery.jointly = authorized;
    }
    return delivery;
  };
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      const { value, done } = await events.next();
      return done ? { done: true, value: undefined } : { done: false, value: deliveryOf(value) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/**
 * Whether an event is never delivered to this viewer by a subscription to files, whatever they may read: steps of
 * access requests have a subscription of their own, and a grant concerns its grantee alone.
 */
export const isUndeliverable = ({ subject, granteeId }: FollowedEvent, viewerId: string): boolean =>
  subject === 'access_request' || (subject === 'access_grant' && granteeId !== viewerId);
