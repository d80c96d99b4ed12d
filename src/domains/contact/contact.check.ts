import type { Issue } from '../../core/errors.ts';
import { checkOneOf } from '../../core/validation/code.ts';
import { checkBirthday } from '../../core/validation/date.ts';
import { checkEmail } from '../../core/validation/email.ts';
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
import { checkFlag } from '../../core/validation/number.ts';
import { checkPhone } from '../../core/validation/phone.ts';
import { ContactRole, Gender } from './contact.table.ts';

/** The entry standards of a contact's fields, in a country and on a day. */
export const contactRulesIn = (country: string, today: string) => {
  const phone = optional((value: string) => checkPhone(value, { defaultCountry: country }));
  return {
    name: requiredText(100),
    title: optionalText(100),
    department: optionalText(100),
    role: optional(checkOneOf(ContactRole)),
    phone,
    mobile: phone,
    email: optional(checkEmail),
    wechat: optionalText(64),
    birthday: optional((value: string) => checkBirthday(value, { today })),
    gender: optional(checkOneOf(Gender)),
    household: optionalText(1000, { multiline: true }),
    preferences: optionalText(2000, { multiline: true }),
    isPrimary: defaulted(checkFlag),
  };
};

/** The writable fields of a contact. Those of class special are not among them (PIPL: by consent only). */
type ContactFields = Fields<ReturnType<typeof contactRulesIn>>;
type ContactValues = Values<ReturnType<typeof contactRulesIn>>;

interface ContactCheckOptions extends CheckOptions {
  /** The customer's country (ISO 3166 alpha-2), which a phone number without a country code is taken to be of. */
  country: string;
  now: Date;
}

/** Checks a contact's fields against the entry standards (R63, R66, R67, AC-5) and reports every violation. */
export function checkContact(
  input: ContactFields,
  { country, now, ...options }: ContactCheckOptions,
): { values: ContactValues; issues: Issue[] } {
  return checkFields(contactRulesIn(country, latestToday(now)), input, options);
}

/** Today in the earliest time zone (UTC+14): a birthday after it is in the future everywhere. */
const latestToday = (now: Date): string =>
  new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
