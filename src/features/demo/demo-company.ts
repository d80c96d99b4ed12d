import { sql } from 'drizzle-orm';
import { type Database, writeAs } from '../../core/database/database.ts';
import { catalogueEntry } from '../../domains/catalogue-entry/catalogue-entry.table.ts';
import { customerCoOwner } from '../../domains/co-owner/co-owner.table.ts';
import { contact } from '../../domains/contact/contact.table.ts';
import { customer } from '../../domains/customer/customer.table.ts';
import { deal } from '../../domains/deal/deal.table.ts';
import { delegation } from '../../domains/delegation/delegation.table.ts';
import { employee, team } from '../../domains/employee/employee.table.ts';
import { accessGrant } from '../../domains/grant/access-grant.table.ts';
import { accessRequest } from '../../domains/grant/access-request.table.ts';
import { interaction } from '../../domains/interaction/interaction.table.ts';
import { need } from '../../domains/need/need.table.ts';
import { segment } from '../../domains/segment/segment.table.ts';
import { customerTag, tag } from '../../domains/tag/tag.table.ts';
import { task } from '../../domains/task/task.table.ts';
import { ageFiles } from './backdate-history.ts';
import { type DrawnEntry, drawCatalogue, settleHouseholds } from './catalogue.generator.ts';
import { chooseCoOwners } from './co-owner.generator.ts';
import { type DrawnContact, drawContacts } from './contact.generator.ts';
import { type DrawnCustomer, drawCustomers, type StaffIds } from './customer.generator.ts';
import { type DrawnDeal, drawDeals, loseBy } from './deal.generator.ts';
import { planDelegations } from './delegation.generator.ts';
import { demoEmail, demoStaff, demoTeams } from './demo-accounts.ts';
import { phoneChange } from './fixtures.ts';
import { type DrawnGrants, drawGrants } from './grant.generator.ts';
import {
  chooseConcerned,
  type DrawnInteraction,
  drawInteractions,
  voiceConcernInNeed,
} from './interaction.generator.ts';
import { choosePremium, type DrawnNeed, drawNeeds } from './need.generator.ts';
import { drawPast, type PastChange } from './past.generator.ts';
import { createRandom, type Random } from './random.ts';
import { drawSegments } from './segment.generator.ts';
import { drawTags } from './tag.generator.ts';
import { type DrawnTask, drawTasks } from './task.generator.ts';
import { type DrawnVerification, drawVerification, insertVerification } from './verification.generator.ts';

/** An arbitrary number: the date of AC-7. */
const seed = 20_240_315;

export interface DemoCompany extends DrawnGrants {
  teams: (typeof team.$inferInsert)[];
  staff: (typeof employee.$inferInsert)[];
  customers: DrawnCustomer[];
  coOwners: (typeof customerCoOwner.$inferInsert)[];
  contacts: DrawnContact[];
  needs: DrawnNeed[];
  deals: DrawnDeal[];
  interactions: DrawnInteraction[];
  tags: (typeof tag.$inferInsert)[];
  customerTags: (typeof customerTag.$inferInsert)[];
  segments: (typeof segment.$inferInsert)[];
  delegations: (typeof delegation.$inferInsert)[];
  /** What changed in these rows before today. */
  past: PastChange[];
  tasks: DrawnTask[];
  verification: DrawnVerification;
  catalogue: DrawnEntry[];
}

interface SeedOptions {
  /** argon2id hash of the shared demo password; null when nobody may sign in with a password. */
  passwordHash: string | null;
  /** All dates are offsets from this instant. */
  now: Date;
}

/**
 * Fills an empty database with the demo company: 2 teams, 14 employees, 600 customers and their parts. One transaction,
 * attributed to SEED.
 *
 * Throws, and writes nothing, if the database already contains customers.
 */
export async function seedDemoCompany(db: Database, { passwordHash, now }: SeedOptions): Promise<void> {
  const company = drawDemoCompany(now, passwordHash);
  await writeAs(db, { actorId: null, source: 'SEED' }, async (tx) => {
    await refuseUsedDatabase(tx);
    await insertDemoCompany(tx, company);
    await ageFiles(tx, company.past);
    // After it, because grants are events of their files but no part of their history.
    await tx.insert(accessGrant).values(company.grants);
    await tx.insert(accessRequest).values(company.requests);
  });
}

