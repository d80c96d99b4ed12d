import { isDeepStrictEqual } from 'node:util';
import { type SQL, sql } from 'drizzle-orm';
import { type AccessClass, accessClasses, policy } from '../access/policy.ts';
import type { Role } from '../access/role.ts';
import {
  asSql,
  isOwn,
  isVisible,
  type Reader,
  readable,
  visibleSegments,
  withoutGrants,
} from '../access/row-predicates.ts';
import type { Viewer } from '../access/viewer.ts';
import { fillStatement, type RenderedStatement, renderStatement } from '../database/database.ts';
import { arrayLiteral } from '../database/rows.ts';
import type { FileRights } from '../model/file-rights.ts';
import { fileColumnsOf } from '../model/read-context.ts';
import { viewerJson } from '../session/viewer.loader.ts';

/** The viewer, as last known, whose rights on some files are queried. */
export interface AccessSnapshotRequest {
  viewer: Viewer;
  /** UUIDs, in the order of the events; null for an event that no file decides. */
  fileIds: readonly (string | null)[];
  /** Segments (UUID) and the version of each that the caller has read. */
  versions?: ReadonlyMap<string, number> | undefined;
}

/** An employee's identity and rights on some files, in one snapshot of the database. */
export interface AccessSnapshot {
  /** Null if the session has ended or the employee is disabled. */
  viewer: Viewer | null;
  /** In the order of `fileIds`. */
  files: readonly FileAccess[];
  /** All of the segments are visible to them and still at the known version. */
  seesVersions: boolean;
  /** Readers with the same key may read the same fields of the files. */
  key: string;
}

/** One employee's rights on one file. */
interface FileAccess {
  /**
   * Null if the file is not visible to them or does not exist. Evaluated for the role in the request, which may no
   * longer be the viewer's.
   */
  rights: FileRights | null;
  /** It is their own file: see `isOwn` of `row-predicates.ts`. */
  isOwn: boolean;
  /** Readers with the same key may read the same fields of the file. */
  key: string;
}
const unseen: FileAccess = { rights: null, isOwn: false, key: 'unseen' };

type FoundRights = [ordinal: number, isOwn: boolean, ...readable: boolean[]];
type Found = [viewers: Viewer[], seen: number[], ...rightsByRole: FoundRights[][]];

const roles = Object.keys(policy) as Role[];
const viewersText = sql`(select coalesce(json_agg(${sql.raw(viewerJson)}), '[]')
    from session s join employee e on e.id = s.employee_id
    where s.id = any(${sql.placeholder('sessions')}::uuid[]) and s.expires_at > ${sql.placeholder('now')}::timestamptz
      and s.ended_at is null and e.disabled_at is null)`;

/** The positions of the segments that the viewer can see at the given version. */
const versionsText = sql`(select coalesce(json_agg(requested.ordinal), '[]')
    from unnest(${sql.placeholder('segment viewers')}::uuid[], ${sql.placeholder('segments')}::uuid[], ${sql.placeholder('versions')}::int[])
      with ordinality requested (viewer_id, segment_id, version, ordinal)
    join segment s on s.id = requested.segment_id and s.version = requested.version where ${visibleSegments(sql`requested.viewer_id`, 's')})`;

/** The rights for pairs of a viewer of one role and a file, evaluated by the predicates that every path uses. */
function rightsOfRole(role: Role, byGrants: boolean): SQL {
  const byRole: Reader = { role, id: sql`requested.viewer_id` };
  const reader = byGrants ? byRole : withoutGrants(byRole);
  const found = fileColumnsOf('f');
  // Computed once for all classes.
  const file = { ...found, isOwn: sql`share.is_own` };
  const classes = accessClasses.map((access) => asSql(readable(reader, access, file)));
  return sql`(select coalesce(json_agg(json_build_array(requested.ordinal, ${file.isOwn}, ${sql.join(classes, sql`, `)})), '[]')
    from unnest(${sql.placeholder(`${role} viewers`)}::uuid[], ${sql.placeholder(`${role} files`)}::uuid[]) with ordinality requested (viewer_id, file_id, ordinal)
    join customer f on f.id = requested.file_id cross join lateral (select ${isOwn(reader, found)} as is_own offset 0) share
    where ${asSql(isVisible(reader, file))})`;
}

/**
 * A statement for at most this many roles names just those; for more it names all roles, so that there are few
 * statements to plan.
 */
const maxSingleRoles = 2;
const texts = new Map<string, RenderedStatement>();

/**
 * The statement for viewers of some roles. Planned once per connection: with all roles planning takes ten times as long
 * as execution, and most events go to one or two roles.
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
 * One statement that reads the access snapshots for all the requests, however many, and the function that reads its
 * result. Each employee, and each pair of employee and file, is queried once, however many sockets they have. Without
 * `byGrants`, grants are ignored: see {@link withoutGrants}.
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
    sessions: arrayLiteral([...new Set(requests.map(({ viewer }) => viewer.sessionId))]),
    now: now.toISOString(),
    'segment viewers': arrayLiteral([...requestedVersions.values()].map(({ viewerId }) => viewerId)),
    segments: arrayLiteral([...requestedVersions.values()].map(({ segmentId }) => segmentId)),
    versions: arrayLiteral([...requestedVersions.values()].map(({ version }) => String(version))),
  };
  named.forEach((role, i) => {
    const pairsOfRole = (pairsByRole[i] ?? []).map(([, pair]) => pair);
    values[`${role} viewers`] = arrayLiteral(pairsOfRole.map(({ viewer }) => viewer.id));
    values[`${role} files`] = arrayLiteral(pairsOfRole.map(({ fileId }) => fileId));
  });
  const read = (answer: unknown): AccessSnapshot[] => {
    const [viewers, seenOrdinals, ...rightsByRole] = answer as Found;
    const requestedKeys = [...requestedVersions.keys()];
    const seen = new Set(seenOrdinals.map((ordinal) => requestedKeys[ordinal - 1]));
    const viewerBySession = new Map(viewers.map((viewer) => [viewer.sessionId, viewer]));
    const found = new Map<string, FileAccess>();
    rightsByRole.forEach((ofRole, i) => {
      for (const [ordinal, isOwn, ...readables] of ofRole) {
        const [key] = pairsByRole[i]?.[ordinal - 1] ?? [];
        if (key !== undefined)
          found.set(key, { rights: rightsFrom(readables), isOwn, key: `${isOwn} ${readables.join()}` });
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
  const statement = textFor(named, requestedVersions.size > 0, byGrants);
  return { statement: fillStatement(statement, values), read };
}

/** Keeps the known viewer object if nothing about them has changed, so that all their deliveries share it. */
const sameAs = (known: Viewer, now: Viewer): Viewer => (isDeepStrictEqual(known, now) ? known : now);

const pairKey = ({ id, role }: Viewer, fileId: string): string => `${role} ${id} ${fileId}`;
const versionKey = ({ id }: Viewer, segmentId: string, version: number): string =>
  `${id} ${segmentId} ${version}`;
const rightsFrom = (readables: boolean[]): FileRights =>
  Object.fromEntries(accessClasses.map((access, i) => [access, readables[i] === true])) as Record<
    AccessClass,
    boolean
  >;
