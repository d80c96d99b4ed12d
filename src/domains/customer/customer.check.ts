import type { Issue } from '../../core/errors.ts';
import { accept, type Checked, refuse, warn } from '../../core/validation/checked.ts';
import { checkCountry, checkOneOf } from '../../core/validation/code.ts';
import { checkPastDate } from '../../core/validation/date.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  defaulted,
  type Fields,
  missing,
  optional,
  optionalName,
  optionalText,
  type Values,
} from '../../core/validation/fields.ts';
import { industryNamed } from '../../core/validation/industry.ts';
import {
  checkEmails,
  checkExternalKeys,
  checkNames,
  checkPhones,
  type PhoneItem,
} from '../../core/validation/labelled-list.ts';
import { checkLegalName } from '../../core/validation/legal-name.ts';
import { checkName } from '../../core/validation/name.ts';
import { checkMoney, checkWhole } from '../../core/validation/number.ts';
import { checkPhone } from '../../core/validation/phone.ts';
import { checkPremises } from '../../core/validation/premises.ts';
import { checkSocialCreditCode } from '../../core/validation/social-credit-code.ts';
import { checkText, plainText } from '../../core/validation/text.ts';
import { checkWebsite } from '../../core/validation/website.ts';
import {
  CompanySize,
  CreditGrade,
  CustomerImportance,
  CustomerKind,
  CustomerNature,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  CustomerType,
  Region,
} from './customer.table.ts';
import { checkPostalCode, completePlace, type PlaceValues } from './place.check.ts';

/** The rules for a file in a country at a moment; they depend on no other field of it. */
const rulesIn = (country: string, now: Date) => ({
  kind: defaulted(checkOneOf(CustomerKind)),
  customerType: optional(checkOneOf(CustomerType)),
  importance: optional(checkOneOf(CustomerImportance)),
  routeOrder: optional((value: number | string) => checkWhole(value, { min: 1, max: 9_999 })),
  nature: optional(checkOneOf(CustomerNature)),
  // Only the length is checked here; presence and the standard for the file's kind and stage are applied below.
  name: optionalText(200),
  shortName: optionalName(60),
  nameEnglish: optionalText(200),
  formerNames: optional(checkNames),
  unifiedSocialCreditCode: optional(checkSocialCreditCode),
  legalRepresentative: optionalName(100),
  foundedOn: optional((text: string) => checkPastDate(text, { now })),
  registeredCapital: optional(checkMoney),
  businessScope: optionalText(4000, { multiline: true }),
  employeeCount: optional((value: number | string) => checkWhole(value, { min: 0, max: 10_000_000 })),
  annualRevenue: optional(checkMoney),
  industry: optional(checkIndustry),
  region: optional(checkOneOf(Region)),
  country: defaulted(checkCountry),
  province: optionalText(50),
  city: optionalText(50),
  address: optionalText(300, { multiline: true }),
  postalCode: optional((text: string) => checkPostalCode(text, country)),
  registeredAddress: optionalText(300, { multiline: true }),
  officeAddress: optionalText(300, { multiline: true }),
  premises: optional(checkPremises),
  phones: optional((given: readonly PhoneItem[] | string) =>
    checkPhones(given, { defaultCountry: country, service: true }),
  ),
  emails: optional(checkEmails),
  fax: optional((text: string) => checkPhone(text, { defaultCountry: country, service: true })),
  website: optional(checkWebsite),
  size: optional(checkOneOf(CompanySize)),
  openedOn: optional((text: string) => checkPastDate(text, { now })),
  stage: defaulted(checkOneOf(CustomerStage)),
  // Which reasons there are, and which stage follows which, the settings say: stage.service.ts.
  lostReason: optionalText(60),
  tier: optional(checkOneOf(CustomerTier)),
  creditGrade: optional(checkOneOf(CreditGrade)),
  creditLimit: optional(checkMoney),
  source: optional(checkOneOf(CustomerSource)),
  sourceDetail: optionalText(200),
  notes: optionalText(4000, { multiline: true }),
  externalKeys: optional(checkExternalKeys),
});

type CustomerRules = ReturnType<typeof rulesIn>;

/** The fields that clients and imports can set, with rules of some country and day. */
export const customerRules = rulesIn('CN', new Date(0));
export const customerFieldNames = Object.keys(customerRules);

