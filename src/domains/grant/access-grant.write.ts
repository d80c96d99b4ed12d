import { and, eq, sql } from 'drizzle-orm';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { forbidden, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { type AccessGrantRow, accessGrant, type GrantEndReason } from './access-grant.table.ts';
import { visibleGrants } from './grant.scope.ts';

const path = ['input'];

/**
 * Ends a grant at the grantee's wish, even after it expired, and returns its id. From this instant the grant gives no
 * access. A repeated call, or one after a recall, leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for another's grant.
 */
export function returnFile(db: Database, actor: Actor, input: { grantId: string }): Promise<string> {
  return endGrant(db, actor, input.grantId, 'RETURNED', (grant) => grant.granteeId === actor.viewer.id);
}

/**
 * Recalls a grant and returns its id; for everybody who can see it except the grantee. From this instant it gives no
 * access, on open subscriptions too. A repeated call leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for one's own grant, which is returned instead.
 */
export function recallGrant(db: Database, actor: Actor, input: { grantId: string }): Promise<string> {
  return endGrant(db, actor, input.grantId, 'RECALLED', (grant) => grant.granteeId !== actor.viewer.id);
}

function endGrant(
  db: Database,
  actor: Actor,
  grantId: string,
  endReason: GrantEndReason,
  mayEnd: (grant: AccessGrantRow) => boolean,
): Promise<string> {
  const id = requireId('grant', grantId, [...path, 'grantId']);
  return writeAs(db, originOf(actor), async (tx) => {
    const grant = await lockGrant(tx, actor.viewer, id);
    if (!mayEnd(grant)) throw forbidden();
    if (grant.endedAt === null) {
      await tx
        .update(accessGrant)
        .set({ endedAt: sql`business_now()`, endReason, endedById: actor.viewer.id })
        .where(eq(accessGrant.id, id));
    }
    return id;
  });
}

/** Locks a grant, after its file, and returns it as it is now. Errors: NOT_FOUND, also for one that the viewer cannot see. */
export async function lockGrant(tx: Database, viewer: Viewer, id: string): Promise<AccessGrantRow> {
  // The file is locked first, as in every write to a file: the end of a grant is an event of the file.
  await tx.execute(sql`
    select 1 from customer where id = (select customer_id from access_grant where id = ${id}) for no key update`);
  const [grant] = await tx
    .select()
    .from(accessGrant)
    .where(and(eq(accessGrant.id, id), visibleGrants(viewer, 'access_grant')))
    .for('update');
  if (!grant) throw notFound();
  return grant;
}
