import type { Context } from '../context.ts';
import type { Delivery } from '../graphql/operation.ts';
import { judgeEvent } from './customer-file-event.service.ts';
import { deliveriesOf } from './deliveries.ts';
import { type AudienceArgs, requireAudience } from './event-audience.ts';

/** Arguments of `customerFileChanged`. */
interface FollowArgs extends AudienceArgs {
  after?: string | null;
}

/**
 * Opens the stream behind `customerFileChanged`: log events, each to be judged under the context of its delivery.
 *
 * Errors: those of {@link requireAudience}, before anything opens; CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followCustomerFiles(
  ctx: Context,
  args: FollowArgs,
): Promise<AsyncIterableIterator<Delivery>> {
  const { inLog, judged } = await requireAudience(ctx, args);
  const events = await ctx.changes.follow({ audience: inLog, after: args.after ?? null });
  return deliveriesOf(events, (then, event) => judgeEvent(then, event, judged), judged);
}
