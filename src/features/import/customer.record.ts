import { custodians, fileOwners } from '../../core/access/policy.ts';
import { dateIn } from '../../core/time/zone.ts';
import type { ExternalKeyValue } from '../../core/validation/labelled-list.ts';
import {
  type CustomerCheckOptions,
  checkCustomer,
  customerFieldNames,
} from '../../domains/customer/customer.check.ts';
import { CustomerStage, customer } from '../../domains/customer/customer.table.ts';
import type { Subject } from './record-type.ts';

export const customerSubject: Subject = {
  name: 'customer',
  table: customer,
  fields: customerFieldNames,
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
  ],
  // The list of a record that names none is kept, and the key it is imported by is always among it.
  withKey(values, key, current) {
    const listed = (values.externalKeys ?? current?.externalKeys ?? []) as ExternalKeyValue[];
    const isListed = listed.some((one) => one.source === key.source && one.key === key.key);
    return { ...values, externalKeys: isListed ? listed : [...listed, key] };
  },
  identityOf: (fileId, { name }) => ({ fileId, name: typeof name === 'string' ? name : null }),
  initial: ({ now, settings: { timeZone } }) => ({ openedOn: dateIn(timeZone, now) }),
  check(input, { mode, now, current, settings: { nameStandard } }) {
    const options = { mode, now, nameStandard, current: current as CustomerCheckOptions['current'] };
    const checked = checkCustomer(input, options);
    if (checked.values.stage === CustomerStage.WON && current?.stage !== CustomerStage.WON) {
      checked.issues.push({
        path: ['stage'],
        code: 'WON_NEEDS_DEAL',
        message: 'A customer is won by importing its won deals. (成交客户须通过导入赢单商机产生。)',
      });
    }
    return checked;
  },
};
