import type { FollowedEvent } from '../../core/changes/changes.ts';
import type { Context } from '../../core/context.ts';
import { type BatchAuthorizer, deliveriesOf } from '../../core/delivery/event-source.ts';
import type { Delivery } from '../../core/graphql/execution/operation.ts';
import { authorizeEvent, buildEvent, fileToAuthorize } from './customer-file-event.service.ts';
import { type AudienceArgs, requireAudience } from './event-audience.ts';

/** Arguments of `customerFileChanged`. */
interface FollowArgs extends AudienceArgs {
  after?: string | null;
}

/**
 * Opens the stream behind `customerFileChanged`: log events, each authorized in the context of its delivery.
 *
 * Errors: those of {@link requireAudience}, before anything opens; CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followCustomerFiles(
  ctx: Context,
  args: FollowArgs,
): Promise<AsyncIterableIterator<Delivery>> {
  const { inLog, audience } = await requireAudience(ctx, args);
  const events = await ctx.changes.follow({ audience: inLog, after: args.after ?? null });
  // Whether a file is in a segment is evaluated for each viewer separately.
  const authorizer: BatchAuthorizer | undefined =
    typeof audience === 'object' && 'segmentId' in audience
      ? undefined
      : {
          key: typeof audience === 'object' ? audience.customerId : audience,
          fileToAuthorize: (event, viewerId) => fileToAuthorize(event, audience, viewerId),
          authorize: (event, viewerId, rights) => buildEvent(event, audience, viewerId, rights),
        };
  const authorizeSingly = async (then: Context, event: FollowedEvent) => {
    // A segment that no longer exists, or that uses a field the viewer can no longer read, gets no bookmarks either.
    if (event.customerId === null && args.segmentId != null) await requireAudience(then, args);
    return authorizeEvent(then, event, audience);
  };
  return deliveriesOf(events, authorizeSingly, () => authorizer);
}
