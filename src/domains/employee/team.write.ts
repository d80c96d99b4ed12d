import { eq } from 'drizzle-orm';
import { pseudonymousRoles } from '../../core/access/policy.ts';
import type { Role } from '../../core/access/role.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput, conflict, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { requireVersion } from '../../core/part/version-conflict.ts';
import {
  type CheckOptions,
  checkFields,
  type Fields,
  optional,
  requiredName,
} from '../../core/validation/fields.ts';
import { employee, type TeamRow, team } from './employee.table.ts';

const path = ['input'];
const rules = {
  name: requiredName(80),
  leaderId: optional((text: string) => checkId('emp', text)),
};
type TeamFields = Fields<typeof rules>;

export interface CreateTeam extends TeamFields {
  idempotencyKey?: string | null;
}

/**
 * Creates a team and returns its id; for administrators.
 *
 * Errors: BAD_USER_INPUT naming every violation, CONFLICT for a name in use.
 */
export async function createTeam(db: Database, actor: Actor, input: CreateTeam): Promise<string> {
  const attempt = { viewerId: actor.viewer.id, operation: 'createTeam', key: input.idempotencyKey, input };
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const { id } = await once(tx, attempt, async (newId) => {
        const values = await validate(tx, input, 'create');
        return insertedId(
          tx
            .insert(team)
            .values({ ...values, id: newId })
            .returning({ id: team.id }),
        );
      });
      return id;
    }),
  );
}

export interface UpdateTeam extends TeamFields {
  id: string;
  expectedVersion: number;
}

/**
 * Changes a team's name or leader and returns its id; for administrators. A new leader decides requests for the files of
 * its members at once; open sockets of both leaders are closed, so that they reconnect with the rights they have now. An
 * update that changes nothing leaves no trace.
 *
 * Errors: NOT_FOUND, CONFLICT for any change since the version the client has read unless it is the same one, and for a name
 * in use, BAD_USER_INPUT naming every violation.
 */
export function updateTeam(db: Database, actor: Actor, input: UpdateTeam): Promise<string> {
  const id = requireId(
    'team',
    input.id,
    [...path, 'id'],
    checkFields(rules, input, { mode: 'update', path }).issues,
  );
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const [row] = await tx.select().from(team).where(eq(team.id, id)).for('no key update');
      if (!row) throw notFound();
      const given = Object.entries(checkFields(rules, input, { mode: 'update', path }).values);
      const isHeld = ([field, value]: [string, unknown]) => row[field as keyof TeamRow] === value;
      requireVersion(row, input.expectedVersion, given.every(isHeld));
      const values = await validate(tx, input, 'update');
      if (Object.keys(values).length > 0) await tx.update(team).set(values).where(eq(team.id, id));
      return id;
    }),
  );
}

/** The values to store. Errors: BAD_USER_INPUT naming every violation. */
async function validate<Mode extends CheckOptions['mode']>(db: Database, input: TeamFields, mode: Mode) {
  const { values, issues } = checkFields(rules, input, { mode, path });
  const { leaderId } = values;
  if (leaderId != null && !(await canLead(db, leaderId))) {
    const message = 'Must be an active employee who sees customers by name. (须为可查看客户名称的在职员工。)';
    issues.push({ path: [...path, 'leaderId'], code: 'NO_LEADER', message });
  }
  if (issues.length > 0) throw badInput(issues);
  return values as Mode extends 'create' ? typeof values & { name: string } : typeof values;
}

/** Whether the employee can decide requests, which name the file and the requester. Locked until the team is written. */
async function canLead(db: Database, id: string): Promise<boolean> {
  const [found] = await db
    .select({ role: employee.role, disabledAt: employee.disabledAt })
    .from(employee)
    .where(eq(employee.id, id))
    .for('share');
  return found !== undefined && found.disabledAt === null && !pseudonymousRoles.includes(found.role as Role);
}

async function namingDuplicates<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'team_name_unique')) throw error;
    throw conflict('This name is in use. (该名称已被使用。)', { field: 'name' });
  }
}
