import { sql } from 'drizzle-orm';
import { date, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import {
  externalKeys,
  formerNumbers,
  id,
  instant,
  labelledEmails,
  labelledPhones,
  money,
  oneOfDomain,
  premises,
  sortKey,
  textInByteOrder,
  versioned,
} from '../../core/database/columns.ts';
import { employee } from '../employee/employee.table.ts';

export const CustomerKind = { ORGANIZATION: 'ORGANIZATION', PERSON: 'PERSON' } as const;
export type CustomerKind = (typeof CustomerKind)[keyof typeof CustomerKind];

/** What the customer is to us (客户类型). */
export const CustomerType = { PROSPECT: 'PROSPECT', EXISTING: 'EXISTING', VIP: 'VIP' } as const;
export type CustomerType = (typeof CustomerType)[keyof typeof CustomerType];

/** How much the customer matters, whatever it buys (重要程度). */
export const CustomerImportance = { KEY: 'KEY', SPECIAL: 'SPECIAL', GENERAL: 'GENERAL' } as const;
export type CustomerImportance = (typeof CustomerImportance)[keyof typeof CustomerImportance];

/** Who owns the customer's business, or what kind of body it is (客户性质). */
export const CustomerNature = {
  STATE_OWNED: 'STATE_OWNED',
  PRIVATE: 'PRIVATE',
  FOREIGN_INVESTED: 'FOREIGN_INVESTED',
  GOVERNMENT: 'GOVERNMENT',
  PUBLIC_INSTITUTION: 'PUBLIC_INSTITUTION',
  SOLE_PROPRIETOR: 'SOLE_PROPRIETOR',
} as const;
export type CustomerNature = (typeof CustomerNature)[keyof typeof CustomerNature];

export const Region = {
  EAST_CHINA: 'EAST_CHINA',
  NORTH_CHINA: 'NORTH_CHINA',
  SOUTH_CHINA: 'SOUTH_CHINA',
  CENTRAL_CHINA: 'CENTRAL_CHINA',
  NORTHEAST: 'NORTHEAST',
  NORTHWEST: 'NORTHWEST',
  SOUTHWEST: 'SOUTHWEST',
  HONG_KONG_MACAO_TAIWAN: 'HONG_KONG_MACAO_TAIWAN',
  OVERSEAS: 'OVERSEAS',
} as const;
export type Region = (typeof Region)[keyof typeof Region];

export const CompanySize = { MICRO: 'MICRO', SMALL: 'SMALL', MEDIUM: 'MEDIUM', LARGE: 'LARGE' } as const;
export type CompanySize = (typeof CompanySize)[keyof typeof CompanySize];

export const CustomerStage = {
  POTENTIAL: 'POTENTIAL',
  INTENT: 'INTENT',
  WON: 'WON',
  LOST: 'LOST',
} as const;
export type CustomerStage = (typeof CustomerStage)[keyof typeof CustomerStage];

/** What a lost file was to us: somebody who never bought (战败), or a customer (流失). */
export const LostAs = { PROSPECT: 'PROSPECT', CUSTOMER: 'CUSTOMER' } as const;
export type LostAs = (typeof LostAs)[keyof typeof LostAs];

export const CustomerTier = { A: 'A', B: 'B', C: 'C' } as const;
export type CustomerTier = (typeof CustomerTier)[keyof typeof CustomerTier];

/** Who says what tier a file has. */
export const TierSource = { RULE: 'RULE', PERSON: 'PERSON' } as const;
export type TierSource = (typeof TierSource)[keyof typeof TierSource];

/** How far a file has come on the way from what somebody entered to what the customer has confirmed (审核状态). */
export const VerificationState = {
  DRAFT: 'DRAFT',
  SUBMITTED: 'SUBMITTED',
  VERIFIED: 'VERIFIED',
  REJECTED: 'REJECTED',
  CONFIRMED: 'CONFIRMED',
  DISPUTED: 'DISPUTED',
} as const;
export type VerificationState = (typeof VerificationState)[keyof typeof VerificationState];

export const CreditGrade = { AAA: 'AAA', AA: 'AA', A: 'A', B: 'B', C: 'C', D: 'D' } as const;
export type CreditGrade = (typeof CreditGrade)[keyof typeof CreditGrade];

export const CustomerSource = {
  IN_PERSON: 'IN_PERSON',
  PHONE: 'PHONE',
  WEB_FORM: 'WEB_FORM',
  WECHAT: 'WECHAT',
  WEIBO: 'WEIBO',
  SALES: 'SALES',
  EXPO: 'EXPO',
  PROMOTION: 'PROMOTION',
  ADVERTISING: 'ADVERTISING',
  SERVICE_DESK: 'SERVICE_DESK',
  PARTNER: 'PARTNER',
  REFERRAL: 'REFERRAL',
  SURVEY: 'SURVEY',
  PUBLIC_RECORD: 'PUBLIC_RECORD',
  IMPORT: 'IMPORT',
  OTHER: 'OTHER',
} as const;
export type CustomerSource = (typeof CustomerSource)[keyof typeof CustomerSource];

/** What a unit of a property is for (户址类别). */
export const PremisesCategory = { RESIDENTIAL: 'RESIDENTIAL', COMMERCIAL: 'COMMERCIAL' } as const;
export type PremisesCategory = (typeof PremisesCategory)[keyof typeof PremisesCategory];

/** The customer file (客户档案). */
export const customer = pgTable(
  'customer',
  {
    id: id(),
    fileNumber: text('file_number').notNull().unique().default(sql`new_file_number()`),
    kind: oneOfDomain<CustomerKind>('kind', 'customer_kind').notNull().default('ORGANIZATION'),
    customerType: oneOfDomain<CustomerType>('customer_type', 'customer_type'),
    importance: oneOfDomain<CustomerImportance>('importance', 'customer_importance'),
    nature: oneOfDomain<CustomerNature>('nature', 'customer_nature'),
    /** Null only while a lead is known by its short name alone. */
    name: text('name'),
    /** Of the name, or of the short name where there is none. */
    nameKey: sortKey('name_key'),
    shortName: text('short_name'),
    nameEnglish: text('name_english'),
    formerNames: text('former_names').array(),
    unifiedSocialCreditCode: text('unified_social_credit_code'),
    legalRepresentative: text('legal_representative'),
    foundedOn: date('founded_on', { mode: 'string' }),
    registeredCapital: money('registered_capital'),
    businessScope: text('business_scope'),
    employeeCount: integer('employee_count'),
    annualRevenue: money('annual_revenue'),
    industry: text('industry'),
    /** GB/T 4754. */
    industryCode: text('industry_code'),
    region: oneOfDomain<Region>('region', 'customer_region'),
    /** ISO 3166-1 alpha-2. */
    country: text('country').notNull().default('CN'),
    province: text('province'),
    /** GB/T 2260, as `cityCode`. */
    provinceCode: text('province_code'),
    city: text('city'),
    cityCode: text('city_code'),
    address: text('address'),
    postalCode: text('postal_code'),
    registeredAddress: text('registered_address'),
    officeAddress: text('office_address'),
    premises: premises('premises'),
    /** By which premises are ordered: made by `natural_key()`, kept by a trigger. */
    premisesKey: textInByteOrder('premises_key'),
    phones: labelledPhones('phones'),
    fax: text('fax'),
    emails: labelledEmails('emails'),
    website: text('website'),
    size: oneOfDomain<CompanySize>('size', 'customer_size'),
    stage: oneOfDomain<CustomerStage>('stage', 'customer_stage').notNull().default('POTENTIAL'),
    /** Of a file with the stage LOST; kept by a trigger. */
    lostAs: oneOfDomain<LostAs>('lost_as', 'customer_lost_as'),
    /** Of a file with the stage LOST, one of those in the settings; cleared by the trigger with the stage. */
    lostReason: text('lost_reason'),
    tier: oneOfDomain<CustomerTier>('tier', 'customer_tier'),
    /** Kept by a trigger, where a writer does not say. */
    tierSetBy: oneOfDomain<TierSource>('tier_set_by', 'customer_tier_source'),
    tierReason: text('tier_reason'),
    /** The last day of a tier that a person set. */
    tierUntil: date('tier_until', { mode: 'string' }),
    /** Moved by rows of `verification_step` alone. */
    verificationState: oneOfDomain<VerificationState>('verification_state', 'verification_state')
      .notNull()
      .default('DRAFT'),
    /** Given by `registerFile` or brought along, and kept: a trigger refuses another. */
    archiveNumber: text('archive_number'),
    /** Its numbers that were cancelled, the earliest first; a trigger refuses that one is lost. */
    formerNumbers: formerNumbers('former_numbers'),
    /** Which of the settings' `archiveCategories` it is of. */
    archiveCategory: text('archive_category'),
    /** By which numbers are ordered: made by `natural_key()`, kept by a trigger. */
    archiveKey: textInByteOrder('archive_key'),
    creditGrade: oneOfDomain<CreditGrade>('credit_grade', 'customer_credit_grade'),
    creditLimit: money('credit_limit'),
    source: oneOfDomain<CustomerSource>('source', 'customer_source'),
    sourceDetail: text('source_detail'),
    /** The customer's place among those that its owner visits one after the other. */
    routeOrder: integer('route_order'),
    notes: text('notes'),
    /** For imports, `external_key` has the same by key. */
    externalKeys: externalKeys('external_keys'),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => employee.id),
    custodianId: uuid('custodian_id').references(() => employee.id),
    /** When the customer's file was opened, here or before; by default when it was made. */
    openedOn: date('opened_on', { mode: 'string' }),
    /** The latest `occurred_at` of the file's interactions, maintained by a trigger. */
    lastInteractionAt: instant('last_interaction_at'),
    archivedAt: instant('archived_at'),
    ...versioned(),
  },
  (t) => [
    uniqueIndex('customer_unified_social_credit_code_key').on(t.unifiedSocialCreditCode),
    // Of files that have a number: the others pay nothing for these two.
    uniqueIndex('customer_archive_number_key').on(t.archiveNumber).where(sql`${t.archiveNumber} is not null`),
    index('customer_archive_key_idx').on(t.archiveKey, t.id).where(sql`${t.archiveKey} is not null`),
    // As above, of files with premises. An archived file leaves its unit to the next.
    uniqueIndex('customer_premises_unit_key')
      .on(sql`premises_unit(${t.premises})`)
      .where(sql`${t.archivedAt} is null and premises_unit(${t.premises}) is not null`),
    index('customer_premises_key_idx').on(t.premisesKey, t.id).where(sql`${t.premisesKey} is not null`),
    index('customer_room_idx')
      .on(sql`(${t.premises} ->> 'room')`, sql`(${t.premises} ->> 'building')`)
      .where(sql`${t.premises} is not null`),
    // Lists are sorted by the latest change, over all files and over those of one owner.
    index('customer_updated_idx').on(t.updatedAt, t.id),
    // A handover looks for the files that an employee is custodian of.
    index('customer_custodian_idx').on(t.custodianId),
    index('customer_owner_updated_idx').on(t.ownerId, t.updatedAt, t.id),
    index('customer_created_idx').on(t.createdAt, t.id),
    index('customer_name_idx').on(t.name, t.id),
    index('customer_name_key_idx').on(t.nameKey, t.id),
    // Names with Latin letters are compared without case.
    index('customer_name_lower_idx').on(sql`lower(${t.name})`),
    index('customer_last_interaction_idx').on(sql`${t.lastInteractionAt} desc nulls last`, sql`${t.id} desc`),
    index('customer_region_industry_idx').on(t.region, t.industry),
    index('customer_stage_idx').on(t.stage),
    index('customer_verification_idx').on(t.verificationState).where(sql`${t.verificationState} <> 'DRAFT'`),
    index('customer_archived_idx').on(t.archivedAt).where(sql`${t.archivedAt} is not null`),
  ],
);

