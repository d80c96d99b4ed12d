import { isDeepStrictEqual } from 'node:util';
import { eq, sql } from 'drizzle-orm';
import { FieldGroup } from '../../core/access/field-group.ts';
import { type Actor, originOf } from '../../core/access/write-policy.ts';
import { breaksConstraint } from '../../core/database/constraint.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { insertedId, once } from '../../core/database/idempotency.ts';
import { badInput, conflict, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { requireVersion } from '../../core/part/version-conflict.ts';
import { accept } from '../../core/validation/checked.ts';
import { checkFields, defaulted, type Fields, requiredName } from '../../core/validation/fields.ts';
import { type DepartmentRow, department } from './department.table.ts';

const path = ['input'];
const allGroups = Object.values(FieldGroup);
const rules = {
  name: requiredName(80),
  // In one order and each once, so that the same responsibilities are the same value.
  responsibleFor: defaulted((named: readonly FieldGroup[]) =>
    accept(allGroups.filter((group) => named.includes(group))),
  ),
};
type DepartmentFields = Fields<typeof rules>;

export interface CreateDepartment extends DepartmentFields {
  idempotencyKey?: string | null;
}

/**
 * Creates a department and returns its id; for administrators.
 *
 * Errors: BAD_USER_INPUT naming every violation, CONFLICT for a name in use and for a group of fields that another
 * department answers for.
 */
export function createDepartment(db: Database, actor: Actor, input: CreateDepartment): Promise<string> {
  const { viewer } = actor;
  const attempt = { viewerId: viewer.id, operation: 'createDepartment', key: input.idempotencyKey, input };
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const { id } = await once(tx, attempt, async (newId) => {
        if (issues.length > 0) throw badInput(issues);
        requireFree(await lockDepartments(tx), values.responsibleFor, null);
        const row = { ...values, name: values.name as string, id: newId };
        return insertedId(tx.insert(department).values(row).returning({ id: department.id }));
      });
      return id;
    }),
  );
}

export interface UpdateDepartment extends DepartmentFields {
  id: string;
  expectedVersion: number;
}

/**
 * Changes a department's name or responsibilities and returns its id; for administrators. An update that changes nothing
 * leaves no trace.
 *
 * Errors: NOT_FOUND, CONFLICT for any change since the version the client has read unless it is the same one, for a name in
 * use and for a group of fields that another department answers for, BAD_USER_INPUT naming every violation.
 */
export function updateDepartment(db: Database, actor: Actor, input: UpdateDepartment): Promise<string> {
  const { values, issues } = checkFields(rules, input, { mode: 'update', path });
  const id = requireId('dep', input.id, [...path, 'id'], issues);
  return namingDuplicates(() =>
    writeAs(db, originOf(actor), async (tx) => {
      const departments = await lockDepartments(tx);
      const row = departments.find((one) => one.id === id);
      if (!row) throw notFound();
      const isHeld = ([field, value]: [string, unknown]) =>
        isDeepStrictEqual(row[field as keyof DepartmentRow], value);
      const isSame = Object.entries(values).every(isHeld);
      requireVersion(row, input.expectedVersion, isSame);
      if (issues.length > 0) throw badInput(issues);
      requireFree(departments, values.responsibleFor, id);
      if (!isSame) await tx.update(department).set(values).where(eq(department.id, id));
      return id;
    }),
  );
}

/** All departments, none of which changes or comes until the transaction ends; reading goes on. */
async function lockDepartments(tx: Database): Promise<DepartmentRow[]> {
  await tx.execute(sql`lock table ${department} in share row exclusive mode`);
  return tx.select().from(department);
}

/**
 * One department answers for a group, so that a duty has one addressee.
 *
 * Errors: CONFLICT with the groups that others have.
 */
function requireFree(
  departments: readonly DepartmentRow[],
  groups: readonly FieldGroup[] = [],
  id: string | null,
): void {
  const taken = departments.flatMap((other) => {
    const shared = groups.filter((group) => other.id !== id && other.responsibleFor.includes(group));
    return shared.length > 0 ? [{ name: other.name, shared }] : [];
  });
  const [first] = taken;
  if (!first) return;
  const names = first.shared.join(', ');
  throw conflict(`${first.name} answers for ${names}. (${names} 已由${first.name}负责。)`, {
    field: 'responsibleFor',
    groups: taken.flatMap(({ shared }) => shared),
  });
}

async function namingDuplicates<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!breaksConstraint(error, 'department_name_unique')) throw error;
    throw conflict('This name is in use. (该名称已被使用。)', { field: 'name' });
  }
}
