import { sql } from 'drizzle-orm';
import { creditVerifiers, policy, verifiers } from '../../core/access/policy.ts';
import { reachOf } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import type { OwnedFile } from '../../core/access/write-policy.ts';
import { forbidden } from '../../core/errors.ts';
import { groupOf } from '../../core/model/registry.ts';
import type { VerifiableField } from './verifiable-field.ts';

/** Whether the viewer leads the team of the owner of the file with this id: a column of a statement. */
export const leadsOwner = ({ id }: Pick<Viewer, 'id'>, fileId: string) => sql`exists (
  select from customer f join employee o on o.id = f.owner_id join team t on t.id = o.team_id
  where f.id = ${fileId}::uuid and t.leader_id = ${id}::uuid)`;

/**
 * Whether the viewer may decide whether a file that they see is right (R86): not one that a grant alone opens to them, even
 * if they lead its owner's team.
 */
export const mayApprove = ({ role }: Viewer, { isOwn }: OwnedFile, isLeader: boolean): boolean =>
  (isLeader || verifiers.includes(role)) && (isOwn || policy[role].files === 'ALL');

/**
 * Whether the viewer may verify a field of a file that they see: only one that they read, by no grant. Credit is finance's (R47);
 * everything else who approves files, and members of the department that answers for the field (R10).
 */
export function mayVerify(
  viewer: Viewer,
  file: OwnedFile,
  { access, text, entityType, field }: VerifiableField,
  isLeader: boolean,
): boolean {
  // A class that the role reads on every file does not open the file: it may be visible by a grant alone.
  if (policy[viewer.role].files !== 'ALL' && !file.isOwn) return false;
  const reach = reachOf(viewer, { access, text });
  if (reach !== 'ALL' && !(reach === 'OWN' && file.isOwn)) return false;
  if (access === 'credit') return creditVerifiers.includes(viewer.role);
  const group = groupOf(entityType, field);
  return mayApprove(viewer, file, isLeader) || (group !== null && viewer.groups.includes(group));
}

/** That somebody else has to do it, as the setting `secondCheck` says. */
export const secondCheckNeeded = (fields?: readonly string[]) =>
  forbidden(
    `Another person has to verify ${fields ? fields.join(', ') : 'what you submitted yourself'}. (${fields ? fields.join('、') : '本人提交的档案'}须由他人核对。)`,
    { reason: 'SECOND_CHECK', ...(fields && { fields }) },
  );
