import { ObjectType } from 'type-graphql';
import {
  ExternalKeyType,
  LabelledEmailType,
  LabelledPhoneType,
} from '../../core/graphql/schema/labelled.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { completenessJson, completenessValue, scoreValue } from './completeness.value.ts';
import { Completeness } from './completeness-details.type.ts';
import {
  CustomerImportance,
  CustomerNature,
  CustomerType,
  customer,
  LostAs,
  TierSource,
  VerificationState,
} from './customer.table.ts';
import { fileFigure } from './file-figure.table.ts';
import { FilingDetails } from './filing-details.type.ts';

/** How large a customer is, where it can be reached, and what other systems and people note about it. */
@ObjectType()
export abstract class CustomerDetails extends FilingDetails {
  @Attribute({
    column: customer.customerType,
    access: 'basic',
    enumeration: CustomerType,
    sortable: true,
    description: 'Prospect, existing or VIP customer. (客户类型)', // R71
  })
  customerType!: CustomerType | null;

  @Attribute({
    column: customer.importance,
    access: 'basic',
    enumeration: CustomerImportance,
    sortable: true,
    description: 'How much the customer matters, whatever it buys. (重要程度)', // R75
  })
  importance!: CustomerImportance | null;

  @Attribute({
    column: customer.routeOrder,
    access: 'basic',
    sortable: true,
    description: 'Its place on the route of visits, 1 to 9,999; several may have one. (客户路序)', // R74
  })
  routeOrder!: number | null;

  @Attribute({
    column: customer.nature,
    access: 'basic',
    enumeration: CustomerNature,
    sortable: true,
    description: 'State-owned, private, foreign-invested, a public body or a sole proprietor. (客户性质)', // R74
  })
  nature!: CustomerNature | null;

  @Attribute({
    column: customer.lostAs,
    access: 'basic',
    enumeration: LostAs,
    description:
      'Whether a lost file was a prospect (战败) or a customer (流失); null for every other stage. It follows from what the file was before. (流失类别)', // R72, R129
  })
  lostAs!: LostAs | null;

  @Attribute({
    column: customer.lostReason,
    access: 'basic',
    text: 'CONTROLLED',
    description:
      'Why it was lost, one of the settings’ `lostReasons`; null for every other stage. (流失原因)', // R129
  })
  lostReason!: string | null;

  @Attribute({
    column: customer.tierSetBy,
    access: 'basic',
    enumeration: TierSource,
    description:
      'Whether the tier follows from the rule or was set by a person; null without a tier. (等级来源)', // R73
  })
  tierSetBy!: TierSource | null;

  @Attribute({
    column: customer.tierReason,
    access: 'basic',
    text: 'FREE',
    description: 'Why a person set the tier, or set it back; null where they did not say. (等级说明)',
  })
  tierReason!: string | null;

  @Attribute({
    column: customer.tierUntil,
    access: 'basic',
    sortable: true,
    description: 'The last day of a tier that a person set; null until further notice. (等级截止日)',
  })
  tierUntil!: string | null;

  @Attribute({
    column: customer.verificationState,
    access: 'basic',
    nullable: false,
    enumeration: VerificationState,
    sortable: true,
    description:
      'How far the file has been verified; DRAFT until it is submitted, imported files too. A value that changes later is unverified again, that field alone: see `verification`. (审核状态)', // R86
  })
  verificationState!: VerificationState;

  @Attribute({
    column: customer.sourceDetail,
    access: 'basic',
    text: 'FREE',
    description:
      'What of the source it was: the campaign, the event, the referrer; at most 200 characters. (来源说明)', // R52, R172
  })
  sourceDetail!: string | null;

  @Attribute({
    column: customer.registeredCapital,
    access: 'basic',
    sortable: true,
    description: 'Registered capital in the organisation’s currency. (注册资本)', // R22
  })
  registeredCapital!: string | null;

  @Attribute({
    column: customer.employeeCount,
    access: 'basic',
    sortable: true,
    description: 'Number of employees. (员工人数)',
  })
  employeeCount!: number | null;

