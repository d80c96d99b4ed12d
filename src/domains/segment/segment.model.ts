import { type SQL, sql } from 'drizzle-orm';
import { pseudonymousRoles } from '../../core/access/policy.ts';
import { ownSegments, visibleSegments } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { type Alias, columnOf } from '../../core/model/alias.ts';
import { escapeLike } from '../../core/model/like-pattern.ts';
import { defineModel } from '../../core/model/model.ts';
import type { Search } from '../../core/model/model.types.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { segment } from './segment.table.ts';
import { Segment } from './segment.type.ts';

/**
 * Finds segments whose name or description contains a text, matching names first. A viewer who may not read texts that
 * could name a person searches only the segments that they wrote.
 */
const searchSegments: Search = ({ viewer }, alias, text) => {
  const pattern = `%${escapeLike(text)}%`;
  const name = columnOf(alias, 'name');
  const found = sql`(${name} ilike ${pattern}::text or ${columnOf(alias, 'description')} ilike ${pattern}::text)`;
  const where = pseudonymousRoles.includes(viewer.role)
    ? sql`(${isWritten(viewer, alias)} and ${found})`
    : found;
  const named = sql`${name} ilike ${pattern}::text`;
  return {
    join: sql``,
    where,
    steps: [{ where: sql`(${where} and ${named})` }, { where: sql`(${where} and not ${named})` }],
    within: [{ name: 'name', expression: name, type: 'text', nullable: false, direction: 'ASC' }],
  };
};

/** Whether the viewer owns the segment and wrote every definition that it ever had. */
export const isWritten = ({ id }: Viewer, alias: Alias): SQL =>
  sql`(${ownSegments(id, alias)} and not exists (select from segment_definition d
    where d.segment_id = ${columnOf(alias, 'id')} and d.actor_id is distinct from ${id}::uuid))`;

export const segmentModel = defineModel({
  name: 'Segment',
  prefix: 'seg',
  type: Segment,
  table: segment,
  kind: 'scoped',
  requiredAttributes: ['rule'],
  search: searchSegments,
  defaultOrder: [{ field: 'name', direction: 'ASC' }],
  scope: (viewer, alias) => visibleSegments(viewer.id, alias),
  isOwn: isWritten,
  relations: {
    owner: {
      arity: 'one',
      target: () => employeeModel,
      access: 'open',
      description: 'Who saved it. (创建人)',
      on: (source, target) => sql`${columnOf(target, 'id')} = ${columnOf(source, 'owner_id')}`,
    },
  },
});
