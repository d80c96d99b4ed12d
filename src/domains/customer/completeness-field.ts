import type { FieldGroup } from '../../core/access/field-group.ts';
import type { Declared } from '../../core/access/row-predicates.ts';

/**
 * The shares of a file's completeness, each read by those who may read what it counts. Their order is that of the seven
 * bits that each has in `file_figure`, where sums of weights are kept: at most 14 fields of weight 9.
 */
export const completenessShares = [
  { access: 'card', text: 'IDENTIFYING' },
  { access: 'basic' },
  { access: 'basic', text: 'FREE' },
  { access: 'contact', text: 'IDENTIFYING' },
  { access: 'business' },
  { access: 'business', text: 'FREE' },
  { access: 'credit' },
  { access: 'personal' },
] as const satisfies readonly Declared[];

const card = 0;
const basic = 1;
const basicText = 2;
const contact = 3;
const business = 4;
const businessText = 5;
const credit = 6;
const personal = 7;

/** From here on the shares are of credit and personal data: tasks, which many read, do not name what is missing of these. */
export const restrictedShares = credit;

/** A field that can be required of a file. */
interface CompletenessField {
  /** Its bit in `file_figure.filled`; never given to another. */
  bit: number;
  share: number;
  group: FieldGroup;
  /** The type and field that are written to fill it. */
  fills: readonly [type: 'Customer' | 'Contact' | 'Need', field: string];
  /** "English. (中文)" */
  description: string;
}

const own = (bit: number, share: number, group: FieldGroup, field: string, description: string) => ({
  bit,
  share,
  group,
  fills: ['Customer', field] as const,
  description,
});
const ofContact = (bit: number, share: number, field: string, description: string) => ({
  bit,
  share,
  group: 'CONTACTS' as const,
  fills: ['Contact', field] as const,
  description,
});
const ofNeed = (bit: number, share: number, field: string, description: string) => ({
  bit,
  share,
  group: 'NEEDS' as const,
  fills: ['Need', field] as const,
  description,
});

/**
 * What can be required of a file, by name. The database has a copy in `completeness_field`, and `filled_fields` sets the
 * bits; a test compares them.
 */
export const completenessFields = {
  name: own(0, card, 'REGISTRATION', 'name', 'Full name. (企业全称)'),
  unifiedSocialCreditCode: own(
    1,
    card,
    'REGISTRATION',
    'unifiedSocialCreditCode',
    'Credit code. (统一社会信用代码)',
  ),
  legalRepresentative: own(
    2,
    card,
    'REGISTRATION',
    'legalRepresentative',
    'Legal representative. (法定代表人)',
  ),
  nature: own(3, basic, 'REGISTRATION', 'nature', 'Nature of the customer. (客户性质)'),
  foundedOn: own(4, basic, 'REGISTRATION', 'foundedOn', 'Date of foundation. (成立时间)'),
  registeredCapital: own(5, basic, 'REGISTRATION', 'registeredCapital', 'Registered capital. (注册资本)'),
  industry: own(6, basic, 'MARKET', 'industry', 'Industry. (行业)'),
  size: own(7, basic, 'MARKET', 'size', 'Size. (规模)'),
  employeeCount: own(8, basic, 'MARKET', 'employeeCount', 'Number of employees. (员工人数)'),
  province: own(9, basic, 'CONTACTS', 'province', 'Province. (省份)'),
  city: own(10, basic, 'CONTACTS', 'city', 'City. (城市)'),
  customerType: own(11, basic, 'RELATIONSHIP', 'customerType', 'Customer type. (客户类型)'),
  importance: own(12, basic, 'RELATIONSHIP', 'importance', 'Importance. (重要程度)'),
  source: own(13, basic, 'MARKET', 'source', 'Source. (客户来源)'),
  annualRevenue: own(14, basic, 'FINANCE', 'annualRevenue', 'Annual revenue. (年营业额)'),
  businessScope: own(15, basicText, 'REGISTRATION', 'businessScope', 'Scope of business. (经营范围)'),
  sourceDetail: own(16, basicText, 'MARKET', 'sourceDetail', 'Detail of the source. (来源说明)'),
  address: own(17, contact, 'CONTACTS', 'address', 'Address. (地址)'),
  postalCode: own(18, contact, 'CONTACTS', 'postalCode', 'Postal code. (邮政编码)'),
  registeredAddress: own(19, contact, 'REGISTRATION', 'registeredAddress', 'Registered address. (注册地址)'),
  officeAddress: own(20, contact, 'CONTACTS', 'officeAddress', 'Office address. (办公地址)'),
  phones: own(21, contact, 'CONTACTS', 'phones', 'A number of its own. (单位电话)'),
  emails: own(22, contact, 'CONTACTS', 'emails', 'An e-mail address of its own. (单位邮箱)'),
  fax: own(23, contact, 'CONTACTS', 'fax', 'Fax number. (传真)'),
  website: own(24, contact, 'CONTACTS', 'website', 'Website. (网站)'),
  creditGrade: own(25, credit, 'FINANCE', 'creditGrade', 'Credit grade. (信用等级)'),
  creditLimit: own(26, credit, 'FINANCE', 'creditLimit', 'Credit limit. (信用额度)'),
  primaryContact: ofContact(27, basic, 'isPrimary', 'A primary contact. (主要联系人)'),
  contactTitle: ofContact(28, card, 'title', 'A contact’s job title. (联系人职务)'),
  contactNumber: ofContact(29, contact, 'mobile', 'A contact’s phone or mobile number. (联系人电话)'),
  contactEmail: ofContact(30, contact, 'email', 'A contact’s e-mail address. (联系人邮箱)'),
  contactWechat: ofContact(31, contact, 'wechat', 'A contact’s WeChat. (联系人微信)'),
  contactBirthday: ofContact(32, personal, 'birthday', 'A contact’s birthday. (联系人生日)'),
  need: ofNeed(33, business, 'item', 'A need that was not dropped. (采购意向)'),
  needBudget: ofNeed(34, business, 'budgetMin', 'The budget of a need. (采购预算)'),
  needPainPoint: ofNeed(35, businessText, 'painPoint', 'The pain point of a need. (痛点)'),
} as const satisfies Record<string, CompletenessField>;

export type CompletenessFieldName = keyof typeof completenessFields;
