import { logReads, type ReadPart, readsOfParts } from '../../core/access/access-log-port.ts';
import { type AccessClass, loggedClasses } from '../../core/access/policy.ts';
import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { isOfRights, isUndeliverable } from '../../core/delivery/event-source.ts';
import { encodeId, uuidOf } from '../../core/graphql/schema/type-id.ts';
import { type FileCondition, type FileRights, findFileRights } from '../../core/model/file-rights.ts';
import { compileFilter } from '../../core/model/filter.ts';
import { all, fileColumnsOf } from '../../core/model/read-context.ts';
import { type EventSubject, subjectNamed } from '../../core/model/registry.ts';
import { requireSaved } from '../../core/model/saved-filter.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';
import { type CustomerFileEventType, seenAs } from './customer-file-event.enums.ts';

/** An event as a viewer may see it, and what its fields are resolved from. */
export interface VisibleEvent {
  cursor: string;
  type: CustomerFileEventType;
  occurredAt: string;
  /** TypeID. */
  customerId: string | null;
  version: number | null;
  entityId: string | null;
  /** Null where no field of the file may be delivered. */
  source: {
    customerId: string;
    version: number;
    actorId: string | null;
    rights: FileRights;
    /** What type and id of the changed row disclose of the file, if it has to be logged. */
    disclosed: Pick<ReadPart, 'access' | 'fields'> | null;
  } | null;
}

const logged = new WeakMap<VisibleEvent, Promise<void>>();

/** Logs, once for each event, that the viewer learns of a row of a logged class: that there is a deal is business too. */
export function logDisclosed(ctx: Context, event: VisibleEvent): Promise<void> | undefined {
  const { disclosed, customerId } = event.source ?? {};
  if (!disclosed || !customerId) return undefined;
  const known = logged.get(event) ?? logReads(ctx, [readsOfParts([disclosed], [customerId])], 'OWN');
  logged.set(event, known);
  return known;
}

/** Whose events a viewer follows: of their own files, of one file (a UUID), or of a segment's members (its TypeID). */
export type EventAudience = 'OWN_FILES' | { customerId: string } | { segmentId: string };

/**
 * Authorizes a log event for the viewer of `ctx` by their present rights. Returns the event, an ACCESS_ENDED without
 * content, or null for nothing. One statement, and one more for a segment's rule.
 *
 * Errors: BAD_USER_INPUT for a segment that no longer exists, FORBIDDEN if its rule uses a field the viewer may not
 * read.
 */
export async function authorizeEvent(
  ctx: Context,
  event: FollowedEvent,
  audience: EventAudience,
): Promise<VisibleEvent | null> {
  const viewerId = ctx.viewer?.id ?? '';
  const fileId = fileToAuthorize(event, audience, viewerId);
  const rights = fileId === null ? null : await findFileRights(ctx, fileId, membershipIn(audience));
  return buildEvent(event, audience, viewerId, rights);
}

/** The file (UUID) whose rights decide what a viewer receives; null where no rights are needed to decide. */
export function fileToAuthorize(
  event: FollowedEvent,
  audience: EventAudience,
  viewerId: string,
): string | null {
  // For one file, even BULK_CHANGED would reveal that much changed in it.
  if (event.customerId === null)
    return event.type === 'BULK_CHANGED' && isOneFile(audience) ? audience.customerId : null;
  if (isUndeliverable(event, viewerId)) return null;
  return audience === 'OWN_FILES' && isLostBy(viewerId, event) ? null : event.customerId;
}

/** The event for a viewer with these rights on {@link fileToAuthorize} (null for none), or null for no event. */
export function buildEvent(
  event: FollowedEvent,
  audience: EventAudience,
  viewerId: string,
  rights: FileRights | null,
): VisibleEvent | null {
  const { cursor, occurredAt, customerId, version, actorId } = event;
  const contentless = (type: CustomerFileEventType, id: string | null): VisibleEvent => ({
    cursor,
    occurredAt,
    type,
    customerId: id,
    version: null,
    entityId: null,
    source: null,
  });
  if (customerId === null) {
    const isConcealed = fileToAuthorize(event, audience, viewerId) !== null && !rights;
    return isConcealed ? null : contentless(event.type, null);
  }
  if (isUndeliverable(event, viewerId)) return null;

  const publicId = encodeId('cus', customerId);
  const lost = isLostBy(viewerId, event);
  if (lost && audience === 'OWN_FILES') return contentless('ACCESS_ENDED', publicId);
  if (!rights) {
    return lost || (isGrant(event) && event.type === 'ACCESS_ENDED')
      ? contentless('ACCESS_ENDED', publicId)
      : null;
  }
  const source = { customerId, version, actorId, rights, disclosed: null };
  if (isGrant(event)) {
    const type = seenAs[event.type] ?? 'ACCESS_CHANGED';
    return { cursor, occurredAt, type, customerId: publicId, version, entityId: null, source };
  }
  const subject = subjectNamed(event.subject);
  const opensRow = subject?.access ?? 'basic';
  if (opensRow !== 'open' && !rights[opensRow]) {
    // The viewer can see that the file has a new version, but not what was added or removed.
    return { cursor, occurredAt, type: 'UPDATED', customerId: publicId, version, entityId: null, source };
  }
  const share = shareIn(viewerId, event);
  const gained = share.has && !share.had && event.type !== 'CREATED';
  return {
    cursor,
    occurredAt,
    type: gained ? 'ACCESS_GAINED' : event.type,
    customerId: publicId,
    version,
    entityId: subject ? encodeId(subject.prefix, event.subjectId) : null,
    source: { ...source, disclosed: disclosedBy(subject) },
  };
}

function disclosedBy(subject: EventSubject | undefined): Pick<ReadPart, 'access' | 'fields'> | null {
  if (!subject?.relation || !loggedClasses.includes(subject.access as AccessClass)) return null;
  return { access: subject.access as AccessClass, fields: [subject.relation] };
}

const isGrant = ({ subject }: FollowedEvent): boolean => isOfRights(subject);

/** Whether the file was the viewer's own before an event, and after it. */
function shareIn(viewerId: string, { ownerBefore, ownerAfter, sharers }: FollowedEvent) {
  const sharer = sharers?.find(({ id }) => id === viewerId);
  return {
    had: ownerBefore === viewerId || (sharer?.had ?? false),
    has: ownerAfter === viewerId || (sharer?.has ?? false),
  };
}

function isLostBy(viewerId: string, event: FollowedEvent): boolean {
  const { had, has } = shareIn(viewerId, event);
  return had && !has;
}

const isOneFile = (audience: EventAudience): audience is { customerId: string } =>
  typeof audience === 'object' && 'customerId' in audience;

/** The condition on a file besides being visible: to be in the segment now, as the viewer sees it. */
export function membershipIn(audience: EventAudience): FileCondition | undefined {
  if (typeof audience === 'string' || !('segmentId' in audience)) return undefined;
  const { segmentId } = audience;
  return (reading, alias, next) => {
    requireSaved(reading, uuidOf(segmentId));
    const file = fileColumnsOf(alias);
    const rule = { inSegment: segmentId };
    return all([activeFiles(alias), compileFilter(reading, customerModel, rule, alias, file, next)]);
  };
}
