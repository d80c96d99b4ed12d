import { enumNamed } from '../model/published-enums.ts';
import { accept, type Checked, type Problem, refuse } from '../validation/checked.ts';
import { checkOneOf } from '../validation/code.ts';
import { checkDuration } from '../validation/duration.ts';

/** How long files of a stage, and of a tier, may be without contact. Stages and tiers are those of the customer file. */
export interface FollowUp {
  stage: string;
  /** Null for all that no other row names. */
  tier: string | null;
  /** ISO 8601. */
  within: string;
}

/** R72, R73 */
export const initialFollowUps: readonly FollowUp[] = [
  { stage: 'POTENTIAL', tier: null, within: 'P30D' },
  { stage: 'INTENT', tier: null, within: 'P14D' },
  { stage: 'WON', tier: 'A', within: 'P30D' },
  { stage: 'WON', tier: null, within: 'P60D' },
];

/** The rows as they are stored. Each problem is at its row. */
export function checkFollowUps(given: readonly Partial<FollowUp>[]): Checked<FollowUp[]> {
  const rows: FollowUp[] = [];
  const problems: Problem[] = [];
  for (const [i, one] of given.entries()) {
    const { stage = '', within = '', tier = null } = one;
    const note = (at: string[], { problem }: Checked<unknown>) => {
      if (problem) problems.push({ ...problem, at: [i, ...at] });
    };
    note(['stage'], checkOneOf(enumNamed('CustomerStage'))(stage));
    if (tier !== null) note(['tier'], checkOneOf(enumNamed('CustomerTier'))(tier));
    note(['within'], checkDuration(within, { min: 'P1D', max: 'P10Y' }));
    if (rows.some((row) => row.stage === stage && row.tier === tier))
      note([], refuse('FOLLOW_UP_REPEATED', 'There is such a row already', '该行与前面的行重复'));
    rows.push({ stage, tier, within });
  }
  const [problem, ...others] = problems;
  return problem ? { problem, others } : accept(rows);
}
