import { sql } from 'drizzle-orm';
import type { Context } from '../../core/context.ts';
import { badInputAt } from '../../core/errors.ts';
import { pageRequest } from '../../core/model/page-request.ts';
import { readingOf } from '../../core/model/read.ts';

/** One change of a segment's definition, with its previous values. */
export interface DefinitionChange {
  version: number;
  occurredAt: string;
  /** UUID; null for the system, and for definitions from before changes were recorded. */
  actorId: string | null;
  oldName: string | null;
  newName: string;
  oldRule: Record<string, unknown> | null;
  newRule: Record<string, unknown>;
  /** Whether it is the viewer's own segment and nobody else had written any of it by then; see `Model.isOwn`. */
  $identity: boolean;
}

/**
 * The changes of a segment (UUID) that the viewer may see: the latest `first` before a version, newest first.
 *
 * A viewer who is not its owner gets only the changes since it was last shared, since they could not read it while it
 * was private. One statement. Errors: BAD_USER_INPUT at `first`.
 */
export async function findDefinitionChanges(
  ctx: Context,
  segmentId: string,
  { first, before }: { first: number; before?: number | null },
): Promise<DefinitionChange[]> {
  const { viewer } = readingOf(ctx);
  const { size } = pageRequest({ first });
  if (before != null && before < 1) {
    throw badInputAt(['before'], 'OUT_OF_BOUNDS', 'A version is at least 1. (版本号至少为 1。)');
  }
  const changes = await ctx.statements.load(sql`
    select coalesce(json_agg(c order by c.version desc), '[]') from (
      select * from (
        select d.version, d.occurred_at as "occurredAt", d.actor_id as "actorId",
               lag(d.name) over past as "oldName", d.name as "newName", lag(d.rule) over past as "oldRule", d.rule as "newRule",
               -- Another description alone is recorded for its author, and is no line here.
               (d.name, d.rule, d.shared) is distinct from (lag(d.name) over past, lag(d.rule) over past, lag(d.shared) over past) as changed,
               coalesce(s.owner_id = ${viewer.id}::uuid and bool_and(d.actor_id is not distinct from ${viewer.id}::uuid) over past, false) as "$identity"
        from segment_definition d join segment s on s.id = d.segment_id
        where d.segment_id = ${segmentId}::uuid and (s.owner_id = ${viewer.id}::uuid or d.version > coalesce(
          (select max(u.version) from segment_definition u where u.segment_id = ${segmentId}::uuid and not u.shared), 0))
        window past as (order by d.version)
      ) seen
      where changed and version < ${before ?? null}::int is not false
      order by version desc limit ${size}::int
    ) c`);
  return changes as DefinitionChange[];
}
