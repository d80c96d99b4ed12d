import type { need } from '../../domains/need/need.table.ts';
import type { DrawnCustomer } from './customer.generator.ts';
import type { Landmark } from './fixtures.ts';
import { premiumPushSize } from './fixtures.ts';
import { type Offer, type OfferName, offers, wordsOf } from './industry.words.ts';
import { moneyOf } from './money.words.ts';
import { lastSecondOfPreviousDay, monthsBefore, type Random } from './random.ts';

export type DrawnNeed = typeof need.$inferInsert & {
  id: string;
  createdAt: string;
};

/** The landmarks that are members of 高端产品推送. */
const memberLandmarks: readonly (Landmark | null)[] = ['intake', 'budgetAtThreshold', 'sixMonthsOld'];

/**
 * No other need has an age in this range, so that for two weeks after the seeding, whatever the length of the months, no
 * file leaves the segment but that of the landmark `sixMonthsOld`: it leaves at the next midnight.
 */
const quietDays = { from: 165, to: 200 };
const premiumOffers: readonly OfferName[] = ['automation', 'saving', 'machine', 'software', 'vehicle'];

/** Chooses the files that get a recent need of 500,000 or more. */
export function choosePremium(random: Random, customers: readonly DrawnCustomer[]): Set<string> {
  const candidates = customers.filter(
    ({ row, landmark }) => row.kind === 'ORGANIZATION' && row.stage !== 'LOST' && !landmark,
  );
  const chosen = random.shuffle(candidates).slice(0, premiumPushSize - memberLandmarks.length);
  return new Set(chosen.map(({ row }) => row.id));
}

export function drawNeeds(random: Random, customer: DrawnCustomer, isPremium: boolean): DrawnNeed[] {
  if (customer.landmark) return [landmarkNeed(random, customer, customer.landmark)];
  const { stage } = customer.row;
  const most = stage === 'INTENT' || stage === 'WON' ? 2 : 1;
  const count = random.whole(isPremium || stage === 'INTENT' ? 1 : 0, most);
  return Array.from({ length: count }, (_, index) =>
    isPremium && index === 0 ? drawPremiumNeed(random, customer) : drawPlainNeed(random, customer),
  );
}

function drawPremiumNeed(random: Random, customer: DrawnCustomer): DrawnNeed {
  const days = random.whole(1, Math.min(quietDays.from - 1, oldest(random, customer)));
  const wants = wordsOf(customer.row.industry).wants.filter((want) => premiumOffers.includes(want));
  const budget = random.whole(50, 400) * 10_000;
  // In yuan wherever the customer is: the segment's threshold is.
  const buyer = { ...customer, place: { ...customer.place, country: 'CN' } };
  return drawNeed(random, buyer, random.daysAgo(days), offers[random.pick(wants)], budget);
}

function drawPlainNeed(random: Random, customer: DrawnCustomer): DrawnNeed {
  const drawnDays = random.whole(1, oldest(random, customer));
  const days = drawnDays >= quietDays.from && drawnDays <= quietDays.to ? quietDays.from - 1 : drawnDays;
  const isOld = days > quietDays.to;
  const want = random.pick(wordsOf(customer.row.industry).wants);
  const most = want === 'home' ? 3 : isOld && premiumOffers.includes(want) ? 200 : 48;
  const budget = random.chance(88) ? random.whole(1, most) * 10_000 : null;
  return drawNeed(random, customer, random.daysAgo(days), offers[want], budget);
}

function drawNeed(
  random: Random,
  customer: DrawnCustomer,
  createdAt: string,
  offer: Offer,
  budget: number | null,
): DrawnNeed {
  const isOld = random.ageDays(createdAt) > quietDays.to;
  const [fewest, most] = offer.quantity;
  const { item, specification } = random.pick(offer.goods);
  return {
    id: random.id(createdAt),
    customerId: customer.row.id,
    item,
    specification: random.chance(80) ? specification : null,
    painPoint: random.chance(60) ? random.pick(offer.painPoints) : null,
    quantity: String(random.whole(fewest, most)),
    unit: offer.unit,
    ...moneyOf(customer.place, {
      budgetMin: budget,
      budgetMax:
        budget === null || random.chance(15)
          ? null
          : Math.round((budget * random.whole(110, 170)) / 1_000_000) * 10_000 + 10_000,
    }),
    raisedAt: createdAt,
    expectedAt: random.chance(70) ? random.daysAgo(random.ageDays(createdAt) - random.whole(30, 240)) : null,
    priority: random.weigh({ HIGH: 25, MEDIUM: 50, LOW: 25 }),
    status: isOld
      ? random.weigh({ OPEN: 30, FULFILLED: 45, DROPPED: 25 })
      : random.weigh({ OPEN: 85, FULFILLED: 10, DROPPED: 5 }),
    createdAt,
    updatedAt: createdAt,
  };
}

/** The greatest age of a need in days, which makes it younger than its file. */
const oldest = (random: Random, { row }: DrawnCustomer): number =>
  Math.max(1, random.ageDays(row.createdAt) - 1);

function landmarkNeed(random: Random, customer: DrawnCustomer, landmark: Landmark): DrawnNeed {
  const recently = random.daysAgo(random.whole(20, 60));
  const sixMonthsAgo = monthsBefore(random.now, 6);
  const madeAt =
    landmark === 'sixMonthsOld'
      ? sixMonthsAgo
      : landmark === 'olderThanSixMonths'
        ? lastSecondOfPreviousDay(sixMonthsAgo)
        : recently;
  const plain = {
    ...drawNeed(random, customer, madeAt, offers.automation, 800_000),
    status: 'OPEN' as const,
  };
  switch (landmark) {
    case 'intake':
      return {
        ...plain,
        item: '自动化生产线改造',
        quantity: '1',
        budgetMin: '500000.00',
        budgetMax: '800000.00',
      };
    case 'phoneHistory':
      return {
        ...plain,
        item: '台式电脑',
        specification: 'i5处理器、16G内存',
        painPoint: null,
        quantity: '20',
        unit: '台',
        budgetMin: null,
        budgetMax: '100000.00',
      };
    case 'budgetAtThreshold':
      return { ...plain, budgetMin: '500000.00' };
    case 'budgetBelowThreshold':
      return { ...plain, budgetMin: '499999.99' };
    default:
      return plain;
  }
}
