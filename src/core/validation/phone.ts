// The "max" metadata has each country's full number patterns. The smaller builds know little more than lengths, and
// accept a Chinese mobile that starts with 12, or a missing area code, as a complete number.
import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type ValidatePhoneNumberLengthResult,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import { accept, type Checked, refuse } from './checked.ts';

/** How to read a number without a country code. */
export type PhoneOptions = {
  /** ISO 3166 alpha-2, e.g. 'CN'. If absent or unknown, only numbers with +86, 0086 and the like can be read. */
  defaultCountry?: string | null;
};

// No formatted number is longer; also limits the parser's work.
const LONGEST_TEXT = 60;
// The plus sign and 15 digits (ITU-T E.164).
const LONGEST_E164 = 16;
const CHINESE_EXTENSION = /\s*(?:转接?|轉接?|分机号?|分機號?|内线|內線)\s*:?\s*(?=\d)/;
const MASK = /[*•●×?_]|x{2,}/i;

/**
 * A complete telephone number (R63, AC-5), mobile or landline, stored as E.164: "+8613800138000".
 *
 * E.164 has no extension, and cutting one off would lose what was entered. A number with one (ext. 801, 转801, 分机801) is
 * refused with its own code, so that the user moves it to the notes and an import reports it in full. Short numbers
 * that work only inside one country (95588, 110) are refused as incomplete.
 *
 * Problems: PHONE_FORMAT, PHONE_MASKED (138****5678), PHONE_INCOMPLETE ("138"), PHONE_TOO_LONG (often two numbers in
 * one field), PHONE_EXTENSION, PHONE_COUNTRY_MISSING, PHONE_NOT_IN_USE (plausible length, no such range; often the area
 * code is missing).
 */
export function checkPhone(text: string, { defaultCountry }: PhoneOptions = {}): Checked<string> {
  const plain = text.normalize('NFKC').trim();
  if (plain.length > LONGEST_TEXT) return refuseLength('TOO_LONG');
  const input = plain
    .replace(CHINESE_EXTENSION, ' ext. ')
    .replace(/^tel:/i, '')
    .replace(/^00(?=[1-9])/, '+');
  if (/\d/.test(input) && MASK.test(input)) {
    return refuse('PHONE_MASKED', 'Every digit must be written out', '号码不得省略或遮盖');
  }
  const country = defaultCountry && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const lengthProblem = validatePhoneNumberLength(input, country);
  if (lengthProblem) return refuseLength(lengthProblem);
  // Without `extract: false` the parser would extract a number from any sentence.
  const phone = parsePhoneNumberFromString(input, { defaultCountry: country, extract: false });
  if (!phone?.isValid()) {
    return refuse(
      'PHONE_NOT_IN_USE',
      'No such number is in use, or its area code is missing',
      '号段不存在或缺少区号',
    );
  }
  // The metadata accepts German numbers of 16 digits.
  if (phone.number.length > LONGEST_E164) return refuseLength('TOO_LONG');
  if (phone.ext) return refuse('PHONE_EXTENSION', 'Put the extension in the notes', '请将分机号写入备注');
  return accept(phone.number);
}

function refuseLength(problem: ValidatePhoneNumberLengthResult): Checked<never> {
  switch (problem) {
    case 'TOO_SHORT':
      return refuse('PHONE_INCOMPLETE', 'The number is incomplete', '号码不完整');
    case 'TOO_LONG':
      return refuse(
        'PHONE_TOO_LONG',
        'The number is too long: one number per field',
        '号码过长，每栏只填一个号码',
      );
    case 'INVALID_COUNTRY':
      return refuse(
        'PHONE_COUNTRY_MISSING',
        'Start the number with its country, e.g. +86',
        '请注明国家代码，例如+86',
      );
    default:
      return refuse('PHONE_FORMAT', 'Must be a telephone number such as +86 10 6505 2255', '须为电话号码');
  }
}
