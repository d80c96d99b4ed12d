import { isDeepStrictEqual } from 'node:util';
import { Placeholder, type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses, policy } from '../access/policy.ts';
import type { Role } from '../access/role.ts';
import {
  asSql,
  isVisible,
  type Reader,
  readable,
  visibleSegments,
  withoutGrants,
} from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import { type RenderedStatement, renderStatement } from '../database/database.ts';
import type { FileRights } from '../model/file-rights.ts';
import { fileColumnsOf } from '../model/read-context.ts';
import { viewerJson } from '../session/viewer.loader.ts';

/** Whose rights are asked, as they were a moment ago, and on which files. */
export interface AccessSnapshotRequest {
  viewer: Viewer;
  /** UUIDs, in the order of what is requested for; null for what no file decides. */
  fileIds: readonly (string | null)[];
  /** Segments (UUID) in the version that is known of them. */
  versions?: ReadonlyMap<string, number> | undefined;
}

/** What an employee is, and may read of some files, in one snapshot of the database. */
export interface AccessSnapshot {
  /** Null when the session is over or the employee disabled. */
  viewer: Viewer | null;
  /** As the files were requested about. */
  files: readonly FileAccess[];
  /** All of the segments are theirs to see, and still in the version that is known. */
  seesVersions: boolean;
  /** Readers with the same key read the same of the files. */
  key: string;
}

/** What one employee may read of one file. */
interface FileAccess {
  /** Null when the file is not theirs to see, or there is none. For the role requested about, which may no longer be the viewer's. */
  rights: FileRights | null;
  /** They own the file. */
  isOwner: boolean;
  /** Readers with the same key read the same of it. */
  key: string;
}
const unseen: FileAccess = { rights: null, isOwner: false, key: 'unseen' };

type FoundRights = [place: number, isOwner: boolean, ...readable: boolean[]];
type Found = [viewers: Viewer[], seen: number[], ...rightsByRole: FoundRights[][]];

const roles = Object.keys(policy) as Role[];
const viewersText = sql`(select coalesce(json_agg(${sql.raw(viewerJson)}), '[]')
    from session s join employee e on e.id = s.employee_id
    where s.id = any(${sql.placeholder('sessions')}::uuid[]) and s.expires_at > ${sql.placeholder('now')}::timestamptz
      and s.ended_at is null and e.disabled_at is null)`;

/** The places of those segments that the viewer sees in the version named. */
const versionsText = sql`(select coalesce(json_agg(requested.place), '[]')
    from unnest(${sql.placeholder('segment viewers')}::uuid[], ${sql.placeholder('segments')}::uuid[], ${sql.placeholder('versions')}::int[])
      with ordinality requested (viewer_id, segment_id, version, place)
    join segment s on s.id = requested.segment_id and s.version = requested.version where ${visibleSegments(sql`requested.viewer_id`, 's')})`;

/** Pairs of viewers of one role and files, each judged by the predicates that every path uses. */
function rightsOfRole(role: Role, byGrants: boolean): SQL {
  const byRole: Reader = { role, id: sql`requested.viewer_id` };
  const reader = byGrants ? byRole : withoutGrants(byRole);
  const file = fileColumnsOf('f');
  const classes = accessClasses.map((access) => asSql(readable(reader, access, file)));
  return sql`(select coalesce(json_agg(json_build_array(requested.place, f.owner_id is not distinct from requested.viewer_id, ${sql.join(classes, sql`, `)})), '[]')
    from unnest(${sql.placeholder(`${role} viewers`)}::uuid[], ${sql.placeholder(`${role} files`)}::uuid[]) with ordinality requested (viewer_id, file_id, place)
    join customer f on f.id = requested.file_id where ${asSql(isVisible(reader, file))})`;
}

/** Roles that a question names by themselves at most; one of more names all, so that there are few texts to plan. */
const maxSingleRoles = 2;
const texts = new Map<string, RenderedStatement>();

/**
 * The statement about viewers of some roles. Planned once per connection: with all roles that takes ten times as long as
 * the answer, and most events are told to one role or two.
 */
function textFor(named: readonly Role[], withVersions: boolean, byGrants: boolean): RenderedStatement {
  const key = `${named.join()} ${withVersions} ${byGrants}`;
  let text = texts.get(key);
  if (!text) {
    const seen = withVersions ? versionsText : sql`'[]'::json`;
    const parts = [viewersText, seen, ...named.map((role) => rightsOfRole(role, byGrants))];
    text = renderStatement(sql`select json_build_array(${sql.join(parts, sql`, `)})`);
    texts.set(key, text);
  }
  return text;
}

