import { sql } from 'drizzle-orm';
import { custodians, fileOwners } from '../../core/access/policy.ts';
import { dateIn } from '../../core/time/zone.ts';
import type { ExternalKeyValue } from '../../core/validation/labelled-list.ts';
import { type Premises, premisesUnit } from '../../core/validation/premises.ts';
import { checkCustomer, customerFieldNames } from '../../domains/customer/customer.check.ts';
import { type CustomerRow, cancelledNumber, customer } from '../../domains/customer/customer.table.ts';
import { checkFiling, filingFieldNames } from '../../domains/customer/filing.check.ts';
import { checkStage, findContracts } from '../../domains/customer/stage.service.ts';
import type { RecordType } from './record-type.ts';

export const customerRecordType: RecordType = {
  name: 'customer',
  table: customer,
  fields: [...customerFieldNames, ...filingFieldNames],
  decisive: ['kind', 'country', 'stage'],
  references: {
    owner: { to: 'employee', column: 'ownerId', need: 'owner', roles: fileOwners },
    custodian: { to: 'employee', column: 'custodianId', need: 'optional', roles: custodians },
  },
  unique: [
    {
      field: 'unifiedSocialCreditCode',
      column: customer.unifiedSocialCreditCode,
      isCaseless: false,
      code: 'SOCIAL_CREDIT_CODE_IN_USE',
      message: 'Another file has this unified social credit code. (该统一社会信用代码已有档案。)',
    },
    {
      field: 'archiveNumber',
      column: customer.archiveNumber,
      isCaseless: false,
      spent: cancelledNumber.number,
      code: 'ARCHIVE_NUMBER_IN_USE',
      message: 'Another file has this archive number. (该档号已有档案。)',
    },
    {
      field: 'premises',
      column: customer.premises,
      isCaseless: false,
      keyOf: (value) => (value ? (premisesUnit(value as Premises) ?? undefined) : undefined),
      stored: {
        key: sql`premises_unit(${customer.premises})`,
        among: sql`${customer.archivedAt} is null`,
      },
      code: 'PREMISES_IN_USE',
      message: 'Another active file has this unit. (该户址已有未封存的档案。)',
    },
  ],
  // The list of a record that names none is kept, and the key it is imported by is always among it.
  withKey(values, key, current) {
    const listed = (values.externalKeys ?? current?.externalKeys ?? []) as ExternalKeyValue[];
    const isListed = listed.some((one) => one.source === key.source && one.key === key.key);
    return { ...values, externalKeys: isListed ? listed : [...listed, key] };
  },
  identityOf: (fileId, { name }) => ({ fileId, name: typeof name === 'string' ? name : null }),
  initial: ({ now, settings: { timeZone } }) => ({ openedOn: dateIn(timeZone, now) }),
  // A new file has no deals yet.
  findContracts,
  check(input, { mode, now, current, settings, role, hasContract }) {
    const file = current as CustomerRow | undefined;
    const checked = checkCustomer(input, { mode, now, nameStandard: settings.nameStandard, current: file });
    checkStage(checked, { settings, role, current: file, hasContract });
    const filed = checkFiling(input, { mode, current: file, settings });
    return {
      values: { ...checked.values, ...filed.values },
      issues: [...checked.issues, ...filed.issues],
      warnings: checked.warnings,
    };
  },
};
