import { type CustomerCheckOptions, type CustomerFields, checkCustomer } from '../customer/customer.check.ts';
import { CustomerStage, customer } from '../customer/customer.table.ts';
import type { FieldForm, Subject } from './subject.ts';

const fields = {
  kind: 'text',
  name: 'text',
  shortName: 'text',
  unifiedSocialCreditCode: 'text',
  legalRepresentative: 'text',
  foundedOn: 'text',
  registeredCapital: 'text',
  businessScope: 'text',
  employeeCount: 'text',
  annualRevenue: 'text',
  industry: 'text',
  region: 'text',
  country: 'text',
  province: 'text',
  city: 'text',
  address: 'text',
  website: 'text',
  size: 'text',
  stage: 'text',
  tier: 'text',
  creditGrade: 'text',
  creditLimit: 'text',
  source: 'text',
} satisfies Record<keyof CustomerFields, FieldForm>;

export const customerSubject: Subject = {
  name: 'customer',
  table: customer,
  fields,
  decisive: ['kind', 'country', 'stage'],
  references: {
    owner: { to: 'employee', column: 'ownerId', need: 'owner' },
    custodian: { to: 'employee', column: 'custodianId', need: 'optional' },
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
  check(input, { mode, current }) {
    const checked = checkCustomer(input, { mode, current: current as CustomerCheckOptions['current'] });
    if (checked.values.stage === CustomerStage.WON && current?.stage !== CustomerStage.WON) {
      checked.issues.push({
        path: ['stage'],
        code: 'WON_NEEDS_DEAL',
        message: 'A customer is won by importing its won deals. (成交客户须通过导入成交商机产生。)',
      });
    }
    return checked;
  },
};