/**
 * The statement that finds where all of these stand at one instant, however many they are, and what reads its answer.
 * Employees are requested about once, and a pair of employee and file once, however many sockets they have. Without
 * `byGrants` grants count for nothing: see {@link withoutGrants}.
 */
export function accessSnapshotQuery(
  requests: readonly AccessSnapshotRequest[],
  now: Date,
  { byGrants = true }: { byGrants?: boolean } = {},
): { statement: RenderedStatement; read: (answer: unknown) => AccessSnapshot[] } {
  const pairs = new Map<string, { viewer: Viewer; fileId: string }>();
  for (const { viewer, fileIds } of requests)
    for (const fileId of fileIds) if (fileId !== null) pairs.set(pairKey(viewer, fileId), { viewer, fileId });
  const requestedVersions = new Map<string, { viewerId: string; segmentId: string; version: number }>();
  for (const { viewer, versions = [] } of requests)
    for (const [segmentId, version] of versions)
      requestedVersions.set(versionKey(viewer, segmentId, version), {
        viewerId: viewer.id,
        segmentId,
        version,
      });
  const requestedRoles = new Set([...pairs.values()].map(({ viewer }) => viewer.role));
  const named =
    requestedRoles.size <= maxSingleRoles ? roles.filter((role) => requestedRoles.has(role)) : roles;
  const pairsByRole = named.map((role) => [...pairs].filter(([, { viewer }]) => viewer.role === role));
  const values: Record<string, string> = {
    sessions: arrayOf([...new Set(requests.map(({ viewer }) => viewer.sessionId))]),
    now: now.toISOString(),
    'segment viewers': arrayOf([...requestedVersions.values()].map(({ viewerId }) => viewerId)),
    segments: arrayOf([...requestedVersions.values()].map(({ segmentId }) => segmentId)),
    versions: arrayOf([...requestedVersions.values()].map(({ version }) => String(version))),
  };
  named.forEach((role, i) => {
    const pairsOfRole = (pairsByRole[i] ?? []).map(([, pair]) => pair);
    values[`${role} viewers`] = arrayOf(pairsOfRole.map(({ viewer }) => viewer.id));
    values[`${role} files`] = arrayOf(pairsOfRole.map(({ fileId }) => fileId));
  });
  const read = (answer: unknown): AccessSnapshot[] => {
    const [viewers, seenPlaces, ...rightsByRole] = answer as Found;
    const requestedKeys = [...requestedVersions.keys()];
    const seen = new Set(seenPlaces.map((place) => requestedKeys[place - 1]));
    const viewerBySession = new Map(viewers.map((viewer) => [viewer.sessionId, viewer]));
    const found = new Map<string, FileAccess>();
    rightsByRole.forEach((ofRole, i) => {
      for (const [place, isOwner, ...readables] of ofRole) {
        const [key] = pairsByRole[i]?.[place - 1] ?? [];
        if (key !== undefined)
          found.set(key, { rights: rightsFrom(readables), isOwner, key: `${isOwner} ${readables.join()}` });
      }
    });
    return requests.map(({ viewer, fileIds, versions = [] }) => {
      const now = viewerBySession.get(viewer.sessionId);
      const files = fileIds.map(
        (fileId) => (fileId !== null && found.get(pairKey(viewer, fileId))) || unseen,
      );
      const known = now?.id === viewer.id ? sameAs(viewer, now) : null;
      const seesVersions = [...versions].every(([id, version]) => seen.has(versionKey(viewer, id, version)));
      return {
        viewer: known,
        files,
        seesVersions,
        key: [known?.role, seesVersions, ...files.map(({ key }) => key)].join(' '),
      };
    });
  };
  const { text, params } = textFor(named, requestedVersions.size > 0, byGrants);
  const filled = params.map((param) => (param instanceof Placeholder ? values[param.name] : param));
  return { statement: { text, params: filled }, read };
}

/** The viewer that is known already where nothing about them has changed: one object for all their deliveries. */
const sameAs = (known: Viewer, now: Viewer): Viewer => (isDeepStrictEqual(known, now) ? known : now);

const pairKey = ({ id, role }: Viewer, fileId: string): string => `${role} ${id} ${fileId}`;
const versionKey = ({ id }: Viewer, segmentId: string, version: number): string =>
  `${id} ${segmentId} ${version}`;
/** An array as PostgreSQL writes it, of what needs no quotes. */
const arrayOf = (ids: readonly string[]): string => `{${ids.join()}}`;
const rightsFrom = (readables: boolean[]): FileRights =>
  Object.fromEntries(accessClasses.map((access, i) => [access, readables[i] === true])) as Record<
    AccessClass,
    boolean
  >;
