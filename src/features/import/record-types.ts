import { fileOwners, taskHolders } from '../../core/access/policy.ts';
import { checkContact } from '../../domains/contact/contact.check.ts';
import type { ContactRow } from '../../domains/contact/contact.table.ts';
import { contactWrites } from '../../domains/contact/contact.write.ts';
import { dealWrites } from '../../domains/deal/deal.write.ts';
import { interactionWrites } from '../../domains/interaction/interaction.write.ts';
import { needWrites } from '../../domains/need/need.write.ts';
import { taskWrites } from '../../domains/task/task.write.ts';
import { customerSubject } from './customer.record.ts';
import { partSubject } from './part.record.ts';
import type { Subject, SubjectName } from './record-type.ts';
import { employeeSubject, teamSubject } from './staff.record.ts';

/** In order of reference: each refers only to earlier ones, except that teams and employees refer to each other. */
export const subjects: readonly Subject[] = [
  employeeSubject,
  teamSubject,
  customerSubject,
  partSubject(contactWrites, {
    flags: ['isPrimary'],
    soleFlag: 'isPrimary',
    identityOf: (contactId, { customerId, name, mobile, email }) => ({
      fileId: String(customerId),
      contactId,
      person: textIn(name),
      mobile: textIn(mobile),
      email: textIn(email),
    }),
    // Without a known file it is refused, and the report checks every number as a Chinese one.
    check: (input, { file, current, ...state }) =>
      checkContact(input, {
        ...state,
        current: current as ContactRow | undefined,
        country: file?.country ?? 'CN',
        isOrganization: file?.kind !== 'PERSON',
      }),
  }),
  partSubject(dealWrites, {
    decisive: ['stage', 'currency'],
    references: { owner: { to: 'employee', column: 'ownerId', need: 'owner', roles: fileOwners } },
  }),
  partSubject(needWrites, { decisive: ['currency', 'status'] }),
  partSubject(interactionWrites, {
    references: { employee: { to: 'employee', column: 'employeeId', need: 'owner' } },
  }),
  partSubject(taskWrites, {
    references: { assignee: { to: 'employee', column: 'assigneeId', need: 'owner', roles: taskHolders } },
  }),
];

export function requireSubject(name: SubjectName): Subject {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (!subject) throw new Error(`There is no subject ${name}.`);
  return subject;
}

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);
