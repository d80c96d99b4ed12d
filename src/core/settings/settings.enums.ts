/** What becomes of a name that is against the standard of full legal names (R66). */
export const NameStandard = { REFUSE: 'REFUSE', WARN: 'WARN', OFF: 'OFF' } as const;
export type NameStandard = (typeof NameStandard)[keyof typeof NameStandard];

/** By whom a value or a file is verified a second time (二次核对, R88). */
export const SecondCheck = {
  REQUIRED: 'REQUIRED',
  IF_AVAILABLE: 'IF_AVAILABLE',
  SECOND_PASS: 'SECOND_PASS',
} as const;
export type SecondCheck = (typeof SecondCheck)[keyof typeof SecondCheck];

/** What a change of the stage can open: a task of this kind, by a rule. */
export const StageOpens = { CALL_BACK: 'CALL_BACK', FOLLOW_UP: 'FOLLOW_UP' } as const;
export type StageOpens = (typeof StageOpens)[keyof typeof StageOpens];

/** At whose end tiers go down. */
export const TierPeriod = { MONTH: 'MONTH', QUARTER: 'QUARTER', YEAR: 'YEAR' } as const;
export type TierPeriod = (typeof TierPeriod)[keyof typeof TierPeriod];
