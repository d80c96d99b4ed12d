import { checkCurrency, checkOneOf } from '../../core/validation/code.ts';
import { checkInstant, checkPastInstant } from '../../core/validation/date.ts';
import { checkDecimal, compareDecimals } from '../../core/validation/decimal.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  defaulted,
  type Fields,
  optional,
  optionalText,
  requiredText,
} from '../../core/validation/fields.ts';
import { checkMoney } from '../../core/validation/number.ts';
import { NeedPriority, NeedStatus } from './need.table.ts';

/** The entry standards of a need's fields at a moment. */
export const needRulesAt = (now: Date) => ({
  item: requiredText(200),
  specification: optionalText(2000, { multiline: true }),
  painPoint: optionalText(2000, { multiline: true }),
  quantity: optional((value: string) =>
    checkDecimal(value, { scale: 3, min: '0.001', max: '99999999999.999' }),
  ),
  unit: optionalText(20),
  budgetMin: optional(checkMoney),
  budgetMax: optional(checkMoney),
  currency: defaulted(checkCurrency),
  raisedAt: defaulted((value: string) => checkPastInstant(value, { now })),
  expectedAt: optional(checkInstant),
  priority: defaulted(checkOneOf(NeedPriority)),
  status: defaulted(checkOneOf(NeedStatus)),
});

type NeedRules = ReturnType<typeof needRulesAt>;
type NeedFields = Fields<NeedRules>;

interface NeedCheckOptions extends CheckOptions {
  now: Date;
  /** For an update: the present values, used for fields that the input leaves out. */
  current?: { budgetMin: string | null; budgetMax: string | null };
}

/**
 * Checks a need's fields against the entry standards (R64, R66) and reports every violation.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, BUDGET_RANGE where budgetMin exceeds budgetMax.
 */
export function checkNeed(input: NeedFields, options: NeedCheckOptions): Checks<NeedRules> {
  const { values, issues, warnings } = checkFields(needRulesAt(options.now), input, options);
  const { path = [], current } = options;
  const min = values.budgetMin === undefined ? current?.budgetMin : values.budgetMin;
  const max = values.budgetMax === undefined ? current?.budgetMax : values.budgetMax;
  const isGiven = values.budgetMin !== undefined || values.budgetMax !== undefined;
  if (isGiven && min && max && compareDecimals(min, max) > 0) {
    issues.push({
      path: [...path, values.budgetMin === undefined ? 'budgetMax' : 'budgetMin'],
      code: 'BUDGET_RANGE',
      message: 'budgetMin must not exceed budgetMax. (预算下限不能高于上限。)',
    });
  }
  return { values, issues, warnings };
}