/**
 * How many archive numbers of a category were given, of a year (0 for a category that counts on) and of what a pattern with
 * premises has before the running number. Locked for as long as one is given.
 */
export const archiveCounter = pgTable(
  'archive_counter',
  {
    category: text('category').notNull(),
    year: integer('year').notNull(),
    head: text('head').notNull().default(''),
    last: integer('last').notNull(),
  },
  (t) => [primaryKey({ columns: [t.category, t.year, t.head] })],
);

/** Archive numbers that were cancelled: whose they were, and that nobody has them again. Written by a trigger. */
export const cancelledNumber = pgTable('cancelled_number', {
  number: text('number').primaryKey(),
  customerId: uuid('customer_id')
    .notNull()
    .references(() => customer.id, { onDelete: 'cascade' }),
});

/**
 * The searchable texts of a file, one per access class, maintained by triggers: a viewer searches only the texts of
 * classes that they may read.
 */
export const customerSearch = pgTable('customer_search', {
  customerId: uuid('customer_id')
    .primaryKey()
    .references(() => customer.id, { onDelete: 'cascade' }),
  /** Letters of the full name: among equally good matches, shorter names come first. */
  weight: integer('weight').notNull(),
  /** Full, short, English and former names, contact names (class card). */
  card: text('card').notNull(),
  /** How the Chinese names among them sound, and the initials of their syllables (class card). */
  sound: text('sound').notNull(),
  /** File number (class basic). */
  basic: text('basic').notNull(),
  /** Website, addresses, phone, mobile and fax numbers, e-mail addresses (class contact). */
  contact: text('contact').notNull(),
});

export type CustomerRow = typeof customer.$inferSelect;
