import { contactSubject } from './contact.record.ts';
import { customerSubject } from './customer.record.ts';
import { dealSubject } from './deal.record.ts';
import { interactionSubject } from './interaction.record.ts';
import { needSubject } from './need.record.ts';
import type { Subject, SubjectName } from './record-type.ts';
import { employeeSubject, teamSubject } from './staff.record.ts';

/** In order of reference: each refers only to earlier ones, except that teams and employees refer to each other. */
export const subjects: readonly Subject[] = [
  employeeSubject,
  teamSubject,
  customerSubject,
  contactSubject,
  dealSubject,
  needSubject,
  interactionSubject,
];

export function requireSubject(name: SubjectName): Subject {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (!subject) throw new Error(`There is no subject ${name}.`);
  return subject;
}
