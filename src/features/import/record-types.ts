import { fileOwners, taskHolders } from '../../core/access/policy.ts';
import { allParts } from '../../core/part/parts.ts';
import { checkContact } from '../../domains/contact/contact.check.ts';
import type { ContactRow } from '../../domains/contact/contact.table.ts';
import '../../domains/customer/customer.model.ts';
import { customerRecordType } from './customer.record.ts';
import { type PartOptions, partRecordType } from './part.record.ts';
import type { RecordType, RecordTypeName } from './record-type.ts';
import { employeeRecordType, teamRecordType } from './staff.record.ts';

/** What an import knows of some parts beside how they are written. */
const partOptions: Readonly<Record<string, PartOptions>> = {
  contact: {
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
  },
  deal: {
    decisive: ['stage', 'currency'],
    references: { owner: { to: 'employee', column: 'ownerId', need: 'owner', roles: fileOwners } },
  },
  need: { decisive: ['currency', 'status'] },
  interaction: { references: { employee: { to: 'employee', column: 'employeeId', need: 'owner' } } },
  task: {
    references: { assignee: { to: 'employee', column: 'assigneeId', need: 'owner', roles: taskHolders } },
  },
};

/** In order of reference: each refers only to earlier ones, except that teams and employees refer to each other. */
export const recordTypes: readonly RecordType[] = [
  employeeRecordType,
  teamRecordType,
  customerRecordType,
  ...allParts().map((writes) => partRecordType(writes, partOptions[writes.model.tableName])),
];

export function requireRecordType(name: RecordTypeName): RecordType {
  const recordType = recordTypes.find((candidate) => candidate.name === name);
  if (!recordType) throw new Error(`There is no record type ${name}.`);
  return recordType;
}

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);
