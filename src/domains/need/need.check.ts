import type { Issue } from '../../core/errors.ts';
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
import { type NeedDetail, needDetails, readNeedText } from '../../core/validation/need-text.ts';
import { checkMoney } from '../../core/validation/number.ts';
import { NeedPriority, type NeedRow, NeedStatus } from './need.table.ts';

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
  current?: Pick<NeedRow, 'quantity' | 'specification' | 'budgetMin' | 'budgetMax'>;
}

/**
 * Checks a need's fields against the entry standards (R64, R66) and reports every violation.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, BUDGET_RANGE where budgetMin exceeds budgetMax. Warnings:
 * VAGUE_NEED, BUDGET_IN_TEXT.
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
  if (values.item !== undefined)
    warnings.push(...doubts({ ...current, ...values, item: values.item }, [...path, 'item']));
  return { values, issues, warnings };
}

/** What looks wrong with what a need wants (R64): too little is said, or a budget that no segment would find. */
function doubts(need: StatedFields & { item: string }, path: Issue['path']): Issue[] {
  const { missing } = readNeedText(need.item, 'CNY');
  const isHeld: Record<NeedDetail, boolean> = {
    QUANTITY: Boolean(need.quantity),
    BUDGET: Boolean(need.budgetMin || need.budgetMax),
    SPECIFICATION: Boolean(need.specification),
  };
  const details = needDetails.filter((detail) => !isHeld[detail]);
  if (details.every((detail) => missing.includes(detail))) {
    if (details.length < needDetails.length) return [];
    return [
      {
        path,
        code: 'VAGUE_NEED',
        message:
          'The need is vague: it says no quantity, budget or specification. (需求不够具体：缺少数量、预算和规格要求。)',
      },
    ];
  }
  if (isHeld.BUDGET || missing.includes('BUDGET')) return [];
  return [
    {
      path,
      code: 'BUDGET_IN_TEXT',
      message:
        'The text states a budget that the fields for it do not hold; needProposal reads it. (需求内容中写有预算，但未填入预算字段；可用needProposal解析。)',
    },
  ];
}

type StatedFields = Partial<Pick<NeedRow, 'quantity' | 'specification' | 'budgetMin' | 'budgetMax'>>;
