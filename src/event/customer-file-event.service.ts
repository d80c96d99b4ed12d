import type { FollowedEvent } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import { encodeId, type IdPrefix } from '../graphql/type-id.ts';
import { type FileRights, findFileRights } from '../history/history.service.ts';
import type { CustomerFileEventType } from './customer-file-event.type.ts';

/** An event as a viewer may see it, with what its fields are read from. */
export interface VisibleEvent {
  cursor: string;
  type: CustomerFileEventType;
  occurredAt: string;
  /** TypeID. */
  customerId: string | null;
  entityId: string | null;
  /** Null where nothing of the file may be told. */
  source: { customerId: string; version: number; actorId: string | null; rights: FileRights } | null;
}

/** Who follows: one's own files, or one file. */
export type EventAudience = 'OWN_FILES' | 'ONE_FILE';

const prefixes: Record<string, IdPrefix> = {
  customer: 'cus',
  contact: 'con',
  interaction: 'int',
  need: 'need',
  deal: 'deal',
  customer_tag: 'tag',
};

/**
 * What the viewer of `ctx` may be told of a log event, by the rights they have
 * now: the event, a contentless ACCESS_ENDED, or nothing (null). One statement.
 */
export async function judgeEvent(ctx: Context, event: FollowedEvent, audience: EventAudience): Promise<VisibleEvent | null> {
  const { cursor, occurredAt, customerId, version, actorId } = event;
  if (event.type === 'BOOKMARK' || event.type === 'BULK_CHANGED' || customerId === null) {
    return { cursor, occurredAt, type: event.type as CustomerFileEventType, customerId: null, entityId: null, source: null };
  }
  // Steps of requests have a subscription of their own.
  if (event.subject === 'access_request') return null;
  const viewerId = ctx.viewer?.id;
  const isGrant = event.subject === 'access_grant';
  // Who else reads a file is in its grants, and no change of the file.
  if (isGrant && event.granteeId !== viewerId) return null;

  const publicId = encodeId('cus', customerId);
  const lost = event.ownerBefore === viewerId && event.ownerAfter !== viewerId;
  const gained = event.ownerAfter === viewerId && event.ownerBefore !== viewerId && event.type !== 'CREATED';
  const ended = { cursor, occurredAt, type: 'ACCESS_ENDED', customerId: publicId, entityId: null, source: null } as const;
  if (lost && audience === 'OWN_FILES') return ended;

  const rights = await findFileRights(ctx, customerId);
  if (!rights) return lost || (isGrant && event.type === 'ACCESS_ENDED') ? ended : null;
  if (isGrant) {
    const type = event.type === 'ACCESS_GRANTED' ? 'ACCESS_GAINED' : 'ACCESS_CHANGED';
    return { cursor, occurredAt, type, customerId: publicId, entityId: null, source: { customerId, version, actorId, rights } };
  }
  const prefix = prefixes[event.subject];
  return {
    cursor,
    occurredAt,
    type: gained ? 'ACCESS_GAINED' : (event.type as CustomerFileEventType),
    customerId: publicId,
    entityId: prefix ? encodeId(prefix, event.subjectId) : null,
    source: { customerId, version, actorId, rights },
  };
}
