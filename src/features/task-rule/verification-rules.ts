import { type SQL, sql } from 'drizzle-orm';
import { verifiers } from '../../core/access/policy.ts';
import { texts } from '../../core/database/rows.ts';
import type { VerificationState } from '../../domains/customer/customer.table.ts';
import { inScope, noFields, noTime } from './reason-columns.ts';
import type { RuleScope, TaskRule } from './task-rule.types.ts';

/** The last step of the file `f` to a state, as `step`. */
const lastStep = (state: VerificationState): SQL => sql`lateral (
  select s.version, s.occurred_at, s.employee_id, s.note from verification_step s
  where s.customer_id = f.id and s.state = ${state} order by s.version desc, s.occurred_at desc limit 1) step`;

/** The leader of the owner's team if their role verifies, else one of those who do, by the file's id; never who submitted it. */
const reviewer = sql`(
  select e.id from employee e left join team t on t.leader_id = e.id
  where e.id <> step.employee_id and e.disabled_at is null and e.role = any(${texts(verifiers)})
  order by (select o.team_id from employee o where o.id = f.owner_id) is not distinct from t.id and t.id is not null desc,
           e.role = 'ADMIN', md5(e.id::text || f.id) limit 1)`;

/** Active files in a state of verification, each by its last step to it. */
const inState = (
  state: VerificationState,
  scope: RuleScope,
  { assignee, reported }: Record<'assignee' | 'reported', SQL>,
): SQL => sql`
  select f.id as customer_id, 'cus' as subject_prefix, f.id as subject_id, step.version::text as occasion,
         step.occurred_at as since, ${assignee} as assignee_id, ${noFields}, ${noTime}, ${reported} as reported
  from customer f cross join ${lastStep(state)}
  where f.verification_state = ${state} and f.archived_at is null and ${inScope(sql`f.id`, scope)}`;

/** Rules about files that are being verified. */
export const verificationRules: readonly TaskRule[] = [
  {
    name: 'verify-submitted', // R86
    kind: 'VERIFY',
    title: 'Verify the submitted file (审核已提交的档案)',
    closes: 'The file was approved or rejected, or archived. (档案已审核、驳回或封存。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer'],
    isTimed: false,
    reasons: (scope) => inState('SUBMITTED', scope, { assignee: reviewer, reported: sql`null::text` }),
  },
  {
    name: 'correct-rejected', // R86
    kind: 'RECTIFY',
    title: 'Correct the rejected file and submit it again (更正被驳回的档案并重新提交)',
    closes: 'The file was submitted again, or archived. (档案已重新提交或封存。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer'],
    isTimed: false,
    reasons: (scope) =>
      inState('REJECTED', scope, {
        assignee: sql`(select s.employee_id from verification_step s
          where s.customer_id = f.id and s.state = 'SUBMITTED' order by s.version desc, s.occurred_at desc limit 1)`,
        reported: sql`step.note`,
      }),
  },
  {
    name: 'answer-dispute', // R87
    kind: 'ANSWER_CONFIRMATION',
    title: 'Deal with what the customer corrected or disputed (处理客户更正或异议)',
    closes:
      'The file is what the customer said, was submitted again, or archived. (档案已与客户确认一致、重新提交或封存。)',
    due: { within: 'P3D', counting: 'ELAPSED_ROLLED' },
    watches: ['customer'],
    isTimed: false,
    reasons: (scope) => inState('DISPUTED', scope, { assignee: sql`f.owner_id`, reported: sql`step.note` }),
  },
];