/** Generates the demo company in memory; the same `now` gives the same company. */
export function drawDemoCompany(now: Date, passwordHash: string | null): DemoCompany {
  const random = createRandom(seed, now);
  const { teams, staff, staffIds } = drawStaff(random, passwordHash);
  const customers = drawCustomers(random, staffIds);
  settleHouseholds(customers);
  const premium = choosePremium(random, customers);
  const concerned = chooseConcerned(random, customers);
  const files = customers.map((file) => {
    const contacts = drawContacts(random, file);
    const needs = drawNeeds(random, file, premium.has(file.row.id));
    const isConcerned = concerned.has(file.row.id);
    const isConcernedHere = isConcerned && !voiceConcernInNeed(random, needs);
    const interactions = drawInteractions(random, staffIds, file, contacts, isConcernedHere);
    const deals = drawDeals(random, file);
    loseBy(deals, file);
    return { contacts, needs, interactions, deals };
  });
  const needs = files.flatMap((file) => file.needs);
  const deals = files.flatMap((file) => file.deals);
  const contacts = files.flatMap((file) => file.contacts);
  const company = {
    teams,
    staff,
    customers,
    coOwners: chooseCoOwners(customers, staffIds),
    contacts,
    needs,
    deals,
    interactions: files.flatMap((file) => file.interactions),
    ...drawTags(random, customers, needs),
    segments: drawSegments(random, staffIds),
    delegations: planDelegations(random, staffIds),
    ...drawGrants(random, customers, staffIds),
    past: [...drawPast(random, customers, deals), ...phoneChanged(contacts, staffIds)],
    tasks: drawTasks(random, staffIds, customers),
  };
  const { past, ...verification } = drawVerification(random, customers, staffIds);
  const catalogue = drawCatalogue(random, customers);
  return { ...company, past: [...company.past, ...past], verification, catalogue };
}

/** The change of AC-7. */
function phoneChanged(contacts: readonly DrawnContact[], staffIds: StaffIds): PastChange[] {
  const { contactName, before, after, by, occurredAt } = phoneChange;
  const changed = contacts.filter(({ name, phone }) => name === contactName && phone === after);
  return changed.map(({ id }) => ({
    subjectId: id,
    occurredAt,
    actorId: staffIds[by],
    before: { phone: before },
  }));
}

function drawStaff(random: Random, passwordHash: string | null) {
  const hiredAt = random.daysAgo(1_500);
  const times = { createdAt: hiredAt, updatedAt: hiredAt };
  const teamIds = { east: random.id(hiredAt), west: random.id(hiredAt) };
  const staffIds = Object.fromEntries(
    demoStaff.map(({ account }) => [account, random.id(hiredAt)]),
  ) as StaffIds;
  const staff = demoStaff.map(({ account, name, role, title, team: teamName }) => ({
    id: staffIds[account],
    email: demoEmail(account),
    name,
    role,
    title,
    teamId: teamName && teamIds[teamName],
    passwordHash,
    ...times,
  }));
  const teams = (['east', 'west'] as const).map((key) => ({
    id: teamIds[key],
    name: demoTeams[key].name,
    leaderId: staffIds[demoTeams[key].leader],
    ...times,
  }));
  return { teams, staff, staffIds };
}

async function refuseUsedDatabase(tx: Database): Promise<void> {
  const [used] = await tx.select({ id: customer.id }).from(customer).limit(1);
  if (used) {
    throw new Error(
      'The database already holds customers; the demo company needs an empty one. (数据库中已有客户，演示数据只能写入空库。)',
    );
  }
}

async function insertDemoCompany(tx: Database, company: DemoCompany): Promise<void> {
  // Teams refer to their leaders and employees to their teams, so leaders are set last.
  await tx.insert(team).values(company.teams.map((row) => ({ ...row, leaderId: null })));
  await tx.insert(employee).values(company.staff);
  for (const { id, leaderId } of company.teams) {
    await tx.update(team).set({ leaderId }).where(sql`${team.id} = ${id}`);
  }
  await tx.insert(customer).values(company.customers.map(({ row }) => row));
  await tx.insert(customerCoOwner).values(company.coOwners);
  await tx.insert(contact).values(company.contacts);
  await tx.insert(need).values(company.needs);
  await tx.insert(deal).values(company.deals);
  await tx.insert(interaction).values(company.interactions);
  await tx.insert(tag).values(company.tags);
  await tx.insert(customerTag).values(company.customerTags);
  await tx.insert(segment).values(company.segments);
  await tx.insert(task).values(company.tasks);
  await tx.insert(catalogueEntry).values(company.catalogue);
  await insertVerification(tx, company.verification);
  await tx.insert(delegation).values(company.delegations);
}
