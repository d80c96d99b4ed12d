import { type SQL, sql } from 'drizzle-orm';
import { rightTo, visibleSegments } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { arrayLiteral } from '../../core/database/rows.ts';
import { conflict } from '../../core/errors.ts';
import { checkId, encodeId } from '../../core/graphql/schema/type-id.ts';
import { segmentIdsIn } from './rule-clause.ts';
import { isWritten } from './segment.model.ts';

/** Most uses that an error names; all are counted. */
const maxNamed = 50;

interface FoundUse {
  /** UUID. */
  id: string;
  prefix: 'seg' | 'exp';
  name: string;
  owner: { id: string; name: string };
  /** Whether only the viewer has written it. */
  isWritten: boolean;
}

/**
 * Locks the segments that a rule refers to, so that none is deleted or made private between the check of the rule and
 * the commit, and the segment that is changed itself. In the order of their ids, so that two writers cannot deadlock.
 */
export async function lockNamed(
  tx: Database,
  rule: object | null | undefined,
  changedId?: string,
): Promise<void> {
  const named = namedIn(rule);
  if (named.length === 0) return;
  const ids = arrayLiteral([...named, ...(changedId ? [changedId] : [])]);
  const strength = changedId ? sql`for update` : sql`for key share`;
  await tx.execute(sql`select from segment where id = any(${ids}::uuid[]) order by id ${strength}`);
}

/** Locks them as {@link lockNamed} does, and returns whether all exist and are visible to the viewer. */
export async function lockVisible(tx: Database, viewer: Viewer, rule: object): Promise<boolean> {
  const named = [...new Set(namedIn(rule))];
  if (named.length === 0) return true;
  const locked = await tx.execute(sql`
    select from segment s where s.id = any(${arrayLiteral(named)}::uuid[]) and ${visibleSegments(viewer.id, 's')}
    order by s.id for key share`);
  return locked.length === named.length;
}

const namedIn = (rule: object | null | undefined): string[] =>
  segmentIdsIn(rule).flatMap((id) => checkId('seg', id).value ?? []);

/**
 * Refuses if rules of other segments, or exports that have not ended, refer to this segment (UUID), which the
 * transaction has locked. Uses that belong to the employee `unlessOf` do not count.
 *
 * Errors: CONFLICT with `usedBy`, the uses that the viewer may see, and `useCount`, the number of all. A viewer who
 * sees only the ids of colleagues (decision 47) gets names only of what they wrote themselves, and the order does not
 * depend on the others.
 */
export async function requireUnused(
  tx: Database,
  viewer: Viewer,
  id: string,
  unlessOf: string | null = null,
): Promise<void> {
  const readsNames = rightTo(viewer, { access: 'open', text: 'FREE' }) !== 'identity';
  const order = sql.raw(readsNames ? 'u.name, u.id' : 'u.id');
  const { count, uses } = await queryJson<{ count: number; uses: FoundUse[] }>(
    tx,
    sql`
    with found as (
      select s.id, 'seg' as prefix, s.name, s.owner_id, ${visibleSegments(viewer.id, 's')} as visible, ${isWritten(viewer, 's')} as written
      from segment s where s.id <> ${id}::uuid and ${names(sql`s.rule`, id)}
      union all
      select x.id, 'exp', x.purpose, x.employee_id, x.employee_id = ${viewer.id}::uuid, x.employee_id = ${viewer.id}::uuid
      from customer_export x
      where (x.status = 'RUNNING' or x.status = 'READY' and x.expires_at > now())
        and (x.segment_id = ${id}::uuid or ${names(sql`x.filter`, id)})
    ), counted as (select * from found where owner_id is distinct from ${unlessOf}::uuid)
    select json_build_object('count', (select count(*) from counted), 'uses', coalesce((
      select json_agg(json_build_object('id', u.id, 'prefix', u.prefix, 'name', u.name, 'isWritten', u.written,
                                        'owner', json_build_object('id', e.id, 'name', e.name)) order by ${order})
      from (select * from counted u where visible order by ${order} limit ${maxNamed}::int) u
      join employee e on e.id = u.owner_id), '[]'))`,
  );
  if (count === 0) return;
  const usedBy = uses.map(({ id: used, prefix, name, owner, isWritten: isNamed }) => ({
    id: encodeId(prefix, used),
    ...((readsNames || isNamed) && { name }),
    owner: {
      id: encodeId('emp', owner.id),
      ...((readsNames || owner.id === viewer.id) && { name: owner.name }),
    },
  }));
  const named = usedBy.map((use) => `${use.name ?? use.id} (${use.owner.name ?? use.owner.id})`).join(', ');
  const hidden = count - usedBy.length;
  const [english, chinese] =
    named === ''
      ? [`${count} that you may not see`, `${count} 处您无权查看的内容`]
      : [named + (hidden > 0 ? ` and ${hidden} more` : ''), named + (hidden > 0 ? ` 等 ${count} 处` : '')];
  throw conflict(`This segment is in use: ${english}. (该客户分群正被使用：${chinese}。)`, {
    usedBy,
    useCount: count,
  });
}

/** Whether a filter refers to the segment, at any depth. A scan: filters are few and segments are rarely deleted. */
const names = (filter: SQL, id: string): SQL =>
  sql`jsonb_path_exists(${filter}, '$.**.inSegment ? (@ == $id)', jsonb_build_object('id', ${encodeId('seg', id)}::text))`;
