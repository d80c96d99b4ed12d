import type { Role } from '../../core/access/role.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import { checkFields, requiredName } from '../../core/validation/fields.ts';
import { checkEmployee, employeeFieldNames } from '../../domains/employee/employee.check.ts';
import { findKept, mustHandOver } from '../../domains/employee/employee.offboarding.ts';
import { employee, team } from '../../domains/employee/employee.table.ts';
import type { RecordChange, RecordType } from './record-type.ts';

const teamRules = { name: requiredName(80) };

/** Imported employees have no password: until they get one, they can own files but cannot sign in. */
export const employeeRecordType: RecordType = {
  name: 'employee',
  table: employee,
  fields: employeeFieldNames,
  references: { team: { to: 'team', column: 'teamId', need: 'optional' } },
  unique: [
    {
      field: 'email',
      column: employee.email,
      isCaseless: true,
      code: 'EMAIL_IN_USE',
      message: 'Another employee has this e-mail address. (该邮箱已被其他员工使用。)',
    },
  ],
  check: (input, { mode }) => checkEmployee(input, { mode }),
  refuse: findKeepers,
};

/** Finds employees whose new role cannot have what they own or are custodian of. */
async function findKeepers(tx: Database, changes: readonly RecordChange[]): Promise<Map<string, Issue>> {
  const roles = new Map(
    changes
      .filter(({ before, values }) => before && values.role && values.role !== before.role)
      .map(({ id, values }) => [id, values.role as Role]),
  );
  if (roles.size === 0) return new Map();
  const refusals = new Map<string, Issue>();
  for (const kept of await findKept(tx, [...roles.keys()])) {
    const message = mustHandOver(roles.get(kept.id) as Role, kept);
    if (message) refusals.set(kept.id, { path: ['role'], code: 'FILES_TO_HAND_OVER', message });
  }
  return refusals;
}

export const teamRecordType: RecordType = {
  name: 'team',
  table: team,
  fields: Object.keys(teamRules),
  references: { leader: { to: 'employee', column: 'leaderId', need: 'optional' } },
  unique: [
    {
      field: 'name',
      column: team.name,
      isCaseless: false,
      code: 'TEAM_NAME_IN_USE',
      message: 'Another team has this name. (该团队名称已被使用。)',
    },
  ],
  check: (input, { mode }) => checkFields(teamRules, input, { mode }),
};
