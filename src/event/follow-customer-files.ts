import type { Context } from '../context.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import type { Delivery } from '../graphql/operation.ts';
import { findFileRights } from '../history/history.service.ts';
import { judgeEvent } from './customer-file-event.service.ts';
import { deliveriesOf } from './deliveries.ts';

/** Arguments of `customerFileChanged`. */
interface FollowArgs {
  customerId?: string | null;
  after?: string | null;
}

/**
 * Opens the stream behind `customerFileChanged`: log events, each to be judged
 * under the context of its delivery.
 *
 * @throws NOT_FOUND before anything opens for a file the viewer cannot see; CURSOR_EXPIRED, BAD_USER_INPUT for the cursor.
 */
export async function followCustomerFiles(ctx: Context, { customerId, after }: FollowArgs): Promise<AsyncIterableIterator<Delivery>> {
  if (!ctx.viewer) throw unauthenticated();
  if (customerId == null) {
    const events = await ctx.changes.follow({ audience: { employeeId: ctx.viewer.id }, after });
    return deliveriesOf(events, (then, event) => judgeEvent(then, event, 'OWN_FILES'));
  }
  const id = requireId('cus', customerId, ['customerId']);
  if (!(await findFileRights(ctx, id))) throw notFound();
  const events = await ctx.changes.follow({ audience: { customerId: id }, after });
  return deliveriesOf(events, (then, event) => judgeEvent(then, event, 'ONE_FILE'));
}