  @Attribute({
    column: customer.annualRevenue,
    access: 'basic',
    sortable: true,
    description: 'Yearly revenue in the organisation’s currency. (年营业额)',
  })
  annualRevenue!: string | null;

  @Attribute({
    column: customer.address,
    access: 'contact',
    text: 'IDENTIFYING',
    description: 'Street address; keeps its lines. (地址)',
  })
  address!: string | null;

  @Attribute({
    column: customer.postalCode,
    access: 'contact',
    text: 'IDENTIFYING',
    description:
      'Postal code of the address; six digits in mainland China, else at most 12 characters. (邮政编码)',
  })
  postalCode!: string | null;

  @Attribute({
    column: customer.registeredAddress,
    access: 'contact',
    text: 'IDENTIFYING',
    description: 'Registered address, at most 300 characters; keeps its lines. (注册地址)',
  })
  registeredAddress!: string | null;

  @Attribute({
    column: customer.officeAddress,
    access: 'contact',
    text: 'IDENTIFYING',
    description: 'Office address, at most 300 characters; keeps its lines. (办公地址)',
  })
  officeAddress!: string | null;

  @Attribute({
    column: customer.phones,
    access: 'contact',
    text: 'IDENTIFYING',
    item: {
      type: () => LabelledPhoneType,
      toText: ({ label, number, extension }: LabelledPhoneType) =>
        `${label ? `${label}: ` : ''}${number}${extension ? ` ext. ${extension}` : ''}`,
    },
    description: 'Numbers of its own, such as its switchboard, at most 20. (单位电话)',
  })
  phones!: LabelledPhoneType[] | null;

  @Attribute({
    column: customer.emails,
    access: 'contact',
    text: 'IDENTIFYING',
    item: {
      type: () => LabelledEmailType,
      toText: ({ label, address }: LabelledEmailType) => (label ? `${label}: ${address}` : address),
    },
    description: 'E-mail addresses of its own, at most 20. (单位邮箱)',
  })
  emails!: LabelledEmailType[] | null;

  @Attribute({
    column: customer.fax,
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'PHONE',
    description: 'Fax number, complete as a phone of a contact; stored as E.164. (传真)',
  })
  fax!: string | null;

  @Attribute({
    column: customer.website,
    access: 'contact',
    text: 'IDENTIFYING',
    standard: 'WEBSITE',
    description: 'Website. (网址)',
  })
  website!: string | null;

  @Attribute({
    column: customer.notes,
    access: 'business',
    text: 'FREE',
    description: 'Whatever else is worth knowing, at most 4,000 characters. (备注)',
  })
  notes!: string | null;

  @Attribute({
    column: customer.externalKeys,
    access: 'basic',
    // Systems often know people by their number or address.
    text: 'IDENTIFYING',
    item: {
      type: () => ExternalKeyType,
      toText: ({ source, key }: ExternalKeyType) => `${source}:${key}`,
    },
    description:
      'Keys by which other systems know it, at most 20; each key of a system is of one file. An import adds its own and finds the file by it. (外部编号)',
  })
  externalKeys!: ExternalKeyType[] | null;

  @Attribute({
    column: fileFigure.completenessScore,
    access: 'basic',
    sortable: true,
    computed: scoreValue,
    description:
      'How complete the file is, in percent of the weights of what is required of it and the viewer may read: 0 to 100, where 100 says that nothing is missing; null where nothing is required. By it lists filter and order; after the requirements have changed, for some moments by the former ones: see `completeness`. (完整度)', // R85
  })
  completenessScore!: number | null;

  @Attribute({
    column: completenessJson,
    access: 'basic',
    text: 'CONTROLLED',
    filterable: false,
    object: () => Completeness,
    computed: completenessValue,
    description:
      'What the file lacks of what is required, as far as the viewer may read it; null for a past instant. (完整度明细)', // R10, R85
  })
  completeness!: Completeness | null;
}