/** The writable fields of a customer file, for clients and imports alike. */
export type CustomerFields = Fields<CustomerRules>;
/** Codes follow from names. */
export type CustomerValues = Values<CustomerRules> & PlaceValues & { industryCode?: string | null };

/** What came of the fields of one input, by the country whose rules were applied; begins empty. */
export type RepeatedCheck = Map<string, { fields: CustomerRules; known: Map<string, Checked<unknown>> }>;

export interface CustomerCheckOptions extends Omit<CheckOptions, 'known'> {
  /** Where the same input is held against many files: its fields are read once for each country, not for each file. */
  repeated?: RepeatedCheck;
  /** Default: the present. */
  now?: Date;
  /** For an update: the present values, used for fields that the input leaves out. */
  current?: {
    kind: CustomerKind;
    nature?: CustomerNature | null;
    country: string;
    name: string | null;
    shortName: string | null;
    legalRepresentative?: string | null;
    stage: CustomerStage;
    unifiedSocialCreditCode: string | null;
  } & PlaceValues;
  /** What becomes of a name that is no full legal name; default REFUSE. */
  nameStandard?: 'REFUSE' | 'WARN' | 'OFF';
}

/**
 * Checks a customer's fields against the entry standards (R62, R66, R67, AC-5) and reports every violation.
 *
 * A file has a name or, until it is won, at least a short name. A sole proprietor (个体工商户) without a name of its own
 * goes by that of its operator. A text that the file has already is left alone, except where the country changes.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, NAME_NEEDED for a won file without a name, and
 * SOCIAL_CREDIT_CODE_COUNTRY for a code on a file outside mainland China. Warnings: LEGAL_NAME_UNSURE, NAME_MISSING from
 * INTENT on.
 */
export function checkCustomer(
  input: CustomerFields,
  options: CustomerCheckOptions,
): Omit<Checks<CustomerRules>, 'values'> & { values: CustomerValues } {
  const { path = [], current, now = new Date(), nameStandard = 'REFUSE' } = options;
  const given = input.country ? checkCountry(input.country).value : undefined;
  const isElsewhere = given !== undefined && given !== current?.country;
  const unchanged = current && !isElsewhere ? unchangedTexts(input, current) : {};
  const meant = without(input, unchanged);
  const rules = rulesOf(given ?? current?.country ?? 'CN', now, options.repeated);
  const checked = checkFields(rules.fields, meant, { ...options, known: rules.known });
  const { issues, warnings } = checked;
  const values: CustomerValues = checked.values;
  const kind = values.kind ?? current?.kind ?? CustomerKind.ORGANIZATION;
  const country = values.country ?? current?.country ?? 'CN';
  // An invalid kind or country has its own issue; issues that only follow from it would be noise.
  const kindIsKnown = !issues.some(({ path: [...at] }) => at.at(-1) === 'kind' || at.at(-1) === 'country');

  const operator = operatorOf(values, current);
  if (operator && !(values.name === undefined ? current?.name : values.name)) values.name = operator;
  const name = values.name === undefined ? current?.name : values.name;
  const isPerson = kind === CustomerKind.PERSON || (operator !== undefined && name === operator);
  const leavesOperator = current?.nature === CustomerNature.SOLE_PROPRIETOR && !isPerson;
  const cause = ['name', 'kind', 'country', ...(leavesOperator ? ['nature'] : [])].find(
    (field) => values[field as keyof CustomerValues] !== undefined,
  );
  if (kindIsKnown && name && cause !== undefined) {
    const named = isPerson ? checkPersonName(name) : checkNameOfUnit(name, { country, nameStandard });
    if (named.problem) issues.push({ path: [...path, cause], ...named.problem });
    else if (cause === 'name') values.name = named.value;
    if (named.warning) warnings.push({ path: [...path, cause], ...named.warning });
  }
  const hasWrongName = issues.some(({ path: [...at] }) => at.at(-1) === 'name' || at.at(-1) === 'shortName');
  if (!name && !hasWrongName) checkNameless(values, options, { issues, warnings });

  if (values.industry !== undefined) {
    values.industryCode = values.industry === null ? null : (industryNamed(values.industry)?.code ?? null);
  }
  warnings.push(...completePlace(values, { path: [...path], country, current }));

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
  return { values: { ...values, ...unchanged }, issues, warnings };
}

