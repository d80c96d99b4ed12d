import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import './customer.enums.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerKind,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  customer,
  Region,
} from './customer.table.ts';
import { CustomerDetails } from './customer-details.type.ts';

@ObjectType('Customer', {
  implements: Node,
  description: 'The customer file: everything known of one customer. (客户档案)',
})
export class Customer extends CustomerDetails {
  @Attribute({
    column: customer.fileNumber,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'CODE',
    nullable: false,
    sortable: true,
    description: 'Number of the file, given once. (客户编号)', // R81
  })
  fileNumber!: string;

  @Attribute({
    column: customer.kind,
    access: 'basic',
    nullable: false,
    enumeration: CustomerKind,
    description: 'Organization or person. (客户类别)',
  })
  kind!: CustomerKind;

  @Attribute({
    column: customer.name,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'NAME',
    sortable: true,
    orderedBy: customer.nameKey,
    description:
      'Full legal name, never a short form for an organization; 2 to 200 characters. Null while a lead is known by its short name only, by which it is then ordered. Ordered by pinyin, Latin letters without case. (企业全称)', // R62
  })
  name!: string | null;

  @Attribute({
    column: customer.shortName,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'NAME',
    sortable: true,
    description: 'The name people use. (简称)',
  })
  shortName!: string | null;

  @Attribute({
    column: customer.nameEnglish,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'NAME',
    description: 'Name in English or another Latin script, at most 200 characters. (英文名称)',
  })
  nameEnglish!: string | null;

  @Attribute({
    column: customer.formerNames,
    access: 'card',
    text: 'IDENTIFYING',
    list: true,
    description: 'Names it had before, at most 20; the search finds them. (曾用名)',
  })
  formerNames!: string[] | null;

  @Attribute({
    column: customer.unifiedSocialCreditCode,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'CODE',
    description:
      'Unified social credit code, 18 characters with a check digit, GB 32100-2015; unique. (统一社会信用代码)',
  })
  unifiedSocialCreditCode!: string | null;

  @Attribute({
    column: customer.legalRepresentative,
    access: 'card',
    text: 'IDENTIFYING',
    standard: 'NAME',
    description: 'Legal representative. (法定代表人)', // R23
  })
  legalRepresentative!: string | null;

  @Attribute({
    column: customer.foundedOn,
    access: 'basic',
    sortable: true,
    description: 'Date of foundation, not in the future. (成立时间)', // R22
  })
  foundedOn!: string | null;

  @Attribute({
    column: customer.openedOn,
    access: 'basic',
    sortable: true,
    description:
      'Day on which the customer’s file was opened, here or in an earlier system, not in the future; the day of its creation unless given. (建档日期)',
  })
  openedOn!: string | null;

  @Attribute({
    column: customer.businessScope,
    access: 'basic',
    text: 'FREE',
    description: 'Scope of business. (经营范围)', // R23
  })
  businessScope!: string | null;

  @Attribute({
    column: customer.industry,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'INDUSTRY',
    sortable: true,
    description:
      'Industry, free or of the national classification: 制造 and "C 制造业" are stored as 制造业. (行业)',
  })
  industry!: string | null;

  @Attribute({
    column: customer.industryCode,
    access: 'basic',
    text: 'CONTROLLED',
    description:
      'Code of the industry in GB/T 4754, such as C or C36; null for one that is not in it. Follows from industry. (行业代码)',
  })
  industryCode!: string | null;

  @Attribute({
    column: customer.region,
    access: 'basic',
    enumeration: Region,
    sortable: true,
    description: 'Region; follows from the province unless given. (区域)',
  })
  region!: Region | null;

  @Attribute({
    column: customer.country,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'CODE',
    nullable: false,
    description: 'Country, ISO 3166-1 alpha-2. (国家)',
  })
  country!: string;

  @Attribute({
    column: customer.province,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'PROVINCE',
    sortable: true,
    description:
      'Province or state; in China by its official name: 江苏 and 江蘇省 are stored as 江苏省. (省份)',
  })
  province!: string | null;

  @Attribute({
    column: customer.provinceCode,
    access: 'basic',
    text: 'CONTROLLED',
    description:
      'Code of the province in GB/T 2260, such as 320000; null for one that is not in it. Follows from province. (省份代码)',
  })
  provinceCode!: string | null;

  @Attribute({
    column: customer.city,
    access: 'basic',
    text: 'CONTROLLED',
    standard: 'CITY',
    sortable: true,
    description: 'City, prefecture or county; in China by its official name. (城市)',
  })
  city!: string | null;

  @Attribute({
    column: customer.cityCode,
    access: 'basic',
    text: 'CONTROLLED',
    description:
      'Code of the city in GB/T 2260, such as 320500; null for one that is not in it. Follows from city. (城市代码)',
  })
  cityCode!: string | null;

  @Attribute({
    column: customer.size,
    access: 'basic',
    enumeration: CompanySize,
    description: 'Size. (规模)',
  })
  size!: CompanySize | null;

  @Attribute({
    column: customer.stage,
    access: 'basic',
    nullable: false,
    enumeration: CustomerStage,
    sortable: true,
    description: 'Stage in the customer life cycle. (生命周期阶段)', // R72
  })
  stage!: CustomerStage;

  @Attribute({
    column: customer.tier,
    access: 'basic',
    enumeration: CustomerTier,
    sortable: true,
    description:
      'Tier A, B or C, by the setting `tiers` or as a person set it: it goes up with the contract that raises it, and down at the end of the period. (客户等级)', // R73
  })
  tier!: CustomerTier | null;

  @Attribute({
    column: customer.creditGrade,
    access: 'credit',
    enumeration: CreditGrade,
    description: 'Credit grade. (信用等级)', // R47
  })
  creditGrade!: CreditGrade | null;

  @Attribute({
    column: customer.creditLimit,
    access: 'credit',
    sortable: true,
    description: 'Credit limit in the organisation’s currency, at least 0. (信用额度)', // R47
  })
  creditLimit!: string | null;

  @Attribute({
    column: customer.source,
    access: 'basic',
    enumeration: CustomerSource,
    description: 'How the customer came to us. (客户来源)',
  })
  source!: CustomerSource | null;

  @Attribute({
    column: customer.lastInteractionAt,
    access: 'basic',
    sortable: true,
    description: 'When the latest interaction took place. (最近互动时间)',
  })
  lastInteractionAt!: string | null;

  @Attribute({
    column: customer.archivedAt,
    access: 'basic',
    description: 'When the file was archived; null while it is active. (封存时间)',
  })
  archivedAt!: string | null;

  @Attribute({
    column: customer.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description:
      'Grows by one with each change of the file or of anything in it, in the order of its events. Access to the file that is granted or ends raises it too, without being a change: it is told to the person concerned and stops no write. (版本号)',
  })
  version!: number;

  @Attribute({
    column: customer.createdAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description: 'When the file was opened. (建档时间)',
  })
  createdAt!: string;

  @Attribute({
    column: customer.updatedAt,
    access: 'basic',
    nullable: false,
    sortable: true,
    description:
      'When the file, or anything in it, was last changed by somebody; what the system does by itself, such as a tier by the rule or a task by a rule, leaves it as it is. (更新时间)',
  })
  updatedAt!: string;
}
