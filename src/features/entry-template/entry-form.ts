import { CustomerKind } from '../../domains/customer/customer.table.ts';

/** A field of a form. Its type, terms and values are those of the mutation's input. */
export interface FormField {
  name: string;
  /** It must be filled in. */
  isRequired?: boolean;
  /** It must be filled in unless this one is. */
  requiredUnless?: string;
  /** What a person entering it should know: "English. (中文。)" */
  help?: string;
}

/** A record that a form collects, in the order of entry. */
export interface FormRecord {
  mutation: 'createCustomer' | 'createContact' | 'createNeed';
  fields: FormField[];
}

const field = (name: string, help?: string, rest: Partial<FormField> = {}): FormField => ({
  name,
  ...(help !== undefined && { help }),
  ...rest,
});
const fields = (...names: string[]): FormField[] => names.map((name) => ({ name }));

const isRequired = { isRequired: true };

/** What only organizations have. */
const ofOrganization: FormField[] = [
  field(
    'name',
    'The full registered name, not 北京公司 but 北京信息技术股份有限公司; a lead may have a short name only. (填写登记的全称，例如“北京信息技术股份有限公司”，不能只写“北京公司”；潜在客户可只填简称。)', // AC-5
    { requiredUnless: 'shortName' },
  ),
  ...fields('shortName', 'nameEnglish', 'formerNames', 'nature'),
  field('unifiedSocialCreditCode', '18 characters, as on the business licence. (18位，见营业执照。)'),
  ...fields('legalRepresentative', 'foundedOn', 'registeredCapital', 'businessScope', 'industry'),
  ...fields('size', 'employeeCount', 'annualRevenue', 'website'),
];

const ofPerson: FormField[] = [
  field('name', 'Family name and given name. (填写姓名。)', { requiredUnless: 'shortName' }),
  ...fields('shortName', 'nameEnglish', 'formerNames'),
];

const ofAnyone: FormField[] = [
  ...fields('customerType', 'importance', 'country'),
  field('province', 'The region follows from it. (区域由省份得出。)'),
  ...fields('city', 'region', 'address', 'postalCode', 'registeredAddress', 'officeAddress'),
  field(
    'premises',
    'Which unit of a property it has: building, entrance, floor and room. (住户或商户的楼幢、单元、楼层、房号。)',
  ), // R80
  field(
    'phones',
    'Numbers of the customer itself; a person’s belong to the contact. (单位电话；个人的号码填在联系人处。)',
  ),
  ...fields('emails', 'fax', 'source'),
  field('sourceDetail', 'The campaign, the event or who referred it. (活动、展会或介绍人。)'),
  field('stage'), // AC-16
  field('lostReason', 'Needed with LOST. (阶段为流失时必填。)'), // R129
  ...fields('routeOrder', 'tier', 'creditGrade', 'creditLimit', 'openedOn', 'externalKeys', 'notes'),
];

const contact: FormRecord = {
  mutation: 'createContact',
  fields: [
    field('name', undefined, isRequired),
    ...fields('title', 'department', 'role'),
    field('mobile', 'All 11 digits; 138 alone is refused. (填写完整的11位号码，不能只写“138”。)'), // AC-5
    field('phone', 'With its area code, such as 0755-82345678转801. (带区号，例如0755-82345678转801。)'),
    ...fields('phoneExtension', 'email', 'wechat', 'isPrimary', 'gender', 'birthday', 'household'),
    ...fields('preferences', 'notes'),
  ],
};

const need: FormRecord = {
  mutation: 'createNeed',
  fields: [
    field(
      'item',
      'Say how many, at what price and what it has to be like: 采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存; needProposal takes such a text apart. (写明数量、预算和规格，例如“采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存”；needProposal可解析这样的描述。)', // R64, AC-5
      isRequired,
    ),
    ...fields('specification', 'quantity', 'unit'),
    field('budgetMin', 'For the whole need, not for one piece. (整个需求的预算，不是单价。)'),
    field('budgetMax', 'For the whole need, not for one piece. (整个需求的预算，不是单价。)'),
    ...fields('currency', 'painPoint', 'priority', 'raisedAt', 'expectedAt', 'status'),
  ],
};

/** What is collected of a new customer of a kind (R65). */
export const entryForms: Readonly<Record<CustomerKind, readonly FormRecord[]>> = {
  [CustomerKind.ORGANIZATION]: [
    { mutation: 'createCustomer', fields: [...ofOrganization, ...ofAnyone] },
    contact,
    need,
  ],
  [CustomerKind.PERSON]: [{ mutation: 'createCustomer', fields: [...ofPerson, ...ofAnyone] }, contact, need],
};
