import DataLoader from 'dataloader';
import type { Viewer } from '../context.ts';
import { type Database, queryBytes } from '../database/database.ts';
import type { AccessTokenClaims } from './access-token.ts';

interface Lookup extends Pick<AccessTokenClaims, 'employeeId' | 'sessionId'> {
  now: Date;
}

type Found = [expiresAtMs: number, viewer: Viewer];

const statement = `
  select coalesce(json_agg(json_build_array(extract(epoch from s.expires_at) * 1000,
    json_build_object('id', e.id, 'name', e.name, 'email', e.email, 'role', e.role, 'teamId', e.team_id, 'sessionId', s.id))), '[]')
  from session s join employee e on e.id = s.employee_id
  where s.id = any($1::uuid[]) and s.ended_at is null and e.disabled_at is null`;

/** Lookups of one statement at most. */
const maxTogether = 500;

const loaders = new WeakMap<Database, DataLoader<Lookup, Viewer | null>>();

/**
 * As `findViewer`, but requests that came in together share a round trip: under load that is most of them.
 *
 * Nothing is kept: each is answered by a statement that began after it was asked.
 */
export function findViewerTogether(
  db: Database,
  { employeeId, sessionId }: Pick<AccessTokenClaims, 'employeeId' | 'sessionId'>,
  now: Date,
): Promise<Viewer | null> {
  let loader = loaders.get(db);
  if (!loader) {
    loader = new DataLoader((lookups) => findAll(db, lookups), {
      cache: false,
      maxBatchSize: maxTogether,
      // After everything that the network has brought by now.
      batchScheduleFn: (send) => setImmediate(send),
    });
    loaders.set(db, loader);
  }
  return loader.load({ employeeId, sessionId, now });
}

async function findAll(db: Database, lookups: readonly Lookup[]): Promise<(Viewer | null)[]> {
  const sessionIds = [...new Set(lookups.map(({ sessionId }) => sessionId))];
  const bytes = await queryBytes(db, { text: statement, params: [`{${sessionIds.join()}}`] });
  const found = new Map((JSON.parse(String(bytes)) as Found[]).map((one) => [one[1].sessionId, one]));
  return lookups.map(({ employeeId, sessionId, now }) => {
    const [expiresAtMs = 0, viewer] = found.get(sessionId) ?? [];
    return viewer?.id === employeeId && expiresAtMs > now.getTime() ? viewer : null;
  });
}
