import { contactSubject } from './contact.subject.ts';
import { customerSubject } from './customer.subject.ts';
import { dealSubject } from './deal.subject.ts';
import { interactionSubject } from './interaction.subject.ts';
import { needSubject } from './need.subject.ts';
import { employeeSubject, teamSubject } from './staff.subject.ts';
import type { Subject, SubjectName } from './subject.ts';

/** In the order of reference: each refers only to those before it, save teams and employees to each other. */
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
