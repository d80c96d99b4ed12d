import { and, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import { fileOwners } from '../../core/access/policy.ts';
import type { Database } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import {
  type Change,
  type CheckState,
  type Draft,
  type KeptFor,
  reference,
} from '../../core/part/part-rules.ts';
import { definePart } from '../../core/part/parts.ts';
import { nameNeeded } from '../customer/customer.check.ts';
import { type CustomerRow, CustomerStage, customer } from '../customer/customer.table.ts';
import { stageIssues } from '../customer/stage.service.ts';
import { employeeIssues, lockActiveEmployees } from '../employee/employee.reference.ts';
import { checkDeal, dealRules } from './deal.check.ts';
import { dealModel } from './deal.model.ts';
import { DealStage, deal } from './deal.table.ts';

type DealDraft = Draft<typeof deal, typeof customer>;
type DealChange = Change<typeof deal, typeof customer>;

const stageBefore = ({ before }: DealChange) => before?.stage;
const stageAfter = ({ before, values }: DealChange) => values.stage ?? before?.stage ?? DealStage.OPEN;
const idsOfFiles = (changes: readonly DealChange[]) => changes.map(({ file }) => file.id);

/**
 * Deals, of which those won and the customer's stage go together: a WON customer always has a won deal (AC-16). Back
 * from WON (entered by mistake, contract cancelled) is allowed.
 */
export const dealWrites = definePart(dealModel, {
  table: deal,
  files: customer,
  operations: { create: 'createDeal', update: 'updateDeal', delete: 'deleteDeal' },
  fields: dealRules,
  references: {
    ownerId: reference(
      'emp',
      'DEFAULTED',
      'The active employee who works on it; the viewer unless given, the file’s owner where their role owns none. FORBIDDEN to name another for sales. (负责人)',
    ),
  },
  check(input, state) {
    const checked = checkDeal(input, state);
    const { values, issues } = checked;
    const isWon = values.stage === DealStage.WON && state.current?.stage !== DealStage.WON;
    if (isWon && state.file) issues.push(...stageHindrances(state.file, state));
    return checked;
  },
  // A member of the department that answers for deals (R10) need not be of a role that works on them.
  initial: ({ viewer, currency }, file) => ({
    ownerId: fileOwners.includes(viewer.role) ? viewer.id : file.ownerId,
    currency,
  }),
  remarks: {
    create:
      'WON needs effectiveOn, and contractAmount or frameworkReason, and moves the customer to WON, as far as `stageTransitions` lets it.', // AC-16
    update:
      'WON needs effectiveOn, and contractAmount or frameworkReason, and moves the customer to WON, as far as `stageTransitions` lets it; back to OPEN needs an owner who can work on it, theirs or one named with it.', // AC-16
    delete:
      'CONFLICT with the reason DEAL_WON for a won deal, which is a contract: set it back to OPEN first.',
  },
  keptFor: ({ stage }) => (stage === DealStage.WON ? wonDealStays : undefined),

  /** The owner by default too: their role may be lowered at this moment. */
  async verify(tx, drafts) {
    const owners = drafts.map(ownerToBe);
    const roles = await lockActiveEmployees(tx, owners);
    return drafts.flatMap(({ path }, i) => employeeIssues(roles, { ownerId: owners[i] }, path));
  },

  async follow(tx, changes) {
    const hasWon = (change: DealChange) => stageAfter(change) === DealStage.WON;
    const hadWon = (change: DealChange) => stageBefore(change) === DealStage.WON;
    const won = changes.filter((change) => hasWon(change) && !hadWon(change));
    const lost = changes.filter((change) => hadWon(change) && !hasWon(change));
    await moveToWon(
      tx,
      won.filter(({ file }) => file.stage !== CustomerStage.WON),
    );
    await moveBack(
      tx,
      lost.filter(({ file }) => file.stage === CustomerStage.WON),
    );
  },
});

/** What keeps the file from WON, to which the deal would move it, at the deal's stage: the deal itself is the contract. */
function stageHindrances(
  file: CustomerRow,
  { path = [], settings, role }: CheckState<typeof deal, typeof customer>,
): Issue[] {
  const at = [...path, 'stage'];
  if (file.stage === CustomerStage.WON) return [];
  const to = CustomerStage.WON;
  const found = stageIssues(settings.stageTransitions, file, to, { role, after: file, hasContract: true });
  const issues = found.map(({ code, message }) => ({ path: at, code, message }));
  return file.name === null ? [{ path: at, ...nameNeeded }, ...issues] : issues;
}

/** The customer's stage, statistics and whoever reads them rely on it; setting it back moves the customer too. */
const wonDealStays: KeptFor = {
  reason: 'DEAL_WON',
  message:
    'A won deal is a contract; set it back to open before you delete it. (赢单即合同，请先改回进行中再删除。)',
};

/** Who works on a deal from now on, where that is new: an owner named, or the one it has when it is open again. */
const ownerToBe = ({ before, values }: DealDraft): string | undefined => {
  const isOpenAgain = values.stage === DealStage.OPEN && before && before.stage !== DealStage.OPEN;
  return values.ownerId ?? (isOpenAgain ? before.ownerId : undefined);
};

async function moveToWon(tx: Database, changes: readonly DealChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx
    .update(customer)
    .set({ stage: CustomerStage.WON })
    .where(and(inArray(customer.id, idsOfFiles(changes)), ne(customer.stage, CustomerStage.WON)));
}

/** A customer who has no won deal left goes back to INTENT. */
async function moveBack(tx: Database, changes: readonly DealChange[]): Promise<void> {
  if (changes.length === 0) return;
  const wonDeals = tx
    .select({ one: sql`1` })
    .from(deal)
    .where(and(eq(deal.customerId, customer.id), eq(deal.stage, DealStage.WON)));
  const isFormer = and(eq(customer.stage, CustomerStage.WON), notExists(wonDeals));
  await tx
    .update(customer)
    .set({ stage: CustomerStage.INTENT })
    .where(and(inArray(customer.id, idsOfFiles(changes)), isFormer));
}
