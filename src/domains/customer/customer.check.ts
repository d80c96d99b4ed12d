import type { Issue } from '../../core/errors.ts';
import { accept, type Checked, refuse } from '../../core/validation/checked.ts';
import { checkCountry, checkOneOf } from '../../core/validation/code.ts';
import { checkDate } from '../../core/validation/date.ts';
import {
  type CheckOptions,
  checkFields,
  defaulted,
  type Fields,
  optional,
  optionalText,
  requiredText,
  type Values,
} from '../../core/validation/fields.ts';
import { checkLegalName } from '../../core/validation/legal-name.ts';
import { checkMoney, checkWhole } from '../../core/validation/number.ts';
import { checkSocialCreditCode } from '../../core/validation/social-credit-code.ts';
import { checkText, plainText } from '../../core/validation/text.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerKind,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  Region,
} from './customer.table.ts';

/** The rules that depend on no other field of the file. */
const rules = {
  kind: defaulted(checkOneOf(CustomerKind)),
  // Only presence and length are checked here; the standard for the file's kind is applied below.
  name: requiredText(200),
  shortName: optionalText(60),
  unifiedSocialCreditCode: optional(checkSocialCreditCode),
  legalRepresentative: optionalText(100),
  foundedOn: optional(checkDate),
  registeredCapital: optional(checkMoney),
  businessScope: optionalText(4000, { multiline: true }),
  employeeCount: optional((value: number | string) => checkWhole(value, { min: 0, max: 10_000_000 })),
  annualRevenue: optional(checkMoney),
  industry: optionalText(100),
  region: optional(checkOneOf(Region)),
  country: defaulted(checkCountry),
  province: optionalText(50),
  city: optionalText(50),
  address: optionalText(300, { multiline: true }),
  website: optional(checkWebsite),
  size: optional(checkOneOf(CompanySize)),
  stage: defaulted(checkOneOf(CustomerStage)),
  tier: optional(checkOneOf(CustomerTier)),
  creditGrade: optional(checkOneOf(CreditGrade)),
  creditLimit: optional(checkMoney),
  source: optional(checkOneOf(CustomerSource)),
};

/** Names of the fields that an import can set. */
export const customerFieldNames = Object.keys(rules);

/** The writable fields of a customer file, for clients and imports alike. */
export type CustomerFields = Fields<typeof rules>;
export type CustomerValues = Values<typeof rules>;

export interface CustomerCheckOptions extends CheckOptions {
  /** For an update: the present values, used for fields that the input leaves out. */
  current?: { kind: CustomerKind; country: string; name: string; unifiedSocialCreditCode: string | null };
}

/**
 * Checks a customer's fields against the entry standards (R62, R66, R67, AC-5) and reports every violation.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, and SOCIAL_CREDIT_CODE_COUNTRY for a code on a file outside
 * mainland China.
 */
export function checkCustomer(
  input: CustomerFields,
  options: CustomerCheckOptions,
): { values: CustomerValues; issues: Issue[] } {
  const { values, issues } = checkFields(rules, input, options);
  const { path = [], current } = options;
  const kind = values.kind ?? current?.kind ?? CustomerKind.ORGANIZATION;
  const country = values.country ?? current?.country ?? 'CN';
  // An invalid kind or country has its own issue; issues that only follow from it would be noise.
  const kindIsKnown = !issues.some(({ path: [...at] }) => at.at(-1) === 'kind' || at.at(-1) === 'country');

  const name = values.name ?? current?.name;
  const cause = ['name', 'kind', 'country'].find(
    (field) => values[field as keyof CustomerValues] !== undefined,
  );
  if (kindIsKnown && name !== undefined && cause !== undefined) {
    const checked = kind === CustomerKind.PERSON ? checkPersonName(name) : checkLegalName(name, { country });
    if (checked.problem) issues.push({ path: [...path, cause], ...checked.problem });
    else if (cause === 'name') values.name = checked.value;
  }

  const code =
    values.unifiedSocialCreditCode === undefined
      ? current?.unifiedSocialCreditCode
      : values.unifiedSocialCreditCode;
  if (kindIsKnown && code && country !== 'CN' && (values.unifiedSocialCreditCode || values.country)) {
    issues.push({
      path: [...path, values.unifiedSocialCreditCode ? 'unifiedSocialCreditCode' : 'country'],
      code: 'SOCIAL_CREDIT_CODE_COUNTRY',
      message:
        'Only a customer of mainland China has a unified social credit code. (仅中国内地客户有统一社会信用代码。)',
    });
  }
  return { values, issues };
}

/** A person's name: 2 to 100 characters with a letter among them. */
function checkPersonName(name: string): Checked<string> {
  const checked = checkText(name, { min: 2, max: 100 });
  if (checked.problem || /\p{L}/u.test(checked.value)) return checked;
  return refuse('PERSON_NAME_FORMAT', "Must be a person's name", '须为姓名');
}

/** A web address (http or https; https without a scheme), stored normalized by `URL`. Problem: WEBSITE_FORMAT. */
function checkWebsite(given: string): Checked<string> {
  const trimmed = plainText(given);
  const written = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url =
    trimmed.length <= 300 && !/\s/.test(trimmed) && URL.canParse(written) ? new URL(written) : undefined;
  const isWeb =
    url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password;
  if (isWeb && /^[^.]+(\.[^.]+)+$/.test(url.hostname)) {
    return accept(url.pathname === '/' && !url.search && !url.hash ? url.origin : url.href);
  }
  return refuse(
    'WEBSITE_FORMAT',
    'Must be a web address such as https://example.com',
    '须为网址，例如https://example.com',
  );
}
