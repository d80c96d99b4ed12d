import type { InteractionKind, interaction } from '../../domains/interaction/interaction.table.ts';
import type { DrawnContact } from './contact.generator.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';
import { type Offer, offers, wordsOf } from './industry.words.ts';
import { concern, concernPainPoint, concernTalks, talks } from './interaction.words.ts';
import type { DrawnNeed } from './need.generator.ts';
import type { Random } from './random.ts';

export type DrawnInteraction = typeof interaction.$inferInsert & {
  id: string;
  createdAt: string;
};

/** AC-4: of 100 manufacturers, so many care about after-sales response. */
const concernedPercent = 80;

/** Which files say they care about after-sales response: exactly 80 % of the manufacturers, few of the others. */
export function chooseConcerned(dice: Random, customers: readonly DrawnCustomer[]): Set<string> {
  const manufacturers = customers.filter(({ row }) => row.industry === '制造业');
  const chosen = dice.shuffle(manufacturers).slice(0, (manufacturers.length * concernedPercent) / 100);
  const others = customers.filter(({ row }) => row.industry && row.industry !== '制造业' && dice.chance(12));
  return new Set([...chosen, ...others].map(({ row }) => row.id));
}

/** Some say it as the pain point of a need; true when the file has then said so. */
export function voiceConcernInNeed(dice: Random, needs: DrawnNeed[]): boolean {
  const first = needs[0];
  if (!first || !dice.chance(15)) return false;
  first.painPoint = concernPainPoint;
  return true;
}

const counts = {
  POTENTIAL: [0, 4],
  INTENT: [3, 10],
  WON: [3, 12],
  LOST: [2, 8],
} as const;
const kindWeights = Object.fromEntries(
  Object.entries(talks).map(([kind, { weight }]) => [kind, weight]),
) as Record<InteractionKind, number>;

/** Up to twelve interactions over the file's life, oldest first; one of them about after-sales response if asked. */
export function drawInteractions(
  dice: Random,
  staff: StaffIds,
  customer: DrawnCustomer,
  contacts: readonly DrawnContact[],
  isConcernedHere: boolean,
): DrawnInteraction[] {
  const [fewest, most] = counts[customer.row.stage];
  const count = Math.max(dice.whole(fewest, most), isConcernedHere ? 1 : 0);
  const age = Math.min(730, Math.max(1, dice.ageDays(customer.row.createdAt) - 1));
  const days = Array.from({ length: count }, () => dice.whole(1, age)).sort((a, b) => b - a);
  const concernIndex = isConcernedHere ? dice.whole(0, count - 1) : -1;
  return days.map((daysAgo, index) =>
    drawInteraction(dice, staff, customer, contacts, daysAgo, index === concernIndex),
  );
}

function drawInteraction(
  dice: Random,
  staff: StaffIds,
  { row }: DrawnCustomer,
  contacts: readonly DrawnContact[],
  daysAgo: number,
  isConcern: boolean,
): DrawnInteraction {
  const spoken = isConcern ? dice.pick(concernTalks) : drawTalk(dice);
  const talk = talks[spoken.kind];
  const occurredAt = dice.daysAgo(daysAgo);
  const createdAt = dice.later(occurredAt, dice.whole(5, 120));
  const known = contacts.filter((person) => person.createdAt <= occurredAt);
  const person = dice.pick(known.length > 0 ? known : contacts.slice(0, 1));
  const offer: Offer = offers[dice.pick(wordsOf(row.industry).wants)];
  const { item } = dice.pick(offer.goods);
  const hasNextStep = talk.by === 'owner' && dice.chance(35);
  return {
    id: dice.id(createdAt),
    customerId: row.id,
    contactId: talk.direction === 'INTERNAL' ? null : person.id,
    employeeId: {
      owner: row.ownerId,
      service: dice.pick([staff.service, staff.service2]),
      marketing: staff.marketing,
    }[talk.by],
    kind: spoken.kind,
    direction: talk.direction,
    occurredAt,
    summary: spoken.summary.replace('{who}', person.name).replace('{item}', item),
    outcome: talk.outcomes.length > 0 && dice.chance(75) ? dice.pick(talk.outcomes) : null,
    nextStep: hasNextStep
      ? dice.pick(['发送更新报价', '安排技术交流', '邀请参观样板工厂', '电话跟进'])
      : null,
    nextStepAt: hasNextStep && daysAgo <= 30 ? dice.daysAgo(-dice.whole(1, 30)) : null,
    createdAt,
    updatedAt: createdAt,
  };
}

function drawTalk(dice: Random): { kind: InteractionKind; summary: string } {
  const kind = dice.weigh(kindWeights);
  return { kind, summary: dice.pick(talks[kind].summaries) };
}

/** Whether a text counts for AC-4. */
export const voicesConcern = (text: string | null | undefined): boolean => text?.includes(concern) ?? false;
