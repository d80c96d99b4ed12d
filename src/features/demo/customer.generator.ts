import { dateIn } from '../../core/time/zone.ts';
import { industryNamed } from '../../core/validation/industry.ts';
import type {
  CompanySize,
  CreditGrade,
  CustomerNature,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  CustomerType,
  customer,
  Region,
} from '../../domains/customer/customer.table.ts';
import { completePlace, type PlaceValues } from '../../domains/customer/place.check.ts';
import type { DemoAccountName } from './demo-accounts.ts';
import { type Landmark, landmarks } from './fixtures.ts';
import { industries, wordsOf } from './industry.words.ts';
import {
  companyName,
  type DrawnPerson,
  drawBrand,
  drawPerson,
  drawSocialCreditCode,
} from './name.generator.ts';
import { type Place, placesByRegion, streets } from './place.words.ts';
import { type Random, yuan } from './random.ts';

type CustomerInsert = typeof customer.$inferInsert;
type DrawnRow = CustomerInsert & {
  id: string;
  createdAt: string;
  stage: CustomerStage;
};

/** A customer's row, with what its contacts, needs and deals are generated from. */
export interface DrawnCustomer {
  row: DrawnRow;
  place: Place;
  /** The company's domain without ".example", or the person's mailbox. */
  latin: string;
  /** Set when the customer is a person: the file's first contact is that person. */
  person: DrawnPerson | null;
  landmark: Landmark | null;
}

export type StaffIds = Record<DemoAccountName, string>;

const manufacturing = '制造业';

/** 35 % of the files are in 华东 … */
const regionCounts: Record<Region, number> = {
  EAST_CHINA: 210,
  NORTH_CHINA: 90,
  SOUTH_CHINA: 105,
  CENTRAL_CHINA: 60,
  NORTHEAST: 35,
  NORTHWEST: 30,
  SOUTHWEST: 50,
  HONG_KONG_MACAO_TAIWAN: 10,
  OVERSEAS: 10,
};
/** … and 40 % are manufacturers, both inside 华东 (84 of 210) and outside (156 of 390). */
const manufacturersInEast = 84;
const manufacturersElsewhere = 156;
const personsInEast = 12;
const personsElsewhere = 24;

const stageCounts: Record<CustomerStage, number> = {
  POTENTIAL: 210,
  INTENT: 180,
  WON: 150,
  LOST: 60,
};

/** The landmarks are the first of the manufacturers in 华东. */
const landmarkNames = Object.keys(landmarks) as Landmark[];

interface Slot {
  region: Region;
  /** Null for persons. */
  industry: string | null;
  stage: CustomerStage;
  landmark: Landmark | null;
}

export function drawCustomers(random: Random, staff: StaffIds): DrawnCustomer[] {
  const brands = new Set<string>();
  const drawn = drawSlots(random).map((slot) =>
    slot.industry
      ? drawCompany(random, staff, slot, slot.industry, brands)
      : drawPersonFile(random, staff, slot),
  );
  // File numbers are assigned in this order, so the oldest file has the lowest.
  return drawn.sort((a, b) => (a.row.createdAt + a.row.id < b.row.createdAt + b.row.id ? -1 : 1));
}

function drawSlots(random: Random): Slot[] {
  const otherIndustries = Object.keys(industries).filter((name) => name !== manufacturing);
  const stages = random.deck(stageCounts);
  const fill = (
    regions: Region[],
    manufacturers: number,
    persons: number,
    first: readonly Landmark[],
  ): Slot[] =>
    regions.map((region, index) => {
      const isPerson = index >= manufacturers && index < manufacturers + persons;
      const landmark = first[index] ?? null;
      return {
        region,
        industry: index < manufacturers ? manufacturing : isPerson ? null : random.pick(otherIndustries),
        stage: landmark ? 'INTENT' : (stages.pop() ?? 'POTENTIAL'),
        landmark,
      };
    });
  const regions = random.deck(regionCounts);
  const east = regions.filter((region) => region === 'EAST_CHINA');
  const elsewhere = regions.filter((region) => region !== 'EAST_CHINA');
  return random.shuffle([
    ...fill(east, manufacturersInEast, personsInEast, landmarkNames),
    ...fill(elsewhere, manufacturersElsewhere, personsElsewhere, []),
  ]);
}

function drawCompany(
  random: Random,
  staff: StaffIds,
  { region, stage, landmark }: Slot,
  industry: string,
  brands: Set<string>,
): DrawnCustomer {
  const name = landmark && landmarks[landmark];
  const place = name ? drawPlaceOf(random, name) : random.pick(placesByRegion[region]);
  const size = landmark
    ? 'MEDIUM'
    : random.weigh<CompanySize>({ MICRO: 15, SMALL: 35, MEDIUM: 35, LARGE: 15 });
  const words = wordsOf(industry);
  const brand = drawBrand(random, brands);
  const legalName = name ?? companyName(random, place, brand.text, random.pick(words.trades), size);
  const isPlain = stage === 'POTENTIAL';
  const capital = { MICRO: 50, SMALL: 300, MEDIUM: 2_000, LARGE: 12_000 }[size] * random.whole(8, 30);
  const row: DrawnRow = {
    ...drawFile(random, staff, region, stage, landmark),
    kind: 'ORGANIZATION',
    name: legalName,
    shortName: name ? name.replace(/^(上海|南京|杭州|宁波|无锡)/, '').slice(0, 2) : brand.text,
    unifiedSocialCreditCode:
      place.division && (!isPlain || random.chance(70)) ? drawSocialCreditCode(random, place.division) : null,
    legalRepresentative: random.chance(80) ? drawPerson(random).name : null,
    foundedOn: `${random.whole(1992, 2022)}-${twoDigits(random.whole(1, 12))}-${twoDigits(random.whole(1, 28))}`,
    registeredCapital: yuan(capital * 1_000),
    businessScope: words.scope,
    employeeCount: {
      MICRO: random.whole(3, 9),
      SMALL: random.whole(12, 95),
      MEDIUM: random.whole(110, 290),
      LARGE: random.whole(320, 4_800),
    }[size],
    annualRevenue: random.chance(75) ? yuan(capital * random.whole(1_500, 6_000)) : null,
    industry,
    industryCode: industryNamed(industry)?.code ?? null,
    ...drawAddress(random, place),
    website: random.chance(70) ? `https://www.${brand.latin}.example` : null,
    size,
  };
  row.nature = natureOf(region, size, row.foundedOn ?? '');
  return { row, place, latin: brand.latin, person: null, landmark };
}

