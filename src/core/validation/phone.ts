// The "max" metadata has each country's full number patterns. The smaller builds know little more than lengths, and
// accept a Chinese mobile that starts with 12, or a missing area code, as a complete number.
import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type ValidatePhoneNumberLengthResult,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

/** How to read a number without a country code. */
export type PhoneOptions = {
  /** ISO 3166 alpha-2, e.g. 'CN'. If absent or unknown, only numbers with +86, 0086 and the like can be read. */
  defaultCountry?: string | null;
  /** Chinese service numbers of five or six digits (95588, 12306), which only organisations have; default false. */
  service?: boolean;
};

/** A telephone number and what is dialled after it. */
export type Phone = {
  /** E.164, or a service number as it is dialled. */
  number: string;
  extension: string | null;
};

// No formatted number is longer; also limits the parser's work.
const LONGEST_TEXT = 60;
// The plus sign and 15 digits (ITU-T E.164).
const LONGEST_E164 = 16;
const EXTENSION_WORD = '转接?|轉接?|分机号?|分機號?|内线|內線|extension|ext\\.?|x|#|\\*|,';
const EXTENSION = /^\d{1,8}$/;
/** A number with an extension behind a word or sign that says so: 转801, ext. 801, ;ext=801, *8001, (801). */
const STATED_EXTENSION = new RegExp(
  `^(.*\\d\\)?)\\s*(?:[,;(]?\\s*(?:${EXTENSION_WORD})\\s*[:=.]?|\\()\\s*(\\d{1,8})\\)?$`,
  'i',
);
/** A number with more digits behind a dash than it has: 0755-82345678-801. */
const DASHED_EXTENSION = /^(.*\d)\s*[-‐-―−]\s*(\d{1,6})$/;
const MASK = /[*•●×?_]|x{2,}/i;
/** Banks, insurers, carriers, railways, city services: 95588, 956000, 10086, 12306, 96110. */
const SERVICE_NUMBER = /^(?:\+86)?(10[01]\d{2}|12\d{3}|9[56]\d{3,4})$/;

/**
 * A complete telephone number (R63, AC-5), mobile or landline, without an extension, stored as E.164:
 * "+8613800138000".
 *
 * Problems: those of {@link readPhone}, PHONE_EXTENSION for a number with one.
 */
export function checkPhone(text: string, options: PhoneOptions = {}): Checked<string> {
  const { value, problem } = readPhone(text, options);
  if (problem) return { problem };
  if (value.extension === null) return accept(value.number);
  return refuse('PHONE_EXTENSION', 'This number has no extension here', '此栏的号码不能带分机号');
}

/**
 * A complete mobile number, as {@link checkPhone}. Problems: those of checkPhone, MOBILE_LANDLINE where the number is a
 * landline's; in some countries numbers do not show it.
 */
export function checkMobile(text: string, options: PhoneOptions = {}): Checked<string> {
  const checked = checkPhone(text, options);
  if (checked.problem || typeOf(checked.value) !== 'FIXED_LINE') return checked;
  return refuse(
    'MOBILE_LANDLINE',
    'This is a landline number; enter it as phone',
    '这是固定电话，请填入电话栏',
  );
}

/**
 * A complete telephone number with or without an extension (R63, AC-5), as people and exports write it: a protecting
 * apostrophe, brackets, dashes and the decimals of a spreadsheet are taken off.
 *
 * Problems: PHONE_FORMAT, PHONE_MASKED (138****5678), PHONE_INCOMPLETE ("138"), PHONE_TOO_LONG (often two numbers in
 * one field), PHONE_COUNTRY_MISSING, PHONE_NOT_IN_USE (plausible length, no such range; often the area code is
 * missing).
 */
export function readPhone(text: string, options: PhoneOptions = {}): Checked<Phone> {
  const plain = plainText(text);
  if (plain.length > LONGEST_TEXT) return refuseLength('TOO_LONG');
  const input = plain
    .replace(/^['‘’]/, '')
    .replace(/^tel:\s*/i, '')
    .replace(/^\(\s*(?:\+|00)(\d+)\s*\)/, '+$1')
    .replace(/^00(?=[1-9])/, '+')
    .replace(/^(\+?\d{7,})\.0+$/, '$1');
  const whole = readNumber(input, options);
  if (!whole.problem) return accept({ number: whole.value, extension: null });
  for (const form of [STATED_EXTENSION, DASHED_EXTENSION]) {
    const [, base, extension] = form.exec(input) ?? [];
    if (base === undefined || extension === undefined) continue;
    const { value } = readNumber(base, options);
    if (value !== undefined) return accept({ number: value, extension });
    // What is wrong with 138 in 138转801 says more than what is wrong with the whole.
    if (form === STATED_EXTENSION && !MASK.test(input)) return readNumber(base, options) as Checked<never>;
  }
  if (/\d/.test(input) && MASK.test(input)) {
    return refuse('PHONE_MASKED', 'Every digit must be written out', '号码不得省略或遮盖');
  }
  return whole;
}

/** An extension: 1 to 8 digits, stored without the word or sign before them. Problem: PHONE_EXTENSION_FORMAT. */
export function checkExtension(text: string): Checked<string> {
  const value = plainText(text).replace(new RegExp(`^(?:-|${EXTENSION_WORD})\\s*[:=.]?\\s*`, 'i'), '');
  if (EXTENSION.test(value)) return accept(value);
  return refuse('PHONE_EXTENSION_FORMAT', 'An extension has 1 to 8 digits', '分机号须为1至8位数字');
}

/** Parsing a number takes longer than all other checks of a contact, several of which are of the same one. */
function rememberLast<Args extends readonly unknown[], Result>(read: (...args: Args) => Result) {
  let last: { args: Args; result: Result } | undefined;
  return (...args: Args): Result => {
    if (!last?.args.every((arg, i) => arg === args[i])) last = { args, result: read(...args) };
    return last.result;
  };
}

const typeOf = rememberLast((number: string) => parsePhoneNumberFromString(number)?.getType());

const readNumber = (input: string, { defaultCountry, service = false }: PhoneOptions): Checked<string> =>
  parseNumber(input, defaultCountry ?? null, service);

const parseNumber = rememberLast(readNumberIn);

function readNumberIn(input: string, defaultCountry: string | null, service: boolean): Checked<string> {
  const country = defaultCountry && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const [, dialled] = SERVICE_NUMBER.exec(input.replace(/[\s-]/g, '')) ?? [];
  if (service && dialled !== undefined && (country === 'CN' || input.startsWith('+86')))
    return accept(dialled);
  const lengthProblem = validatePhoneNumberLength(input, country);
  if (lengthProblem) return refuseLength(lengthProblem);
  // Without `extract: false` the parser would extract a number from any sentence.
  const phone = parsePhoneNumberFromString(input, { defaultCountry: country, extract: false });
  // Whatever the parser takes for an extension is read by the caller.
  if (phone?.ext) return refuseLength('TOO_LONG');
  if (!phone?.isValid()) {
    return refuse(
      'PHONE_NOT_IN_USE',
      'No such number is in use, or its area code is missing',
      '号段不存在或缺少区号',
    );
  }
  // The metadata accepts German numbers of 16 digits.
  if (phone.number.length > LONGEST_E164) return refuseLength('TOO_LONG');
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
