import { Role } from '../../core/access/role.ts';
import type { Issue } from '../../core/errors.ts';
import { checkOneOf } from '../../core/validation/code.ts';
import { checkEmail } from '../../core/validation/email.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  type Fields,
  optionalText,
  required,
  requiredName,
  type Values,
} from '../../core/validation/fields.ts';

const rules = {
  name: requiredName(80),
  email: required(checkEmail),
  role: required(checkOneOf(Role)),
  title: optionalText(80),
};

/** Names of the fields that an import can set. */
export const employeeFieldNames = Object.keys(rules);

export type EmployeeFields = Fields<typeof rules>;
export type EmployeeValues = Values<typeof rules>;

/** Checks the fields of an employee and reports every violation. */
export const checkEmployee = (fields: EmployeeFields, options: CheckOptions): Checks<typeof rules> =>
  checkFields(rules, fields, options);

/** NIST SP 800-63B requires 8 characters and no composition rules; 12 here, because there is no second factor. */
const minPasswordLength = 12;
export const maxPasswordLength = 128;

/** Checks a first password. */
export function checkPassword(password: string, path: (string | number)[]): Issue[] {
  const { length } = [...password];
  if (length >= minPasswordLength && length <= maxPasswordLength) return [];
  return [
    {
      path,
      code: 'PASSWORD_LENGTH',
      message: `Must have ${minPasswordLength} to ${maxPasswordLength} characters. (须为${minPasswordLength}至${maxPasswordLength}个字符。)`,
    },
  ];
}
