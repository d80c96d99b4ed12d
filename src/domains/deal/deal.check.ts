import type { Issue } from '../../core/errors.ts';
import { checkCurrency, checkOneOf } from '../../core/validation/code.ts';
import { checkDate, checkInstant } from '../../core/validation/date.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  defaulted,
  type Fields,
  optional,
  optionalText,
  requiredText,
  type Values,
} from '../../core/validation/fields.ts';
import { checkMoney } from '../../core/validation/number.ts';
import { type DealRow, DealStage } from './deal.table.ts';

export const dealRules = {
  title: requiredText(200),
  product: optionalText(200),
  stage: defaulted(checkOneOf(DealStage)),
  amount: optional(checkMoney),
  contractAmount: optional(checkMoney),
  currency: defaulted(checkCurrency),
  startedOn: optional(checkDate),
  effectiveOn: optional(checkDate),
  closedAt: optional(checkInstant),
  lostReason: optionalText(1000, { multiline: true }),
  frameworkReason: optionalText(500, { multiline: true }),
};

type DealFields = Fields<typeof dealRules>;
type DealValues = Values<typeof dealRules>;

interface DealCheckOptions extends CheckOptions {
  /** For an update: the present values, used for fields that the input leaves out. */
  current?: Pick<DealRow, 'stage' | 'contractAmount' | 'effectiveOn' | 'closedAt' | 'lostReason'> & {
    frameworkReason?: string | null;
  };
  now: Date;
}

/**
 * Checks a deal's fields against the entry standards and reports every violation.
 *
 * WON needs an effective date, and a contract amount above 0 or the reason why a framework agreement has none (R41, R95,
 * AC-16). What follows from the stage is filled in: when
 * a deal closes, `closedAt` is now unless the input gives it; when it is reopened, `closedAt` is cleared; when it is no
 * longer lost, so is the lost reason.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, WON_INCOMPLETE (one issue per absent field), NOT_CLOSED for
 * `closedAt` on an open deal, NOT_LOST for a lost reason on a deal that is not lost.
 */
export function checkDeal(
  input: DealFields,
  { current, now, ...options }: DealCheckOptions,
): Checks<typeof dealRules> {
  const { values, issues, warnings } = checkFields(dealRules, input, options);
  const at = (field: keyof DealValues) => [...(options.path ?? []), field];
  const refused = (field: keyof DealValues) => issues.some(({ path }) => path.at(-1) === field);
  if (refused('stage')) return { values, issues, warnings };
  const stage = values.stage ?? current?.stage ?? DealStage.OPEN;

  const held = (field: 'contractAmount' | 'effectiveOn' | 'frameworkReason') =>
    values[field] === undefined ? current?.[field] : values[field];
  if (stage === DealStage.WON) {
    const isPriced = Number(held('contractAmount') ?? 0) > 0 || Boolean(held('frameworkReason'));
    if (!isPriced && !refused('contractAmount')) issues.push(wonIncomplete(at('contractAmount')));
    if (!held('effectiveOn') && !refused('effectiveOn')) issues.push(wonIncomplete(at('effectiveOn')));
  }

  if (stage === DealStage.OPEN) {
    if (values.closedAt) issues.push(notClosed(at('closedAt')));
    else if (current?.closedAt) values.closedAt = null;
  } else if (!values.closedAt) {
    // Null on a deal that is closed already leaves its time alone, so that the same input twice changes nothing more.
    if (stage !== current?.stage || !current.closedAt) values.closedAt = now.toISOString();
    else if (values.closedAt === null) values.closedAt = current.closedAt;
  }

  if (stage !== DealStage.LOST) {
    if (values.lostReason) issues.push(notLost(at('lostReason')));
    else if (current?.lostReason) values.lostReason = null;
  }
  return { values, issues, warnings };
}

const wonIncomplete = (path: (string | number)[]): Issue => ({
  path,
  code: 'WON_INCOMPLETE',
  message:
    'A deal is won only with its effective date and a contract amount above 0, or with frameworkReason for a framework agreement. (赢单须填写生效日期和大于0的合同金额；框架协议须填写说明。)',
});

const notClosed = (path: (string | number)[]): Issue => ({
  path,
  code: 'NOT_CLOSED',
  message: 'An open deal has no closing time. (进行中的商机没有结束时间。)',
});

const notLost = (path: (string | number)[]): Issue => ({
  path,
  code: 'NOT_LOST',
  message: 'Only a lost deal has a reason for the loss. (仅流失的商机可填写流失原因。)',
});
