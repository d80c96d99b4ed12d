import { eq } from 'drizzle-orm';
import { fileOwners, taskHolders } from '../../core/access/policy.ts';
import type { Role } from '../../core/access/role.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, keyIssues, once } from '../../core/database/idempotency.ts';
import { badInput, conflict, forbidden, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { checkId } from '../../core/graphql/schema/type-id.ts';
import { requireVersion } from '../../core/part/version-conflict.ts';
import { type CheckOptions, checkFields, type Fields, optional } from '../../core/validation/fields.ts';
import { passOnTasks } from '../task/task-handover.write.ts';
import { department } from './department.table.ts';
import { checkEmployee, checkPassword, type EmployeeFields, type EmployeeValues } from './employee.check.ts';
import {
  endCoOwnershipsOf,
  endDelegationsOf,
  endSharesOf,
  findKept,
  lockOut,
  lockSharedFilesOf,
  mustHandOver,
  namingOrphans,
} from './employee.offboarding.ts';
import { type EmployeeRow, employee, team } from './employee.table.ts';

const path = ['input'];
const references = {
  teamId: optional((text: string) => checkId('team', text)),
  departmentId: optional((text: string) => checkId('dep', text)),
};

type References = Fields<typeof references>;

export interface CreateEmployee extends EmployeeFields, References {
  password?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Creates an employee and returns their id; for administrators. `hashPassword` is called for a first password that
 * meets the rules; without one the employee signs in through an identity provider only.
 *
 * Errors: BAD_USER_INPUT naming every violation, CONFLICT for an e-mail address in use, RATE_LIMITED when too many
 * passwords are being hashed.
 */
export async function createEmployee(
  db: Database,
  actor: Actor,
  { password, ...input }: CreateEmployee,
  hashPassword: (password: string) => Promise<string>,
): Promise<string> {
  const { values, issues } = await validate(db, input, 'create');
  if (password != null) issues.push(...checkPassword(password, [...path, 'password']));
  issues.push(...keyIssues(input.idempotencyKey));
  if (issues.length > 0) throw badInput(issues);
  // Before the transaction, since hashing takes longer than all of it.
  const passwordHash = password == null ? null : await hashPassword(password);
  const attempt = {
    viewerId: actor.viewer.id,
    operation: 'createEmployee',
    key: input.idempotencyKey,
    input,
  };
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const { id } = await once(tx, attempt, async (newId) => {
        const row = { ...(values as Required<EmployeeValues>), id: newId, passwordHash };
        return insertedId(tx.insert(employee).values(row).returning({ id: employee.id }));
      });
      return id;
    }),
  );
}

export interface UpdateEmployee extends EmployeeFields, References {
  id: string;
  expectedVersion: number;
}

/**
 * Changes an employee and returns their id; for administrators. A new role applies from the next statement on, on open
 * sockets too; one that can own no file ends their co-ownerships and their standing in for others, and one that has no tasks passes their open ones on. An update that changes nothing leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for one's own role, CONFLICT for any change since the version the client has read
 * unless it is the same one, for an e-mail address in use and for a
 * role that cannot have what they own or are custodian of (to be handed over first) or lead, BAD_USER_INPUT naming every
 * violation.
 */
export function updateEmployee(db: Database, actor: Actor, input: UpdateEmployee): Promise<string> {
  const id = requireId('emp', input.id, [...path, 'id'], check(input, 'update').issues);
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const losesTasks = input.role != null && !taskHolders.includes(input.role as Role);
      if (input.role && !fileOwners.includes(input.role as Role)) await lockSharedFilesOf(tx, id);
      const row = await lockEmployee(tx, id);
      // Nobody changes their own role. This also keeps the last administrator one.
      if (id === actor.viewer.id && input.role !== undefined && input.role !== row.role) throw forbidden();
      const given = Object.entries(check(input, 'update').values);
      const isHeld = ([field, value]: [string, unknown]) => row[field as keyof EmployeeRow] === value;
      requireVersion(row, input.expectedVersion, given.every(isHeld));
      const { values, issues } = await validate(tx, input, 'update');
      if (issues.length > 0) throw badInput(issues);
      if (values.role && values.role !== row.role) await requireHandedOver(tx, id, values.role as Role);
      if (values.role && !fileOwners.includes(values.role as Role)) {
        await endCoOwnershipsOf(tx, id);
        await endDelegationsOf(tx, id, actor.viewer.id, { isLeaving: false });
      }
      if (losesTasks) {
        await requireNoTeam(tx, id);
        await passOnTasks(tx, id, actor.viewer.id);
      }
      if (Object.keys(values).length > 0) await tx.update(employee).set(values).where(eq(employee.id, id));
      return id;
    }),
  );
}

