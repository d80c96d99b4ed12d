import { and, inArray, isNull } from 'drizzle-orm';
import { custodians, fileOwners } from '../../core/access/policy.ts';
import type { Role } from '../../core/access/role.ts';
import { rolesInWords } from '../../core/access/role-words.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import { employee } from './employee.table.ts';

/** Fields that name an employee responsible for a file, and the roles that can be. */
const rolesFor: Record<string, readonly Role[]> = {
  ownerId: fileOwners,
  coOwnerId: fileOwners,
  custodianId: custodians,
};

/**
 * Checks fields that name an employee (UUIDs by field; absent and null are valid): one that does not exist, has left,
 * or has a role that cannot do the work is an issue. Sends one statement, or none where no field names an employee.
 *
 * The employees stay locked, so that nobody becomes owner while being disabled or given another role.
 */
export async function checkEmployees(
  tx: Database,
  references: Record<string, string | null | undefined>,
  path: (string | number)[],
): Promise<Issue[]> {
  return employeeIssues(await lockActiveEmployees(tx, Object.values(references)), references, path);
}

/** Roles of the active employees among some ids, which stay locked against change. One statement, or none. */
export async function lockActiveEmployees(
  tx: Database,
  references: readonly (string | null | undefined)[],
): Promise<Map<string, Role>> {
  const ids = references.filter((id) => typeof id === 'string');
  if (ids.length === 0) return new Map();
  const active = await tx
    .select({ id: employee.id, role: employee.role })
    .from(employee)
    .where(and(inArray(employee.id, ids), isNull(employee.disabledAt)))
    .orderBy(employee.id)
    .for('share');
  return new Map(active.map(({ id, role }) => [id, role]));
}

/** The issues of fields that name an employee, by the roles of those who are active. */
export function employeeIssues(
  roles: ReadonlyMap<string, Role>,
  references: Record<string, string | null | undefined>,
  path: (string | number)[],
): Issue[] {
  return Object.entries(references).flatMap(([field, id]) => {
    if (typeof id !== 'string') return [];
    const role = roles.get(id);
    if (!role) return [notActive([...path, field])];
    return rolesFor[field] && !rolesFor[field].includes(role)
      ? [unfitRole([...path, field], rolesFor[field])]
      : [];
  });
}

/** The issue of an input field that must name an active employee and does not. */
export const notActive = (path: (string | number)[]): Issue => ({
  path,
  code: 'EMPLOYEE_NOT_ACTIVE',
  message: 'Must be an active employee. (须为在职员工。)',
});

/** The issue of an input field that names an employee whose role is not among those required. */
export const unfitRole = (path: (string | number)[], roles: readonly Role[]): Issue => {
  const { english, chinese } = rolesInWords(roles);
  return {
    path,
    code: 'EMPLOYEE_ROLE',
    message: `Must be of a role that can do this: ${english}. (角色须为：${chinese}。)`,
  };
};