function rulesOf(
  country: string,
  now: Date,
  repeated: RepeatedCheck = new Map(),
): { fields: CustomerRules; known: Map<string, Checked<unknown>> } {
  const found = repeated.get(country) ?? { fields: rulesIn(country, now), known: new Map() };
  repeated.set(country, found);
  return found;
}

/**
 * The texts of an input that a file has already. They are left as they are stored, so that a form or an export that is sent
 * back whole changes nothing in a value that was entered before a standard gave it another form.
 */
const unchangedTexts = (input: CustomerFields, current: object): Partial<CustomerValues> =>
  Object.fromEntries(
    Object.entries(input).filter(
      ([field, value]) => typeof value === 'string' && value === current[field as keyof typeof current],
    ),
  );

const without = (input: CustomerFields, fields: object): CustomerFields =>
  Object.fromEntries(Object.entries(input).filter(([field]) => !(field in fields)));

/** Fields that are read with the country of their file. */
const readByCountry = ['phones', 'fax', 'postalCode'];

/** What is wrong with a change of many files, whichever they are; the rest shows with each file. */
export function patchIssues(input: CustomerFields, path: Issue['path'], now: Date): Issue[] {
  const country = input.country ? checkCountry(input.country).value : undefined;
  const { issues } = checkFields(rulesIn(country ?? 'CN', now), input, { mode: 'update', path });
  const isOfFile = ({ path: at }: Issue) => !country && readByCountry.includes(String(at[path.length]));
  return issues.filter((issue) => !isOfFile(issue));
}

/** Who runs the business of a sole proprietor; undefined where it is none, or nothing of this is written. */
function operatorOf(values: CustomerValues, current: CustomerCheckOptions['current']): string | undefined {
  const { nature, legalRepresentative } = { ...current, ...defined(values) };
  const isNamed = [values.name, values.nature, values.legalRepresentative].some((one) => one !== undefined);
  return isNamed && nature === CustomerNature.SOLE_PROPRIETOR
    ? (legalRepresentative ?? undefined)
    : undefined;
}

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** The full legal name, or what the organisation takes in its place. */
function checkNameOfUnit(
  name: string,
  { country, nameStandard }: Required<Pick<CustomerCheckOptions, 'nameStandard'>> & { country: string },
): Checked<string> {
  const named = checkLegalName(name, { country });
  if (nameStandard === 'REFUSE' || (!named.problem && !named.warning)) return named;
  const taken = checkText(plainText(name), { min: 2, max: 200 });
  if (taken.problem) return taken;
  return accept(
    named.value ?? taken.value,
    nameStandard === 'WARN' ? (named.problem ?? named.warning) : undefined,
  );
}

/** What a file without a full name needs: a short name, and the name itself once the file is won. */
function checkNameless(
  values: CustomerValues,
  { path = [], current }: CustomerCheckOptions,
  { issues, warnings }: Pick<Checks<CustomerRules>, 'issues' | 'warnings'>,
): void {
  const shortName = values.shortName === undefined ? current?.shortName : values.shortName;
  const isCleared = current && values.name === undefined && values.shortName === null;
  if (!shortName) issues.push(missing([...path, isCleared ? 'shortName' : 'name']));
  const stage = values.stage ?? current?.stage ?? CustomerStage.POTENTIAL;
  if (stage === CustomerStage.WON) {
    issues.push({ path: [...path, values.stage ? 'stage' : 'name'], ...nameNeeded });
  } else if (stage === CustomerStage.INTENT && (values.stage || values.name === null || !current)) {
    const warning = warn('NAME_MISSING', 'The full name is still missing', '尚未填写企业全称');
    warnings.push({ path: [...path, 'name'], ...warning });
  }
}

/** A customer that is won is known by its full name. */
export const nameNeeded = warn(
  'NAME_NEEDED',
  'A customer is won under its full name; fill it in first',
  '成交客户须先填写企业全称',
);

/** An industry by the name it has in GB/T 4754, if it is one of it. Problems: those of checkText. */
function checkIndustry(text: string): Checked<string> {
  const named = industryNamed(text);
  return named ? accept(named.name) : checkText(text, { max: 100 });
}

/** A person's name: 2 to 100 characters with a letter among them. */
function checkPersonName(name: string): Checked<string> {
  const checked = checkName(name, { min: 2, max: 100 });
  if (checked.problem || /\p{L}/u.test(checked.value)) return checked;
  return refuse('PERSON_NAME_FORMAT', "Must be a person's name", '须为姓名');
}