/** Refuses a role that cannot have what the employee has. Errors: CONFLICT with how much has to be handed over. */
async function requireHandedOver(tx: Database, id: string, role: Role): Promise<void> {
  const [kept] = await findKept(tx, [id]);
  const message = kept && mustHandOver(role, kept);
  if (!message) return;
  const { customers, custodianships, openDeals } = kept;
  throw conflict(message, { reason: 'FILES_TO_HAND_OVER', customers, custodianships, openDeals });
}

/** Refuses a role that leads no team to whoever leads one: tasks of the team are escalated to them. Errors: CONFLICT. */
async function requireNoTeam(tx: Database, id: string): Promise<void> {
  const [led] = await tx.select({ id: team.id }).from(team).where(eq(team.leaderId, id)).limit(1);
  if (!led) return;
  throw conflict(
    'They lead a team, which this role does not; give it another leader first. (该员工负责团队，请先更换团队负责人。)',
    {
      reason: 'LEADS_TEAM',
    },
  );
}

export interface DisableEmployee {
  id: string;
  /** False enables the employee again. Default true. */
  disabled?: boolean | null;
}

/**
 * Disables or enables an employee and returns their id; for administrators. When disabled, their sessions and sockets
 * are closed and the grants and co-ownerships they hold end, and delegations from and to them. A repeated call leaves no further trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for oneself, CONFLICT while they own active files, are custodian of some, or own open
 * deals in colleagues' files, which have to be handed over first.
 */
export function disableEmployee(db: Database, actor: Actor, input: DisableEmployee): Promise<string> {
  const id = requireId('emp', input.id, [...path, 'id']);
  if (id === actor.viewer.id) throw forbidden();
  const disabled = input.disabled ?? true;
  return namingOrphans(() =>
    writeAs(db, originOf(actor), async (tx) => {
      if (disabled) await lockSharedFilesOf(tx, id);
      const row = await lockEmployee(tx, id);
      if (disabled === (row.disabledAt !== null)) return id;
      if (disabled) {
        await endSharesOf(tx, id, actor.viewer.id, { isLeaving: true });
        await lockOut(tx, id, actor.viewer.id);
      } else await tx.update(employee).set({ disabledAt: null }).where(eq(employee.id, id));
      return id;
    }),
  );
}

async function lockEmployee(tx: Database, id: string): Promise<EmployeeRow> {
  const [row] = await tx.select().from(employee).where(eq(employee.id, id)).for('no key update');
  if (!row) throw notFound();
  return row;
}

/** The values to store for an input, and the issues found without reading the database. */
function check(input: EmployeeFields & References, mode: CheckOptions['mode']) {
  const { values, issues } = checkEmployee(input, { mode, path });
  const referred = checkFields(references, input, { mode, path });
  return { values: { ...values, ...referred.values }, issues: [...issues, ...referred.issues] };
}

/** The values to store for an input, and all its issues. Teams and departments need no lock: they are never deleted. */
async function validate(db: Database, input: EmployeeFields & References, mode: CheckOptions['mode']) {
  const { values, issues } = check(input, mode);
  const { teamId, departmentId } = values;
  if (teamId != null && !(await exists(db, team, teamId))) {
    const message = 'There is no such team. (团队不存在。)';
    issues.push({ path: [...path, 'teamId'], code: 'NO_SUCH_TEAM', message });
  }
  if (departmentId != null && !(await exists(db, department, departmentId))) {
    const message = 'There is no such department. (部门不存在。)';
    issues.push({ path: [...path, 'departmentId'], code: 'NO_SUCH_DEPARTMENT', message });
  }
  return { values, issues };
}

async function exists(db: Database, table: typeof team | typeof department, id: string): Promise<boolean> {
  const [found] = await db.select({ id: table.id }).from(table).where(eq(table.id, id));
  return found !== undefined;
}

async function namingDuplicates<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'employee_email_key')) throw error;
    throw conflict('This e-mail address is in use. (该邮箱已被使用。)', { field: 'email' });
  }
}
