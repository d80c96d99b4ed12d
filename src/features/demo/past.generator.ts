import type { DrawnCustomer } from './customer.generator.ts';
import type { DrawnDeal } from './deal.generator.ts';
import type { Random } from './random.ts';

/** A change of a generated row before today: the values of columns until then. What they became the row says. */
export interface PastChange {
  /** The row that changed: a file, or a part of it. */
  subjectId: string;
  occurredAt: string;
  actorId: string | null;
  before: Record<string, string | null>;
}

/** How the files came to the stages they have: the changes of their own stage, and the closing of their deals. */
export function drawPast(
  random: Random,
  customers: readonly DrawnCustomer[],
  deals: readonly DrawnDeal[],
): PastChange[] {
  const dealsOf = new Map<string, DrawnDeal[]>(customers.map(({ row }) => [row.id, []]));
  for (const deal of deals) dealsOf.get(deal.customerId)?.push(deal);
  return [
    ...customers.flatMap((file) => drawStages(random, file, dealsOf.get(file.row.id) ?? [])),
    ...deals.flatMap(closingOf),
  ];
}

/** A file begins as POTENTIAL, mostly shows an intent, and is won or lost when its deal is. */
function drawStages(random: Random, { row }: DrawnCustomer, deals: readonly DrawnDeal[]): PastChange[] {
  if (row.stage === 'POTENTIAL') return [];
  const closedAt = (stage: 'WON' | 'LOST') =>
    deals.flatMap((deal) => (deal.stage === stage ? [deal.closedAt ?? ''] : [])).sort()[0];
  const outcomes = [closedAt('WON'), row.stage === 'LOST' ? closedAt('LOST') : undefined];
  const closings = outcomes.filter((instant) => instant !== undefined).sort();
  const age = random.ageDays(row.createdAt);
  const oldest = closings[0]
    ? random.ageDays(closings[0])
    : random.ageDays(deals[0]?.createdAt ?? row.createdAt) - 1;
  const intentAt = random.daysAgo(random.whole(Math.max(0, Math.min(oldest, age)), Math.max(0, age - 1)));
  const showsIntent = row.stage === 'INTENT' || random.chance(85);
  const steps = [...(showsIntent && intentAt > row.createdAt ? [intentAt] : []), ...closings].sort();
  const stages = [
    'POTENTIAL',
    ...(steps.length > closings.length ? ['INTENT'] : []),
    ...(closings.length > 1 ? ['WON'] : []),
  ];
  return steps.map((occurredAt, nth) => ({
    subjectId: row.id,
    occurredAt,
    actorId: row.ownerId ?? null,
    before: {
      stage: stages[nth] ?? 'POTENTIAL',
      // Its last step was the loss, with which both came.
      ...(row.stage === 'LOST' && nth === steps.length - 1 && { lost_as: null, lost_reason: null }),
    },
  }));
}

/** A closed deal was open until it was closed. */
function closingOf({ id, ownerId, stage, closedAt }: DrawnDeal): PastChange[] {
  if (!closedAt) return [];
  const open = { stage: 'OPEN', closed_at: null };
  const before =
    stage === 'WON' ? { ...open, contract_amount: null, effective_on: null } : { ...open, lost_reason: null };
  return [{ subjectId: id, occurredAt: closedAt, actorId: ownerId ?? null, before }];
}
