import { employee, Role, team } from '../employee/employee.table.ts';
import { checkOneOf } from '../standard/code.ts';
import { checkEmail } from '../standard/email.ts';
import { checkFields, optional, required } from '../standard/fields.ts';
import { checkText } from '../standard/text.ts';
import type { Subject } from './subject.ts';

const employeeRules = {
  email: required(checkEmail),
  name: required((value: string) => checkText(value, { min: 1, max: 100 })),
  role: required(checkOneOf(Role)),
  title: optional((value: string) => checkText(value, { max: 100 })),
};

const teamRules = {
  name: required((value: string) => checkText(value, { min: 1, max: 100 })),
};

/** Imported employees have no password: until they are given one they own files but cannot sign in. */
export const employeeSubject: Subject = {
  name: 'employee',
  table: employee,
  fields: { email: 'text', name: 'text', role: 'text', title: 'text' } satisfies Record<
    keyof typeof employeeRules,
    'text'
  >,
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
  check: (input, { mode }) => checkFields(employeeRules, input, { mode }),
};

export const teamSubject: Subject = {
  name: 'team',
  table: team,
  fields: { name: 'text' } satisfies Record<keyof typeof teamRules, 'text'>,
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