function drawPersonFile(random: Random, staff: StaffIds, { region, stage }: Slot): DrawnCustomer {
  const place = random.pick(placesByRegion[region]);
  const person = drawPerson(random);
  const row: DrawnRow = {
    ...drawFile(random, staff, region, stage, null),
    kind: 'PERSON',
    name: person.name,
    ...drawAddress(random, place),
  };
  return { row, place, latin: person.surname.latin, person, landmark: null };
}

/** The columns that companies and persons share, apart from name and place. */
function drawFile(
  random: Random,
  staff: StaffIds,
  region: Region,
  stage: CustomerStage,
  landmark: Landmark | null,
) {
  const createdAt =
    landmark === 'phoneHistory'
      ? '2023-05-18T02:12:00.000Z'
      : random.daysAgo(landmark ? random.whole(240, 500) : random.whole(2, 730));
  const isKnown = stage === 'WON' || stage === 'LOST' || (stage === 'INTENT' && random.chance(60));
  const creditGrade = isKnown
    ? random.weigh<CreditGrade>(
        stage === 'LOST' ? { A: 2, B: 4, C: 3, D: 2 } : { AAA: 1, AA: 3, A: 5, B: 4, C: 1 },
      )
    : null;
  const id = random.id(createdAt);
  const tier = random.weigh<CustomerTier>(stage === 'WON' ? { A: 30, B: 50, C: 20 } : { A: 5, B: 40, C: 55 });
  const creditLimit = creditGrade && yuan(creditLimits[creditGrade] * random.whole(5, 10) * 10_000);
  const source = random.weigh({
    SALES: 26,
    EXPO: 16,
    WEB_FORM: 14,
    PHONE: 10,
    REFERRAL: 10,
    WECHAT: 8,
    PARTNER: 6,
    IN_PERSON: 4,
    PROMOTION: 3,
    PUBLIC_RECORD: 2,
    SURVEY: 1,
  });
  return {
    id,
    region,
    stage,
    customerType: typeOf(stage, tier),
    importance: tier === 'A' ? ('KEY' as const) : ('GENERAL' as const),
    tier,
    creditGrade,
    creditLimit,
    source,
    sourceDetail: sourceDetails[source] ?? null,
    ownerId: staff[landmark ? 'sales1' : drawOwner(random, region)],
    custodianId: staff.steward,
    openedOn: dateIn('Asia/Shanghai', new Date(createdAt)),
    createdAt,
    updatedAt: createdAt,
  };
}

const typeOf = (stage: CustomerStage, tier: CustomerTier): CustomerType => {
  if (stage === 'POTENTIAL' || stage === 'INTENT') return 'PROSPECT';
  return stage === 'WON' && tier === 'A' ? 'VIP' : 'EXISTING';
};

/** Not drawn, so that everything else stays as it was. */
function natureOf(region: Region, size: CompanySize, foundedOn: string): CustomerNature {
  if (region === 'OVERSEAS' || region === 'HONG_KONG_MACAO_TAIWAN') return 'FOREIGN_INVESTED';
  return size === 'LARGE' && foundedOn < '2003' ? 'STATE_OWNED' : 'PRIVATE';
}

const sourceDetails: Partial<Record<CustomerSource, string>> = {
  EXPO: '中国国际工业博览会',
  PROMOTION: '以旧换新活动',
  REFERRAL: '老客户介绍',
  PARTNER: '行业协会推荐',
};

/** In units of 10,000 yuan, times 5 to 10. */
const creditLimits: Record<CreditGrade, number> = {
  AAA: 50,
  AA: 30,
  A: 15,
  B: 5,
  C: 1,
  D: 0,
};

const drawOwner = (random: Random, region: Region): DemoAccountName =>
  region === 'EAST_CHINA' || region === 'CENTRAL_CHINA' || region === 'HONG_KONG_MACAO_TAIWAN'
    ? random.weigh<DemoAccountName>({ sales1: 45, sales3: 30, sales5: 25 })
    : random.weigh<DemoAccountName>({ sales2: 55, sales4: 45 });

function drawAddress(random: Random, { country, province, city }: Place) {
  const named: PlaceValues = { province, city };
  completePlace(named, { path: [], country });
  return {
    country,
    province: named.province,
    provinceCode: named.provinceCode,
    city: named.city,
    cityCode: named.cityCode,
    address: random.chance(85)
      ? `${province === city ? '' : (province ?? '')}${city}${random.pick(streets)}${random.whole(1, 999)}号`
      : null,
  };
}

/** The place that a landmark's name begins with, or a random one. */
function drawPlaceOf(random: Random, name: string): Place {
  const places = placesByRegion.EAST_CHINA;
  const named = places.filter(({ short }) => name.startsWith(short));
  return random.pick(named.length > 0 ? named : places);
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
