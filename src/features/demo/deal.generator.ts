import type { DealStage, deal } from '../../domains/deal/deal.table.ts';
import type { DrawnCustomer } from './customer.generator.ts';
import { type Offer, offers, wordsOf } from './industry.words.ts';
import { moneyOf } from './money.words.ts';
import { dateOf, type Random } from './random.ts';

export type DrawnDeal = typeof deal.$inferInsert & {
  id: string;
  createdAt: string;
  updatedAt: string;
};

/** Why deals were lost, and which of the organisation's reasons that is for the file. */
const losses: Record<string, string> = {
  价格高于竞争对手: '价格',
  '预算被削减，项目取消': '预算不足',
  选择了原有供应商: '竞争对手',
  交付周期不能满足: '交付周期',
  '项目负责人变动，暂缓采购': '需求取消',
};
const lostReasons = Object.keys(losses);

/** A lost file says why, and without a won deal it never was a customer. */
export function loseBy(deals: readonly DrawnDeal[], { row }: DrawnCustomer): void {
  if (row.stage !== 'LOST') return;
  const lost = deals.find(({ stage }) => stage === 'LOST');
  row.lostReason = losses[lost?.lostReason ?? ''] ?? '其他';
  if (!deals.some(({ stage }) => stage === 'WON')) row.customerType = 'PROSPECT';
}

/** Deals consistent with the file's stage: a won file has a won deal, a lost file a lost deal with its reason. */
export function drawDeals(random: Random, customer: DrawnCustomer): DrawnDeal[] {
  return dealStages(random, customer).map((stage) => drawDeal(random, customer, stage));
}

function dealStages(random: Random, { row, landmark }: DrawnCustomer): DealStage[] {
  if (landmark) return ['OPEN'];
  switch (row.stage) {
    case 'POTENTIAL':
      return random.chance(10) ? ['OPEN'] : [];
    case 'INTENT':
      return random.pick<DealStage[]>([[], ['OPEN'], ['OPEN'], ['OPEN', 'OPEN'], ['LOST', 'OPEN']]);
    case 'WON':
      return random.pick<DealStage[]>([
        ['WON'],
        ['WON'],
        ['WON', 'WON'],
        ['WON', 'OPEN'],
        ['WON', 'LOST', 'OPEN'],
        ['WON', 'WON', 'OPEN'],
      ]);
    case 'LOST':
      return random.chance(30) ? ['WON', 'LOST'] : ['LOST'];
  }
}

function drawDeal(random: Random, customer: DrawnCustomer, stage: DealStage): DrawnDeal {
  const { row } = customer;
  const want = random.pick(wordsOf(row.industry).wants);
  const offer: Offer = offers[want];
  const age = Math.max(1, random.ageDays(row.createdAt) - 1);
  // An open deal is recent; a closed one is old enough to have been closed.
  const createdAt = random.daysAgo(
    stage === 'OPEN' ? random.whole(1, Math.min(age, 150)) : random.whole(Math.ceil(age / 4), age),
  );
  const amount = random.whole(2, want === 'home' ? 6 : want === 'office' ? 60 : 300) * 5_000;
  // Within a hundred days, and before today: a closing is a thing of the past.
  const open = random.ageDays(createdAt);
  const closedAt =
    stage === 'OPEN'
      ? null
      : random.daysAgo(Math.max(1, open - random.whole(1, Math.max(1, Math.min(100, open - 1)))));
  return {
    id: random.id(createdAt),
    customerId: row.id,
    ownerId: row.ownerId,
    title: `${random.pick(offer.goods).item}项目`,
    product: offer.product,
    stage,
    ...moneyOf(customer.place, {
      amount,
      contractAmount: stage === 'WON' ? (amount * random.whole(880, 1_020)) / 1_000 : null,
    }),
    startedOn: dateOf(createdAt),
    effectiveOn: stage === 'WON' && closedAt ? dateOf(closedAt) : null,
    closedAt,
    lostReason: stage === 'LOST' ? random.pick(lostReasons) : null,
    createdAt,
    updatedAt: closedAt ?? createdAt,
  };
}
