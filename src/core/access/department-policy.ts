import type { FieldGroup } from './field-group.ts';
import { type AccessClass, policy, pseudonymousRoles, type WriteReach } from './policy.ts';
import type { Role } from './role.ts';

// What a department's responsibility adds to the policy page (R10).

/** Groups with fields of the file itself. */
const ofFile: readonly FieldGroup[] = [
  'REGISTRATION',
  'CONTACTS',
  'MARKET',
  'RELATIONSHIP',
  'FINANCE',
  'KEEPING',
];

/**
 * Mutations open beyond their callers to members of departments that answer for these groups (R10). They write the group's
 * fields as far as their role reads them; see {@link departmentReach}. Parts with a group add their mutations.
 */
export const departmentCallers: Record<string, readonly FieldGroup[]> = {
  'Mutation.updateCustomer': ofFile,
  'Mutation.updateCustomers': ofFile,
  'Mutation.revertCustomerField': ofFile,
  'Mutation.tagCustomer': ['RELATIONSHIP'],
  'Mutation.untagCustomer': ['RELATIONSHIP'],
  'Mutation.tagCustomers': ['RELATIONSHIP'],
  'Mutation.untagCustomers': ['RELATIONSHIP'],
};

/**
 * On whose files members of the responsible department change a class: those on which their role reads it, since nobody
 * answers for what they cannot see; a grant lets nobody write. Credit is written by roles alone (R47), special data by
 * nobody, and roles that know people by id answer for nothing.
 */
export function departmentReach(role: Role, access: AccessClass): WriteReach {
  const { files, read } = policy[role];
  if (access === 'credit' || access === 'special' || pseudonymousRoles.includes(role)) return 'NONE';
  if (read[access] !== 'ALL' && read[access] !== 'OWN') return 'NONE';
  return files === 'ALL' && read[access] === 'ALL' ? 'ALL' : 'OWN';
}
