import type { AccessClass } from '../access/policy.ts';
import type { Role } from '../access/role.ts';
import type { FollowedEvent, FollowedEvents } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import type { Delivery } from '../graphql/execution/operation.ts';
import type { FileRights } from '../model/file-rights.ts';

/** An event as delivered to a viewer. Two with equal fields are interchangeable. */
export interface DeliverableEvent {
  cursor: string;
  type: string;
  occurredAt: string;
  version?: number | null;
  entityId?: string | null;
}

/**
 * Authorizes the events of one subscription by the viewer's rights on a file, so that they can be batched with those of
 * other subscriptions.
 */
export interface BatchAuthorizer {
  /** Authorizers with the same key decide the same. Without a key, no other is known to. */
  key?: string;
  /** The file (UUID) whose rights decide what the viewer receives; null if no file is needed to decide. */
  fileToAuthorize: (event: FollowedEvent, viewerId: string) => string | null;
  /** What a viewer with these rights on the file receives (`rights` is null if they have none); null for nothing. */
  authorize: (event: FollowedEvent, viewerId: string, rights: FileRights | null) => DeliverableEvent | null;
  /** The segment rule that the decision depends on, if any. */
  rule?: KnownRule;
}

/** An evaluated segment rule. Valid for one role, as long as the segments keep these versions. */
export interface KnownRule {
  role: Role;
  /** Versions of the segment and of every segment it refers to, by UUID. */
  versions: ReadonlyMap<string, number>;
  /** Access classes of the fields it uses. */
  classes: ReadonlySet<AccessClass>;
}

/** A delivery that can be batched with those of other viewers; see `delivery-multiplexer.ts`. */
interface BatchDelivery extends Delivery {
  event: FollowedEvent;
  authorizer: BatchAuthorizer;
}

/** The leading deliveries that can be batched. */
export function batchDeliveries(deliveries: readonly Delivery[]): BatchDelivery[] {
  const end = deliveries.findIndex(
    (delivery) => (delivery as Partial<BatchDelivery>).authorizer === undefined,
  );
  return deliveries.slice(0, end < 0 ? undefined : end) as BatchDelivery[];
}

/**
 * Turns log events into deliveries. Each is authorized in a context created at delivery; null delivers nothing. If
 * `authorizerOf` returns an authorizer for an event, it can be batched with others.
 *
 * An explicit iterator, so that `return()` does not wait for a pending `next()`.
 */
export function deliveriesOf(
  events: FollowedEvents,
  authorize: (ctx: Context, event: FollowedEvent) => Promise<unknown>,
  authorizerOf: (event: FollowedEvent) => BatchAuthorizer | undefined = () => undefined,
): AsyncIterableIterator<Delivery> {
  const takeBuffered = (amount: number): Delivery[] => events.takeBuffered(amount).map(deliveryOf);
  const deliveryOf = (event: FollowedEvent): Delivery => {
    const delivery: Delivery & Partial<BatchDelivery> = (ctx) => authorize(ctx, event);
    delivery.following = takeBuffered;
    const authorizer = authorizerOf(event);
    if (authorizer) {
      delivery.event = event;
      delivery.authorizer = authorizer;
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
 * Whether a subscription to files never delivers this event to this viewer, whatever they may read: what is addressed to
 * somebody has a feed of its own, except a grant or delegation, which concerns its grantee alone.
 */
export const isUndeliverable = ({ subject, granteeId }: FollowedEvent, viewerId: string): boolean =>
  granteeId !== null && (!isOfRights(subject) || granteeId !== viewerId);

/** Whether a subject of the log is a right on a file, and no row in it. */
export const isOfRights = (subject: string): boolean =>
  subject === 'access_grant' || subject === 'delegation';
