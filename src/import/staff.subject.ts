import { checkEmployee, employeeFieldNames } from '../employee/employee.check.ts';
import { employee, team } from '../employee/employee.table.ts';
import { checkFields, requiredText } from '../standard/fields.ts';
import type { Subject } from './subject.ts';

const teamRules = { name: requiredText(100) };

/** Imported employees have no password: until they are given one they own files but cannot sign in. */
export const employeeSubject: Subject = {
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
};

export const teamSubject: Subject = {
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
