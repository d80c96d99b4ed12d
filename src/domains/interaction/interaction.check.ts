import { type Checked, refuse } from '../../core/validation/checked.ts';
import { checkOneOf } from '../../core/validation/code.ts';
import { checkInstant, checkPastInstant } from '../../core/validation/date.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  defaulted,
  type Fields,
  optional,
  optionalText,
  required,
  requiredText,
} from '../../core/validation/fields.ts';
import { checkFlag } from '../../core/validation/number.ts';
import { InteractionDirection, InteractionKind } from './interaction.table.ts';

/** The entry standards of an interaction's fields at a moment. */
export const interactionRulesAt = (now: Date) => ({
  kind: required(checkOneOf(InteractionKind)),
  direction: optional(checkOneOf(InteractionDirection)),
  occurredAt: required((value: string) => checkOccurredAt(value, now)),
  summary: requiredText(4000, { multiline: true }),
  outcome: optionalText(2000, { multiline: true }),
  nextStep: optionalText(1000, { multiline: true }),
  nextStepAt: optional(checkInstant),
  needsChanged: defaulted(checkFlag),
});

type InteractionFields = Fields<ReturnType<typeof interactionRulesAt>>;

/** Checks an interaction's fields against the entry standards (R57, R67) and reports every violation. */
export function checkInteraction(
  input: InteractionFields,
  { now, ...options }: CheckOptions & { now: Date },
): Checks<ReturnType<typeof interactionRulesAt>> {
  return checkFields(interactionRulesAt(now), input, options);
}

/** What lies in the future is a plan, no record. Problems: those of checkInstant, OCCURRED_IN_FUTURE. */
function checkOccurredAt(value: string, now: Date): Checked<string> {
  const checked = checkPastInstant(value, { now });
  if (checked.problem?.code !== 'INSTANT_IN_FUTURE') return checked;
  return refuse(
    'OCCURRED_IN_FUTURE',
    'What is recorded has happened; this lies ahead',
    '互动时间不能晚于现在',
  );
}
