import { eq } from 'drizzle-orm';
import { type Actor, originOf } from '../access/write.ts';
import { breaksConstraint } from '../database/constraint.ts';
import { type Database, writeAs } from '../database/database.ts';
import { insertedId, once } from '../database/idempotency.ts';
import { badInput, conflict, forbidden, type Issue, notFound, staleVersion } from '../errors.ts';
import { requireId } from '../graphql/input-id.ts';
import { checkEmployee, checkPassword, type EmployeeFields, type EmployeeValues } from './employee.check.ts';
import { endBorrowing, lockOut, tellingOrphans } from './employee.leave.ts';
import { type EmployeeRow, employee, team } from './employee.table.ts';

const path = ['input'];

export interface CreateEmployee extends EmployeeFields {
  teamId?: string | null;
  password?: string | null;
  idempotencyKey?: string | null;
}

/**
 * Enters a member of staff and returns their id; for administrators. `hashPassword` is called for a first password
 * that meets the rules; without one they sign in through an identity provider only.
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
  const { values, issues } = checkEmployee(input, { mode: 'create', path });
  if (password != null) issues.push(...checkPassword(password, [...path, 'password']));
  const teamId = input.teamId == null ? null : requireId('team', input.teamId, [...path, 'teamId']);
  if (issues.length > 0) throw badInput(issues);
  // Before the transaction: a hash takes longer than all of it.
  const passwordHash = password == null ? null : await hashPassword(password);
  const attempt = {
    viewerId: actor.viewer.id,
    operation: 'createEmployee',
    key: input.idempotencyKey,
    input,
  };
  return tellingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const { id } = await once(tx, attempt, async (newId) => {
        await requireTeam(tx, teamId);
        const row = { ...(values as Required<EmployeeValues>), id: newId, teamId, passwordHash };
        return insertedId(tx.insert(employee).values(row).returning({ id: employee.id }));
      });
      return id;
    }),
  );
}

export interface UpdateEmployee extends EmployeeFields {
  id: string;
  expectedVersion: number;
  teamId?: string | null;
}

/**
 * Changes a member of staff and returns their id; for administrators. A role that changes holds from the next
 * statement on, on open sockets too. An update that changes nothing leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for one's own role, CONFLICT for a stale version or an e-mail address in use,
 * BAD_USER_INPUT naming every violation.
 */
export function updateEmployee(db: Database, actor: Actor, input: UpdateEmployee): Promise<string> {
  const id = requireId('emp', input.id, [...path, 'id']);
  return tellingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const row = await lockEmployee(tx, id);
      // Nobody raises their own rights, and so the last administrator remains one.
      if (id === actor.viewer.id && input.role !== undefined && input.role !== row.role) throw forbidden();
      if (row.version !== input.expectedVersion) throw staleVersion(row.version);
      const { values, issues } = checkEmployee(input, { mode: 'update', path });
      if (issues.length > 0) throw badInput(issues);
      const teamId =
        input.teamId == null ? input.teamId : requireId('team', input.teamId, [...path, 'teamId']);
      await requireTeam(tx, teamId);
      const changed = { ...values, ...(teamId !== undefined && { teamId }) };
      if (Object.keys(changed).length > 0) await tx.update(employee).set(changed).where(eq(employee.id, id));
      return id;
    }),
  );
}

export interface DisableEmployee {
  id: string;
  /** False lets the employee in again. Default true. */
  disabled?: boolean | null;
}

/**
 * Locks a member of staff out, or lets them in again, and returns their id; for administrators. Sessions and sockets
 * close, and what they borrowed ends. Doing so twice leaves no trace.
 *
 * Errors: NOT_FOUND, FORBIDDEN for oneself, CONFLICT while they own active files: those are handed over first.
 */
export function disableEmployee(db: Database, actor: Actor, input: DisableEmployee): Promise<string> {
  const id = requireId('emp', input.id, [...path, 'id']);
  if (id === actor.viewer.id) throw forbidden();
  const disabled = input.disabled ?? true;
  return tellingOrphans(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const row = await lockEmployee(tx, id);
      if (disabled === (row.disabledAt !== null)) return id;
      if (disabled) {
        await endBorrowing(tx, id, actor.viewer.id);
        await lockOut(tx, id);
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

/** Errors: BAD_USER_INPUT for a team that is not there. */
async function requireTeam(tx: Database, teamId: string | null | undefined): Promise<void> {
  if (teamId == null) return;
  const [found] = await tx.select({ id: team.id }).from(team).where(eq(team.id, teamId));
  if (found) return;
  const issue: Issue = {
    path: [...path, 'teamId'],
    code: 'NO_SUCH_TEAM',
    message: 'There is no such team. (团队不存在。)',
  };
  throw badInput([issue]);
}

async function tellingDuplicates<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'employee_email_key')) throw error;
    throw conflict('This e-mail address is in use. (该邮箱已被使用。)', { field: 'email' });
  }
}
