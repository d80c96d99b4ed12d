import type { Context } from '../../core/context.ts';
import { pageRequest } from '../../core/model/page-request.ts';
import { authorizeEvent, type VisibleEvent } from './customer-file-event.service.ts';
import type { CustomerFileEventConnection } from './customer-file-event.type.ts';
import { type AudienceArgs, requireAudience } from './event-audience.ts';

/** Arguments of `customerFileEvents`. */
export interface PollArgs extends AudienceArgs {
  after?: string | null;
  first?: number | null;
}

/** A page of events whose nodes have not been resolved yet. */
export type EventConnection = Omit<CustomerFileEventConnection, 'edges' | 'nodes'> & {
  edges: { cursor: string; node: VisibleEvent }[];
  nodes: VisibleEvent[];
};

/**
 * The next events for a viewer who polls: what `customerFileChanged` would have delivered, authorized by their rights
 * at this moment. Events that they may not see are skipped, so a page may be short or empty although more follow.
 *
 * Errors: those of {@link requireAudience}; CURSOR_EXPIRED, BAD_USER_INPUT for the cursor or the size.
 */
export async function pollCustomerFiles(ctx: Context, args: PollArgs): Promise<EventConnection> {
  const { inLog, audience } = await requireAudience(ctx, args);
  const { size } = pageRequest({ first: args.first ?? null });
  const page = await ctx.changes.read({ audience: inLog, after: args.after, limit: size });
  const visible = await Promise.all(page.events.map((event) => authorizeEvent(ctx, event, audience)));
  const nodes = visible.filter((event) => event !== null);
  return {
    nodes,
    edges: nodes.map((node) => ({ cursor: node.cursor, node })),
    pageInfo: {
      hasNextPage: page.hasMore,
      hasPreviousPage: args.after != null,
      startCursor: nodes[0]?.cursor ?? null,
      endCursor: page.cursor,
    },
  };
}
