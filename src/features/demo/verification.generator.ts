import { sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import type { VerificationState } from '../../domains/customer/customer.table.ts';
import { fieldCheck, verificationStep } from '../../domains/verification/verification.table.ts';
import type { DrawnCustomer, StaffIds } from './customer.generator.ts';
import type { PastChange } from './past.generator.ts';
import { dateOf, type Random } from './random.ts';

type Step = typeof verificationStep.$inferInsert & { occurredAt: string };

/** How far the files have been verified. */
export interface DrawnVerification {
  steps: Step[];
  checks: (typeof fieldCheck.$inferInsert)[];
}

const shares: Record<string, Partial<Record<VerificationState, number>>> = {
  WON: { VERIFIED: 50, CONFIRMED: 25, DISPUTED: 5, SUBMITTED: 10, DRAFT: 10 },
  INTENT: { VERIFIED: 30, SUBMITTED: 20, REJECTED: 10, DRAFT: 40 },
};
/** The default one of the settings. */
const category = 'KH';
const reasons = ['企业名称与营业执照不符', '法定代表人已变更，请核实', '缺少统一社会信用代码证明'];
const answers = { CONFIRMED: '客户来电确认信息无误', DISPUTED: '客户称办公地址已变更' } as const;
const keyFields = [
  ['name', 'name', 'REGISTER', '国家企业信用信息公示系统'],
  ['unifiedSocialCreditCode', 'unified_social_credit_code', 'REGISTER', '国家企业信用信息公示系统'],
  ['legalRepresentative', 'legal_representative', 'DOCUMENT', '营业执照副本'],
] as const;

/**
 * Files of customers, and of those who may become one, that have all it takes are submitted by their owner and verified by a
 * data steward or manager, field by field; some are rejected, confirmed or disputed. Also what was before each step.
 */
export function drawVerification(
  random: Random,
  customers: readonly DrawnCustomer[],
  staff: StaffIds,
): DrawnVerification & { past: PastChange[] } {
  const drawn: DrawnVerification & { past: PastChange[] } = { steps: [], checks: [], past: [] };
  for (const { row } of customers) {
    const share = shares[row.stage];
    const age = random.ageDays(row.createdAt);
    if (!share || age < 12 || keyFields.some(([field]) => row[field] == null)) continue;
    const state = random.weigh<VerificationState>(share);
    if (state === 'DRAFT') continue;
    const submittedDays = random.whole(8, age - 1);
    const verifierId = row.ownerId === staff.steward ? staff.manager : staff.steward;
    const steps: Step[] = [];
    const take = (
      to: VerificationState,
      days: number,
      employeeId: string | null,
      note: string | null = null,
    ) => {
      const occurredAt = random.daysAgo(days);
      const before = { verification_state: steps.at(-1)?.state ?? 'DRAFT' };
      drawn.past.push({ subjectId: row.id, occurredAt, actorId: employeeId, before });
      const answer = to in answers && { channel: 'RECORDED' as const, way: 'SPOKEN' as const };
      steps.push({ customerId: row.id, state: to, employeeId, note, occurredAt, ...answer });
    };
    take('SUBMITTED', submittedDays, row.ownerId);
    if (state === 'REJECTED') take('REJECTED', submittedDays - 2, verifierId, random.pick(reasons));
    else if (state !== 'SUBMITTED') {
      take('VERIFIED', submittedDays - 3, verifierId);
      const verifiedAt = steps.at(-1)?.occurredAt;
      for (const [, columnName, method, evidence] of keyFields)
        drawn.checks.push({
          ...{ customerId: row.id, subject: 'customer', subjectId: row.id, columnName },
          ...{ method, evidence, verifiedById: verifierId, verifiedAt },
        });
      if (state !== 'VERIFIED') take(state, submittedDays - 6, null, answers[state]);
    }
    drawn.steps.push(...steps);
  }
  drawn.past.push(...putAway(random, customers, drawn.steps));
  return drawn;
}

/** Each file is put away half an hour after it was verified, under the next number of that year. Also what was before. */
function putAway(random: Random, customers: readonly DrawnCustomer[], steps: readonly Step[]): PastChange[] {
  const rows = new Map(customers.map(({ row }) => [row.id, row]));
  const given = new Map<string, number>();
  return steps
    .filter(({ state }) => state === 'VERIFIED')
    .sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
    .map(({ customerId, employeeId = null, occurredAt: verifiedAt }) => {
      const occurredAt = random.later(verifiedAt, 30);
      const year = dateOf(occurredAt).slice(0, 4);
      const place = (given.get(year) ?? 0) + 1;
      given.set(year, place);
      const archiveNumber = `${category}-${year}-${String(place).padStart(5, '0')}`;
      Object.assign(rows.get(customerId) ?? {}, { archiveNumber, archiveCategory: category });
      const before = { archive_number: null, archive_category: null };
      return { subjectId: customerId, occurredAt, actorId: employeeId, before };
    });
}

/** Enters the steps without changing the files besides: `ageFiles` writes that history. */
export async function insertVerification(tx: Database, { steps, checks }: DrawnVerification): Promise<void> {
  await tx.execute(sql`select set_config('app.capturing', 'on', true)`);
  await tx.insert(verificationStep).values(steps);
  await tx.execute(sql`select set_config('app.capturing', '', true)`);
  await tx.insert(fieldCheck).values(checks);
  await tx.execute(sql`
    insert into archive_counter (category, year, last)
    select archive_category, split_part(archive_number, '-', 2)::integer, count(*)
    from customer where archive_number is not null group by 1, 2`);
}
