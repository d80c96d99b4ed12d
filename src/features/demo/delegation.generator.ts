import type { delegation } from '../../domains/delegation/delegation.table.ts';
import type { StaffIds } from './customer.generator.ts';
import type { Random } from './random.ts';

type DelegationInsert = typeof delegation.$inferInsert;

const dayMs = 86_400_000;

/**
 * Leaves of the western team: sales2 stands in for sales4 this week, who stands in for sales2 next month. Not drawn, so
 * that everything else stays as it was.
 */
export function planDelegations({ now }: Random, staff: StaffIds): DelegationInsert[] {
  const inDays = (days: number) => new Date(now.getTime() + days * dayMs).toISOString();
  const entered = { createdById: staff.manager2, createdAt: inDays(-6) };
  return [
    {
      employeeId: staff.sales4,
      delegateId: staff.sales2,
      startsAt: inDays(-2),
      endsAt: inDays(5),
      // Nobody followed the files yet.
      begunAt: inDays(-2),
      ...entered,
    },
    {
      employeeId: staff.sales2,
      delegateId: staff.sales4,
      startsAt: inDays(30),
      endsAt: inDays(37),
      ...entered,
    },
  ];
}
