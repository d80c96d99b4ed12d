import { Placeholder, type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses, policy } from '../access/policy.ts';
import { readable, visibleFiles } from '../access/reach.ts';
import type { Viewer } from '../context.ts';
import { type RenderedStatement, renderStatement } from '../database/database.ts';
import type { Role } from '../employee/employee.table.ts';
import type { FileRights } from '../history/history.service.ts';
import { fileColumnsOf } from '../model/reading.ts';

/** Whose rights are asked, as they were a moment ago, and on which file (UUID), if on any. */
export interface StandingQuestion {
  viewer: Viewer;
  fileId: string | null;
}

/** What an employee is, and may read of a file, in one snapshot of the database. */
export interface Standing {
  /** Null when the session is over or the employee disabled. */
  viewer: Viewer | null;
  /** Null when the file is not theirs to see. For the role asked about, which may no longer be the viewer's. */
  rights: FileRights | null;
  /** They own the file. */
  isOwner: boolean;
}

type FoundRights = [place: number, isOwner: boolean, ...readable: boolean[]];
type Found = [viewers: Viewer[], ...rightsByRole: FoundRights[][]];

const roles = Object.keys(policy) as Role[];
const viewersText = sql`(select coalesce(json_agg(json_build_object('id', e.id, 'name', e.name, 'email', e.email,
      'role', e.role, 'teamId', e.team_id, 'sessionId', s.id)), '[]')
    from session s join employee e on e.id = s.employee_id
    where s.id = any(${sql.placeholder('sessions')}::uuid[]) and s.expires_at > ${sql.placeholder('now')}::timestamptz
      and s.ended_at is null and e.disabled_at is null)`;

/** Pairs of viewers of one role and files, each judged by the predicates that every path uses. */
function rightsOfRole(role: Role): SQL {
  const reader = { role, id: sql`asked.viewer_id` };
  const file = fileColumnsOf('f');
  const classes = accessClasses.map((access) => asSql(readable(reader, access, file)));
  return sql`(select coalesce(json_agg(json_build_array(asked.place, f.owner_id is not distinct from asked.viewer_id, ${sql.join(classes, sql`, `)})), '[]')
    from unnest(${sql.placeholder(`${role} viewers`)}::uuid[], ${sql.placeholder(`${role} files`)}::uuid[]) with ordinality asked (viewer_id, file_id, place)
    join customer f on f.id = asked.file_id where ${asSql(visibleFiles(reader, file))})`;
}

const asSql = (condition: boolean | SQL): SQL =>
  typeof condition === 'object' ? condition : sql.raw(String(condition));

/** One text for every question, so that the database plans it once. */
const { text, params } = renderStatement(
  sql`select json_build_array(${sql.join([viewersText, ...roles.map(rightsOfRole)], sql`, `)})`,
);

/**
 * The statement that finds where all of these stand at one instant, however many they are, and what reads its answer.
 * Employees are asked about once, and a pair of employee and file once, however many sockets they have.
 */
export function standingQuestion(
  questions: readonly StandingQuestion[],
  now: Date,
): { statement: RenderedStatement; read: (answer: unknown) => Standing[] } {
  const pairs = new Map<string, { viewer: Viewer; fileId: string }>();
  for (const { viewer, fileId } of questions)
    if (fileId !== null) pairs.set(pairKey(viewer, fileId), { viewer, fileId });
  const pairsByRole = roles.map((role) => [...pairs].filter(([, { viewer }]) => viewer.role === role));
  const values: Record<string, string> = {
    sessions: uuids([...new Set(questions.map(({ viewer }) => viewer.sessionId))]),
    now: now.toISOString(),
  };
  roles.forEach((role, i) => {
    const asked = (pairsByRole[i] ?? []).map(([, pair]) => pair);
    values[`${role} viewers`] = uuids(asked.map(({ viewer }) => viewer.id));
    values[`${role} files`] = uuids(asked.map(({ fileId }) => fileId));
  });
  const read = (answer: unknown): Standing[] => {
    const [viewers, ...rightsByRole] = answer as Found;
    const viewerBySession = new Map(viewers.map((viewer) => [viewer.sessionId, viewer]));
    const found = new Map<string, { rights: FileRights; isOwner: boolean }>();
    rightsByRole.forEach((ofRole, i) => {
      for (const [place, isOwner, ...readables] of ofRole) {
        const [key] = pairsByRole[i]?.[place - 1] ?? [];
        if (key !== undefined) found.set(key, { isOwner, rights: rightsFrom(readables) });
      }
    });
    return questions.map(({ viewer, fileId }) => {
      const now = viewerBySession.get(viewer.sessionId);
      const pair = fileId === null ? undefined : found.get(pairKey(viewer, fileId));
      return {
        viewer: now?.id === viewer.id ? now : null,
        rights: pair?.rights ?? null,
        isOwner: pair?.isOwner ?? false,
      };
    });
  };
  const filled = params.map((param) => (param instanceof Placeholder ? values[param.name] : param));
  return { statement: { text, params: filled }, read };
}

const pairKey = ({ id, role }: Viewer, fileId: string): string => `${role} ${id} ${fileId}`;
const uuids = (ids: readonly string[]): string => `{${ids.join()}}`;
const rightsFrom = (readables: boolean[]): FileRights =>
  Object.fromEntries(accessClasses.map((access, i) => [access, readables[i] === true])) as Record<
    AccessClass,
    boolean
  >;
