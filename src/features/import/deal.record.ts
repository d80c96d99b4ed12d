import { and, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import { fileOwners } from '../../core/access/policy.ts';
import { CustomerStage, customer } from '../../domains/customer/customer.table.ts';
import { checkDeal, type DealCheckOptions, dealFieldNames } from '../../domains/deal/deal.check.ts';
import { DealStage, deal } from '../../domains/deal/deal.table.ts';
import type { Change, Subject } from './record-type.ts';

export const dealSubject: Subject = {
  name: 'deal',
  table: deal,
  fields: dealFieldNames,
  decisive: ['stage', 'currency'],
  references: {
    customer: { to: 'customer', column: 'customerId', need: 'required' },
    owner: { to: 'employee', column: 'ownerId', need: 'owner', roles: fileOwners },
  },
  check: (input, { mode, now, current }) =>
    checkDeal(input, { mode, now, current: current as DealCheckOptions['current'] }),

  // As for a client's write: a deal that enters WON moves the customer to WON; the last one that leaves moves it back.
  async follow(tx, changes) {
    const won = changes.filter(
      (change) => stageAfter(change) === DealStage.WON && stageBefore(change) !== DealStage.WON,
    );
    const lost = changes.filter(
      (change) => stageBefore(change) === DealStage.WON && stageAfter(change) !== DealStage.WON,
    );
    if (won.length > 0) {
      await tx
        .update(customer)
        .set({ stage: CustomerStage.WON })
        .where(and(inArray(customer.id, won.map(customerOf)), ne(customer.stage, CustomerStage.WON)));
    }
    if (lost.length > 0) {
      const wonDeals = tx
        .select({ one: sql`1` })
        .from(deal)
        .where(and(eq(deal.customerId, customer.id), eq(deal.stage, DealStage.WON)));
      const isFormer = and(eq(customer.stage, CustomerStage.WON), notExists(wonDeals));
      await tx
        .update(customer)
        .set({ stage: CustomerStage.INTENT })
        .where(and(inArray(customer.id, lost.map(customerOf)), isFormer));
    }
  },
};

const stageBefore = ({ before }: Change): unknown => before?.stage;
const stageAfter = ({ before, values }: Change): unknown => values.stage ?? before?.stage ?? DealStage.OPEN;
const customerOf = ({ before, values }: Change): string => String(values.customerId ?? before?.customerId);
