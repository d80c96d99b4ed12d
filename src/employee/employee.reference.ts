import { and, inArray, isNull } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import type { Issue } from '../errors.ts';
import { employee } from './employee.table.ts';

/**
 * The issues of fields that name an employee (UUIDs by field; absent and null are fine): nobody there, or one who
 * has left. Sends one statement, or none where no field names one.
 *
 * The employees found stay locked against change, so nobody is made owner while being disabled.
 */
export async function checkEmployees(
  tx: Database,
  references: Record<string, string | null | undefined>,
  path: (string | number)[],
): Promise<Issue[]> {
  const ids = Object.values(references).filter((id) => typeof id === 'string');
  if (ids.length === 0) return [];
  const active = await tx
    .select({ id: employee.id })
    .from(employee)
    .where(and(inArray(employee.id, ids), isNull(employee.disabledAt)))
    .orderBy(employee.id)
    .for('share');
  const found = new Set(active.map((row) => row.id));
  return Object.entries(references)
    .filter(([, id]) => typeof id === 'string' && !found.has(id))
    .map(([field]) => notActive([...path, field]));
}

/** The issue of a place that must name an active employee and does not. */
export const notActive = (path: (string | number)[]): Issue => ({
  path,
  code: 'EMPLOYEE_NOT_ACTIVE',
  message: 'Must be an active employee. (须为在职员工。)',
});
