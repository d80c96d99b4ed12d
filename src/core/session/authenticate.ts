import { type SQL, sql } from 'drizzle-orm';
import type { Viewer } from '../access/viewer.ts';
import { type Database, queryJson } from '../database/database.ts';
import { type AccessTokenClaims, claimsOf } from './access-token.ts';
import type { Authority } from './authority.ts';
import { loadViewer, viewerJson } from './viewer.loader.ts';

/**
 * The employee of a session, as stored now; null if the session is over or the employee disabled. One prepared
 * statement, which precedes every operation.
 */
export const findViewer = async (
  db: Database,
  claims: Pick<AccessTokenClaims, 'employeeId' | 'sessionId'>,
  now: Date,
): Promise<Viewer | null> => (await queryJson<Viewer | undefined>(db, viewerStatement(claims, now))) ?? null;

/** The statement of {@link findViewer}, for callers that combine it with others. */
export const viewerStatement = (
  { employeeId, sessionId }: Pick<AccessTokenClaims, 'employeeId' | 'sessionId'>,
  now: Date,
): SQL =>
  sql`select ${sql.raw(viewerJson)}
      from session s join employee e on e.id = s.employee_id
      where s.id = ${sessionId} and e.id = ${employeeId}
        and s.ended_at is null and s.expires_at > ${now.toISOString()} and e.disabled_at is null`;

export interface AuthenticatedViewer {
  viewer: Viewer;
  claims: AccessTokenClaims;
}

/**
 * The viewer behind an `Authorization: Bearer …` header, or the same value in a socket's `connection_init`. Null
 * without one, or if the token is forged or expired, the session over or the employee disabled.
 */
export async function authenticate(
  db: Database,
  { tokens }: Authority,
  authorization: string | undefined,
  now: Date,
): Promise<AuthenticatedViewer | null> {
  const claims = await claimsOf(tokens, authorization, now);
  const viewer = claims && (await loadViewer(db, claims, now));
  return viewer && { viewer, claims };
}
