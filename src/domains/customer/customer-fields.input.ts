import { Field, ID, InputType, Int } from 'type-graphql';
import {
  ExternalKeyInput,
  LabelledEmailInput,
  LabelledPhoneInput,
} from '../../core/graphql/schema/labelled.type.ts';
import { DateScalar, DecimalScalar } from '../../core/graphql/schema/scalars.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerImportance,
  CustomerKind,
  CustomerNature,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  CustomerType,
  Region,
} from './customer.table.ts';
import { PremisesInput } from './premises.input.ts';

const OptionalText = (description: string) => Field(() => String, { nullable: true, description });

/** The fields that can be set at any time, in one file and in many. */
@InputType()
export abstract class SharedFieldsInput {
  @Field(() => CustomerKind, {
    nullable: true,
    description: 'Organization or person; ORGANIZATION by default. (客户类别)',
  })
  kind?: CustomerKind | null;

  @Field(() => CustomerType, {
    nullable: true,
    description: 'Prospect, existing or VIP customer. (客户类型)', // R71
  })
  customerType?: CustomerType | null;

  @Field(() => CustomerImportance, {
    nullable: true,
    description: 'How much the customer matters, whatever it buys. (重要程度)', // R75
  })
  importance?: CustomerImportance | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Its place on the route of visits, 1 to 9,999; several may have one. (客户路序)', // R74
  })
  routeOrder?: number | null;

  @Field(() => CustomerNature, {
    nullable: true,
    description:
      'State-owned, private, foreign-invested, a public body or a sole proprietor; the last takes the name of its legal representative where it has none. (客户性质)', // R74
  })
  nature?: CustomerNature | null;

  @OptionalText('The name people use, at most 60 characters. (简称)')
  shortName?: string | null;

  @OptionalText('Name in English or another Latin script, at most 200 characters. (英文名称)')
  nameEnglish?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Names it had before, at most 20, each 2 to 200 characters; replaces the list. (曾用名)',
  })
  formerNames?: string[] | null;

  @OptionalText('Legal representative, at most 100 characters. (法定代表人)') // R23
  legalRepresentative?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Date of foundation, not in the future. (成立时间)',
  }) // R22
  foundedOn?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Day on which the customer’s file was opened, here or in an earlier system, not in the future; in a new file today unless given. (建档日期)',
  })
  openedOn?: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Registered capital in the organisation’s currency, at least 0, two decimals. (注册资本)', // R22
  })
  registeredCapital?: string | null;

  @OptionalText('Scope of business, at most 4,000 characters. (经营范围)') // R23
  businessScope?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of employees, 0 to 10,000,000. (员工人数)' })
  employeeCount?: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Yearly revenue in the organisation’s currency, at least 0, two decimals. (年营业额)',
  })
  annualRevenue?: string | null;

  @OptionalText(
    'Industry, at most 100 characters. A name or code of GB/T 4754 (制造, C 制造业) becomes its official name. (行业)',
  )
  industry?: string | null;

  @Field(() => Region, {
    nullable: true,
    description: 'Region; follows from the province unless given. (区域)',
  })
  region?: Region | null;

  @Field(() => String, {
    nullable: true,
    description: 'Country, ISO 3166-1 alpha-2; CN unless given. (国家)',
  })
  country?: string | null;

  @OptionalText(
    'Province or state, at most 50 characters. In China by any name or code (江苏, 江蘇省, 320000), stored by its official one; follows from the city where there is none. (省份)',
  )
  province?: string | null;

  @OptionalText(
    'City, at most 50 characters; in China stored by its official name. A city of another province is warned of. (城市)',
  )
  city?: string | null;

  @OptionalText('Street address, at most 300 characters; keeps its lines. (地址)')
  address?: string | null;

  @OptionalText('Postal code; six digits in mainland China, else at most 12 characters. (邮政编码)')
  postalCode?: string | null;

  @OptionalText('Registered address, at most 300 characters; keeps its lines. (注册地址)')
  registeredAddress?: string | null;

  @OptionalText('Office address, at most 300 characters; keeps its lines. (办公地址)')
  officeAddress?: string | null;

  @Field(() => [LabelledPhoneInput], {
    nullable: true,
    description: 'Numbers of its own, at most 20; replaces the list. (单位电话)',
  })
  phones?: LabelledPhoneInput[] | null;

  @Field(() => [LabelledEmailInput], {
    nullable: true,
    description: 'E-mail addresses of its own, at most 20; replaces the list. (单位邮箱)',
  })
  emails?: LabelledEmailInput[] | null;

  @OptionalText(
    'A complete fax number, read with the country of the file unless it begins with + or 00. (传真)',
  )
  fax?: string | null;

  @OptionalText(
    'Website, http or https, at most 300 characters; https is added where no scheme is given. (网址)',
  )
  website?: string | null;

  @Field(() => CompanySize, { nullable: true, description: 'Size of the business. (规模)' })
  size?: CompanySize | null;

  @Field(() => CustomerStage, {
    nullable: true,
    description:
      'Stage in the life cycle; POTENTIAL by default. `Customer.availableStages` says which it can have next and what each needs: by default WON a won deal of this customer, so that a new file cannot have it, and LOST a reason. STAGE_NOT_AVAILABLE for another, WON_NEEDS_DEAL, STAGE_NEEDS with the path of what is missing. (生命周期阶段)', // AC-16
  })
  stage?: CustomerStage | null;

  @OptionalText(
    'Why it is lost, one of the settings’ `lostReasons`; NOT_LOST with any other stage. It is cleared when the file is no longer lost. (流失原因)', // R129
  )
  lostReason?: string | null;

  @Field(() => CustomerTier, {
    nullable: true,
    description:
      'Tier, as a person sets it until further notice; null gives it back to the rule. `setTier` takes a reason and an end. FORBIDDEN for sales. (客户等级)', // R73
  })
  tier?: CustomerTier | null;

  @Field(() => CreditGrade, {
    nullable: true,
    description: 'Credit grade. FORBIDDEN for sales. (信用等级)', // R47
  })
  creditGrade?: CreditGrade | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Credit limit in the organisation’s currency, at least 0, two decimals. FORBIDDEN for sales. (信用额度)', // R47
  })
  creditLimit?: string | null;

  @Field(() => CustomerSource, { nullable: true, description: 'How the customer came to us. (客户来源)' })
  source?: CustomerSource | null;

  @OptionalText(
    'What of the source it was: the campaign, the event, the referrer; at most 200 characters. (来源说明)', // R172
  )
  sourceDetail?: string | null;

  @OptionalText('Whatever else is worth knowing, at most 4,000 characters. (备注)')
  notes?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The active employee who keeps the file in order. (档案责任人)', // R8
  })
  custodianId?: string | null;
}

/** The fields that can be set both when a file is opened and later. */
@InputType()
export abstract class CustomerFieldsInput extends SharedFieldsInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Unified social credit code, GB 32100-2015: 18 characters, its check character is verified; only with country CN. CONFLICT when another file has it. (统一社会信用代码)',
  })
  unifiedSocialCreditCode?: string | null;

  @Field(() => [ExternalKeyInput], {
    nullable: true,
    description:
      'Keys by which other systems know it, at most 20; replaces the list. CONFLICT when another file has one of them. (外部编号)',
  })
  externalKeys?: ExternalKeyInput[] | null;

  @Field(() => PremisesInput, {
    nullable: true,
    description:
      'Which unit of a property the customer has; replaces the whole. CONFLICT when another active file has the room. (户址)', // R80
  })
  premises?: PremisesInput | null;
}
