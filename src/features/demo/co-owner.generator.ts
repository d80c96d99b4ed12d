import type { customerCoOwner } from '../../domains/co-owner/co-owner.table.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';

type CoOwnerInsert = typeof customerCoOwner.$inferInsert;

/** One file in so many has a co-owner. */
const everyNth = 12;

/**
 * A colleague of the same team works on some files beside their owner. Not drawn, so that everything else stays as it
 * was.
 */
export function chooseCoOwners(customers: readonly DrawnCustomer[], staff: StaffIds): CoOwnerInsert[] {
  const partners = new Map([
    [staff.sales1, staff.sales3],
    [staff.sales3, staff.sales1],
    [staff.sales5, staff.sales1],
    [staff.sales2, staff.sales4],
    [staff.sales4, staff.sales2],
  ]);
  return customers
    .filter(({ landmark }) => !landmark)
    .filter((_, nth) => nth % everyNth === 0)
    .flatMap(({ row }) => {
      const employeeId = partners.get(row.ownerId);
      return employeeId ? [{ customerId: row.id, employeeId, createdAt: row.createdAt }] : [];
    });
}
