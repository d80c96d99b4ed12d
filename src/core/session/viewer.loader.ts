import { isDeepStrictEqual } from 'node:util';
import DataLoader from 'dataloader';
import type { Viewer } from '../access/viewer.ts';
import { type Database, queryBytes } from '../database/database.ts';
import type { Precondition } from '../database/statements.ts';
import { unauthenticated } from '../errors.ts';
import { type AccessTokenClaims, claimsOf, type TokenAuthority } from './access-token.ts';

interface Lookup extends Pick<AccessTokenClaims, 'employeeId' | 'sessionId'> {
  now: Date;
}

type Found = [expiresAtMs: number, viewer: Viewer];

/**
 * SQL that builds a {@link Viewer} from a session `s` and its employee `e`, shared by every statement that
 * authenticates.
 */
export const viewerJson = `json_build_object('id', e.id, 'name', e.name, 'email', e.email, 'role', e.role, 'teamId', e.team_id,
  'leads', (select coalesce(json_agg(t.id order by t.id), '[]') from team t where t.leader_id = e.id),
  'groups', coalesce((select to_json(d.responsible_for) from department d where d.id = e.department_id), '[]'), 'sessionId', s.id)`;

/** The viewers of the sessions in `ids`, with the expiry of each session. */
const viewersOf = (ids: string) => `
  select coalesce(json_agg(json_build_array(extract(epoch from s.expires_at) * 1000, ${viewerJson})), '[]')
  from session s join employee e on e.id = s.employee_id
  where s.id = any(${ids}) and s.ended_at is null and e.disabled_at is null`;

const statement = viewersOf('$1::uuid[]');

/** Maximum number of lookups per statement. */
const maxTogether = 500;

interface Sessions {
  loader: DataLoader<Lookup, Viewer | null>;
  /** The last known viewer of each session, the most recent last: a guess that saves time if it is right. */
  seen: Map<string, Viewer>;
}

const sessionsOf = new WeakMap<Database, Sessions>();
/** Maximum number of sessions remembered, some 400 bytes each. */
const maxSeen = 10_000;

function sessionsIn(db: Database): Sessions {
  let sessions = sessionsOf.get(db);
  if (!sessions) {
    const seen: Sessions['seen'] = new Map();
    const loader = new DataLoader((lookups: readonly Lookup[]) => findAll(db, lookups, seen), {
      cache: false,
      maxBatchSize: maxTogether,
      // After all requests that have already arrived over the network.
      batchScheduleFn: (send) => setImmediate(send),
    });
    sessions = { loader, seen };
    sessionsOf.set(db, sessions);
  }
  return sessions;
}

/**
 * Like `findViewer`, but concurrent requests share a round trip: under load most of them do.
 *
 * Nothing is cached: each is answered by a statement that starts after the request.
 */
export const loadViewer = (
  db: Database,
  { employeeId, sessionId }: Pick<AccessTokenClaims, 'employeeId' | 'sessionId'>,
  now: Date,
): Promise<Viewer | null> => sessionsIn(db).loader.load({ employeeId, sessionId, now });

async function findAll(
  db: Database,
  lookups: readonly Lookup[],
  seen: Sessions['seen'],
): Promise<(Viewer | null)[]> {
  const sessionIds = [...new Set(lookups.map(({ sessionId }) => sessionId))];
  const bytes = await queryBytes(db, { text: statement, params: [`{${sessionIds.join()}}`] });
  const found = new Map((JSON.parse(String(bytes)) as Found[]).map((one) => [one[1].sessionId, one]));
  return lookups.map((lookup) => see(seen, lookup.sessionId, viewerIn(found.get(lookup.sessionId), lookup)));
}

function viewerIn(found: Found | undefined, { employeeId, now }: Lookup): Viewer | null {
  const [expiresAtMs = 0, viewer] = found ?? [];
  return viewer?.id === employeeId && expiresAtMs > now.getTime() ? viewer : null;
}

/** Remembers a viewer. An unchanged viewer stays the same object for all their requests and sockets. */
function see(seen: Sessions['seen'], sessionId: string, viewer: Viewer | null): Viewer | null {
  const known = seen.get(sessionId);
  if (viewer && isDeepStrictEqual(known, viewer)) return known ?? null;
  seen.delete(sessionId);
  const [oldest] = seen.keys();
  if (oldest !== undefined && seen.size >= maxSeen) seen.delete(oldest);
  if (viewer) seen.set(sessionId, viewer);
  return viewer;
}

/** A viewer assumed to be as last seen, until the database confirms it. */
export interface OptimisticViewer extends Precondition {
  /** As last seen. */
  viewer: Viewer;
  /** The actual viewer: the same object if unchanged, null if the session is over or the employee disabled. */
  settle: () => Promise<Viewer | null>;
}

const sameAs = (known: Viewer, found: Viewer | null): Viewer | null =>
  isDeepStrictEqual(known, found) ? known : found;

const piggybackText = viewersOf('riding.ids');

/**
 * The last known viewer of a token; null if not seen before.
 *
 * Nothing may be sent, written or logged on this assumption: it only allows work to begin whose first statement
 * verifies it.
 */
function optimisticViewer(
  db: Database,
  { employeeId, sessionId }: Pick<AccessTokenClaims, 'employeeId' | 'sessionId'>,
  now: Date,
): OptimisticViewer | null {
  const { seen, loader } = sessionsIn(db);
  const lookup = { employeeId, sessionId, now };
  const viewer = seen.get(sessionId);
  if (viewer?.id !== employeeId) return null;
  let settled: Promise<Viewer | null> | undefined;
  const settle = () => {
    settled ??= loader.load(lookup).then((found) => sameAs(viewer, found));
    return settled;
  };
  return {
    viewer,
    settle,
    text: piggybackText,
    id: sessionId,
    verify: (found) => {
      const one = (found as Found[]).find(([, { sessionId: id }]) => id === sessionId);
      const person = sameAs(viewer, see(seen, sessionId, viewerIn(one, lookup)));
      settled = Promise.resolve(person);
      if (person !== viewer) throw unauthenticated();
    },
    require: async () => {
      if ((await settle()) !== viewer) throw unauthenticated();
    },
  };
}

/**
 * Like `authenticate`, but a viewer seen before is assumed unchanged if that is useful, to be verified through
 * `optimistic`.
 */
export async function authenticateOptimistically(
  db: Database,
  tokens: TokenAuthority,
  authorization: string | undefined,
  now: Date,
  isUseful: (viewer: Viewer) => boolean,
): Promise<{ viewer: Viewer; optimistic?: OptimisticViewer } | null> {
  const claims = await claimsOf(tokens, authorization, now);
  if (!claims) return null;
  const optimistic = optimisticViewer(db, claims, now);
  if (optimistic && isUseful(optimistic.viewer)) return { viewer: optimistic.viewer, optimistic };
  const viewer = await loadViewer(db, claims, now);
  return viewer && { viewer };
}
