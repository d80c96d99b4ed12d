import type { interaction } from '../../domains/interaction/interaction.table.ts';
import type { DrawnContact } from './contact.generator.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';
import { type Offer, offers, wordsOf } from './industry.words.ts';
import { concern, concernPainPoint, concernTalks, type DemoKind, talks } from './interaction.words.ts';
import type { DrawnNeed } from './need.generator.ts';
import type { Random } from './random.ts';

export type DrawnInteraction = typeof interaction.$inferInsert & {
  id: string;
  createdAt: string;
};

/** Percentage of manufacturers that care about after-sales response (AC-4). */
const concernedPercent = 80;

/** Chooses the files that mention after-sales response: exactly 80 % of the manufacturers, few of the others. */
export function chooseConcerned(random: Random, customers: readonly DrawnCustomer[]): Set<string> {
  const manufacturers = customers.filter(({ row }) => row.industry === '制造业');
  const chosen = random.shuffle(manufacturers).slice(0, (manufacturers.length * concernedPercent) / 100);
  const others = customers.filter(
    ({ row }) => row.industry && row.industry !== '制造业' && random.chance(12),
  );
  return new Set([...chosen, ...others].map(({ row }) => row.id));
}

/** Some files mention it as the pain point of a need. Returns whether this one now does. */
export function voiceConcernInNeed(random: Random, needs: DrawnNeed[]): boolean {
  const first = needs[0];
  if (!first || !random.chance(15)) return false;
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
) as Record<DemoKind, number>;

/** Up to twelve interactions over the file's life, oldest first; one about after-sales response if requested. */
export function drawInteractions(
  random: Random,
  staff: StaffIds,
  customer: DrawnCustomer,
  contacts: readonly DrawnContact[],
  isConcernedHere: boolean,
): DrawnInteraction[] {
  const [fewest, most] = counts[customer.row.stage];
  const count = Math.max(random.whole(fewest, most), isConcernedHere ? 1 : 0);
  const age = Math.min(730, Math.max(1, random.ageDays(customer.row.createdAt) - 1));
  const days = Array.from({ length: count }, () => random.whole(1, age)).sort((a, b) => b - a);
  const concernIndex = isConcernedHere ? random.whole(0, count - 1) : -1;
  return days.map((daysAgo, index) =>
    drawInteraction(random, staff, customer, contacts, daysAgo, index === concernIndex),
  );
}

function drawInteraction(
  random: Random,
  staff: StaffIds,
  { row }: DrawnCustomer,
  contacts: readonly DrawnContact[],
  daysAgo: number,
  isConcern: boolean,
): DrawnInteraction {
  const spoken = isConcern ? random.pick(concernTalks) : drawTalk(random);
  const talk = talks[spoken.kind];
  const occurredAt = random.daysAgo(daysAgo);
  const createdAt = random.later(occurredAt, random.whole(5, 120));
  const known = contacts.filter((person) => person.createdAt <= occurredAt);
  const person = random.pick(known.length > 0 ? known : contacts.slice(0, 1));
  const offer: Offer = offers[random.pick(wordsOf(row.industry).wants)];
  const { item } = random.pick(offer.goods);
  const hasNextStep = talk.by === 'owner' && random.chance(35);
  return {
    id: random.id(createdAt),
    customerId: row.id,
    contactId: talk.direction === 'INTERNAL' ? null : person.id,
    employeeId: {
      owner: row.ownerId,
      service: random.pick([staff.service, staff.service2]),
      marketing: staff.marketing,
    }[talk.by],
    kind: spoken.kind,
    direction: talk.direction,
    occurredAt,
    summary: spoken.summary.replace('{who}', person.name).replace('{item}', item),
    outcome: talk.outcomes.length > 0 && random.chance(75) ? random.pick(talk.outcomes) : null,
    nextStep: hasNextStep
      ? random.pick(['发送更新报价', '安排技术交流', '邀请参观样板工厂', '电话跟进'])
      : null,
    nextStepAt: hasNextStep && daysAgo <= 30 ? random.daysAgo(-random.whole(1, 30)) : null,
    createdAt,
    updatedAt: createdAt,
  };
}

function drawTalk(random: Random): { kind: DemoKind; summary: string } {
  const kind = random.weigh(kindWeights);
  return { kind, summary: random.pick(talks[kind].summaries) };
}

/** Whether a text counts for AC-4. */
export const voicesConcern = (text: string | null | undefined): boolean => text?.includes(concern) ?? false;
