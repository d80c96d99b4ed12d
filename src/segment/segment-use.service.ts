import { type SQL, sql } from 'drizzle-orm';
import type { Viewer } from '../context.ts';
import { type Database, queryJson } from '../database/database.ts';
import { conflict } from '../errors.ts';
import { checkId, encodeId } from '../graphql/type-id.ts';
import { segmentIdsIn } from './rule-clause.ts';
import { visibleSegments } from './segment.model.ts';

/** Uses that an error names at most; all are counted. */
const maxNamed = 50;

interface FoundUse {
  /** UUID. */
  id: string;
  prefix: 'seg' | 'exp';
  name: string;
  owner: { id: string; name: string };
}

/**
 * Locks segments until the transaction ends, those named in a rule against being deleted or made private after the rule
 * was checked. In the order of their ids, so that two writers never wait for each other crosswise.
 */
export async function lockNamed(
  tx: Database,
  rule: object | null | undefined,
  changedId?: string,
): Promise<void> {
  const named = segmentIdsIn(rule).flatMap((id) => checkId('seg', id).value ?? []);
  if (named.length === 0) return;
  const ids = `{${[...named, ...(changedId ? [changedId] : [])].join()}}`;
  const strength = changedId ? sql`for update` : sql`for key share`;
  await tx.execute(sql`select from segment where id = any(${ids}::uuid[]) order by id ${strength}`);
}

/**
 * Refuses where rules of other segments, or exports that are not over, name this segment (UUID), which the transaction
 * has locked. `unlessOf`: what belongs to this employee does not count.
 *
 * Errors: CONFLICT with `usedBy`, the uses that the viewer may see, and `useCount`, all of them.
 */
export async function requireUnused(
  tx: Database,
  viewer: Viewer,
  id: string,
  unlessOf: string | null = null,
): Promise<void> {
  const { count, uses } = await queryJson<{ count: number; uses: FoundUse[] }>(
    tx,
    sql`
    with found as (
      select s.id, 'seg' as prefix, s.name, s.owner_id, ${visibleSegments(viewer.id, 's')} as visible
      from segment s where s.id <> ${id}::uuid and ${names(sql`s.rule`, id)}
      union all
      select x.id, 'exp', x.purpose, x.employee_id, x.employee_id = ${viewer.id}::uuid
      from customer_export x
      where (x.status = 'RUNNING' or x.status = 'READY' and x.expires_at > now())
        and (x.segment_id = ${id}::uuid or ${names(sql`x.filter`, id)})
    ), counted as (select * from found where owner_id is distinct from ${unlessOf}::uuid)
    select json_build_object('count', (select count(*) from counted), 'uses', coalesce((
      select json_agg(json_build_object('id', u.id, 'prefix', u.prefix, 'name', u.name,
                                        'owner', json_build_object('id', e.id, 'name', e.name)))
      from (select * from counted where visible order by name, id limit ${maxNamed}::int) u
      join employee e on e.id = u.owner_id), '[]'))`,
  );
  if (count === 0) return;
  const usedBy = uses.map(({ id: used, prefix, name, owner }) => ({
    id: encodeId(prefix, used),
    name,
    owner: { ...owner, id: encodeId('emp', owner.id) },
  }));
  const named = usedBy.map(({ name, owner }) => `${name} (${owner.name})`).join(', ');
  const hidden = count - usedBy.length;
  const [english, chinese] =
    named === ''
      ? [`${count} that you may not see`, `${count} 处您无权查看的内容`]
      : [named + (hidden > 0 ? ` and ${hidden} more` : ''), named + (hidden > 0 ? ` 等 ${count} 处` : '')];
  throw conflict(`This segment is in use: ${english}. (该细分正被使用：${chinese}。)`, {
    usedBy,
    useCount: count,
  });
}

/** Whether a filter names the segment, however deep. A scan: filters are few and segments rarely go. */
const names = (filter: SQL, id: string): SQL =>
  sql`jsonb_path_exists(${filter}, '$.**.inSegment ? (@ == $id)', jsonb_build_object('id', ${encodeId('seg', id)}::text))`;
