import { accept, warn } from '../../core/validation/checked.ts';
import { checkOneOf } from '../../core/validation/code.ts';
import { checkBirthday, latestToday } from '../../core/validation/date.ts';
import { checkEmail } from '../../core/validation/email.ts';
import {
  type CheckOptions,
  type Checks,
  checkFields,
  defaulted,
  type Fields,
  optional,
  optionalText,
  requiredName,
} from '../../core/validation/fields.ts';
import { checkFlag } from '../../core/validation/number.ts';
import { checkExtension, checkMobile, readPhone } from '../../core/validation/phone.ts';
import { ContactRole, Gender, NumberFault } from './contact.table.ts';

/** The entry standards of a contact's fields, in a country, on a day and for the kind of its customer. */
export const contactRulesIn = (country: string, today: string, isOrganization = true) => {
  const options = { defaultCountry: country, service: isOrganization };
  return {
    name: requiredName(100),
    title: optionalText(100),
    department: optionalText(100),
    role: optional(checkOneOf(ContactRole)),
    phone: optional((value: string) => {
      const { value: phone, problem } = readPhone(value, options);
      return problem ? { problem } : accept(phone.number);
    }),
    phoneExtension: optional(checkExtension),
    mobile: optional((value: string) => checkMobile(value, { defaultCountry: country })),
    phoneFault: optional(checkOneOf(NumberFault)),
    mobileFault: optional(checkOneOf(NumberFault)),
    email: optional(checkEmail),
    wechat: optionalText(64),
    birthday: optional((value: string) => checkBirthday(value, { today })),
    gender: optional(checkOneOf(Gender)),
    household: optionalText(1000, { multiline: true }),
    preferences: optionalText(2000, { multiline: true }),
    notes: optionalText(2000, { multiline: true }),
    isPrimary: defaulted(checkFlag),
  };
};

/** The writable fields of a contact. Those of class special are not among them (PIPL: by consent only). */
type ContactFields = Fields<ReturnType<typeof contactRulesIn>>;

interface ContactCheckOptions extends CheckOptions {
  /** The customer's country (ISO 3166 alpha-2), which a phone number without a country code is taken to be of. */
  country: string;
  /** Whether the customer is an organization, which may have service numbers (95588); default true. */
  isOrganization?: boolean;
  /** For an update: the present values, used for fields that the input leaves out. */
  current?: { phone: string | null; phoneExtension: string | null } | undefined;
  now: Date;
}

/**
 * Checks a contact's fields against the entry standards (R63, R66, R67, AC-5) and reports every violation. An extension
 * written behind `phone` becomes `phoneExtension`; that of a number which is replaced goes with it.
 *
 * Problems: those of src/core/validation, VALUE_REQUIRED, PHONE_EXTENSION_TWICE for two different extensions,
 * PHONE_EXTENSION_ALONE for one without a phone.
 */
export function checkContact(
  given: ContactFields,
  { country, isOrganization = true, current, now, ...options }: ContactCheckOptions,
): Checks<ReturnType<typeof contactRulesIn>> {
  const rules = contactRulesIn(country, latestToday(now), isOrganization);
  const { input, moved } = withLandlineAsPhone(given, country, options);
  const { values, issues, warnings } = checkFields(rules, input, options);
  if (moved) warnings.push({ path: [...(options.path ?? []), 'mobile'], ...moved });
  const refuse = (code: string, message: string) =>
    issues.push({ path: [...(options.path ?? []), 'phoneExtension'], code, message });

  const written =
    values.phone && input.phone
      ? readPhone(input.phone, { defaultCountry: country, service: isOrganization }).value?.extension
      : undefined;
  if (written && values.phoneExtension && values.phoneExtension !== written) {
    refuse('PHONE_EXTENSION_TWICE', 'The phone has another extension already. (电话中已有不同的分机号。)');
  }
  const phone = values.phone === undefined ? current?.phone : values.phone;
  if (values.phoneExtension && !phone && !input.phone) {
    refuse('PHONE_EXTENSION_ALONE', 'An extension needs a phone. (填写分机号须同时填写电话。)');
  }
  if (written) values.phoneExtension = written;
  else if (values.phoneExtension === undefined && values.phone !== undefined && current?.phoneExtension) {
    if (values.phone !== current.phone) values.phoneExtension = null;
  }
  return { values, issues, warnings };
}

/** In a new contact, a landline number among the mobiles is its phone, if it has no other. */
function withLandlineAsPhone(given: ContactFields, country: string, { mode }: CheckOptions) {
  const { mobile, phone } = given;
  const isMoved =
    mode === 'create' &&
    mobile != null &&
    phone == null &&
    checkMobile(mobile, { defaultCountry: country }).problem?.code === 'MOBILE_LANDLINE';
  if (!isMoved) return { input: given, moved: undefined };
  return {
    input: { ...given, phone: mobile, mobile: undefined },
    moved: warn('MOBILE_LANDLINE', 'A landline number, entered as phone', '固定电话，已填入电话栏'),
  };
}
