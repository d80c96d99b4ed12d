import { getCountries, Metadata } from 'libphonenumber-js/max';
import { readPhone } from './phone.ts';
import { plainText } from './text.ts';
import { formsOf, type TextPatterns, type TextStandard } from './text-standard.ts';

/** How numbers are dialled inside one country. */
interface Numbering {
  callingCode: string;
  /** Dialled before a number inside the country and not part of it: 0 in 0755, 8 in Russia. */
  trunk: string | null;
  complete: RegExp;
}

/** The part of the metadata's interface that its types leave out. */
interface Plan {
  callingCode: () => string;
  nationalPrefix: () => string | undefined;
  nationalNumberPattern: () => string;
}

const numberings: readonly Numbering[] = getCountries().map((country) => {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const plan = (metadata as unknown as { numberingPlan: Plan }).numberingPlan;
  return {
    callingCode: plan.callingCode(),
    trunk: plan.nationalPrefix() ?? null,
    complete: new RegExp(`^(?:${plan.nationalNumberPattern()})$`),
  };
});
/** None begins with another. */
const callingCodes = [...new Set(numberings.map(({ callingCode }) => callingCode))];
const anyCallingCode = `^\\+(?:${callingCodes.join('|')})`;

/** What may follow a number: 转801, ext. 801, x801, #801. */
const extensionPattern = /(?<=\d\D*)(?:[转轉分内內x#*,;].*|ext.*)$/i;
/** No formatted number is longer; what is longer holds none. */
const maxTextLength = 60;

/** The digits of a number and whether its country is written; null if there are none. */
function digitsOf(written: string): { digits: string; isInternational: boolean; dialled: string } | null {
  const text = plainText(written.slice(0, 4 * maxTextLength)).replace(extensionPattern, '');
  const digits = text.replace(/\D/g, '');
  if (digits === '' || text.length > maxTextLength) return null;
  if (/^\D*\+/.test(text)) return { digits, isInternational: true, dialled: digits };
  const isPrefixed = /^00[1-9]/.test(digits);
  return { digits: isPrefixed ? digits.slice(2) : digits, isInternational: isPrefixed, dialled: digits };
}

/** Without the 0 that is often written between country and area: +86 (0)755. */
function withoutTrunk(digits: string): string {
  const code = callingCodes.find((one) => digits.startsWith(one)) ?? '';
  const rest = digits.slice(code.length);
  return code !== '' && rest.startsWith('0') && code !== '39' ? code + rest.slice(1) : digits;
}

/** A number as each country reads it that has such numbers: which is meant is decided by the file's country. */
function wholeForms(written: string): string[] {
  const found = digitsOf(written);
  if (!found) return [written];
  const { digits, isInternational } = found;
  if (isInternational) return formsOf(`+${digits}`, `+${withoutTrunk(digits)}`);
  const read = numberings.flatMap(({ callingCode, trunk, complete }) => {
    const local =
      trunk !== null && digits.startsWith(trunk) ? [digits, digits.slice(trunk.length)] : [digits];
    return local.filter((number) => complete.test(number)).map((number) => `+${callingCode}${number}`);
  });
  // What a Chinese reader makes of it (86 138… without a plus sign), and numbers stored as dialled (95588).
  const { value } = readPhone(digits, { defaultCountry: 'CN', service: true });
  return formsOf(...(value === undefined ? [] : [value.number]), ...read, digits);
}

/** The number before an extension, which is a field of its own, where it is a complete Chinese one: 0755-82345678-801. */
function withoutExtension(written: string): string {
  const { value } = readPhone(written, { defaultCountry: 'CN', service: true });
  return value && value.extension !== null ? value.number : written;
}

/**
 * A telephone number, stored as E.164 and written in any form: with or without country and area code, with spaces,
 * dashes, brackets, full-width digits or an extension. Of a number without its country, a part may have the 0 that is
 * dialled before the area code.
 */
export const phoneStandard: TextStandard = {
  stored: 'ONE_CASE',
  whole: (written) => wholeForms(withoutExtension(written)),
  beginning: (written) => {
    const found = digitsOf(withoutExtension(written));
    if (!found) return { begins: [written] };
    const { digits, isInternational } = found;
    if (isInternational) return { begins: formsOf(`+${digits}`, `+${withoutTrunk(digits)}`) };
    return { begins: [digits, `+${digits}`], matches: `${anyCallingCode}${digits.replace(/^0/, '')}` };
  },
  part: (written): TextPatterns => {
    const found = digitsOf(withoutExtension(written));
    if (!found) return { contains: [written] };
    const { digits, isInternational, dialled } = found;
    if (isInternational) {
      // 0013 may also be inside of a number.
      const inside = dialled === digits ? [] : [dialled];
      return { contains: formsOf(`+${digits}`, `+${withoutTrunk(digits)}`, ...inside) };
    }
    if (!digits.startsWith('0')) return { contains: [digits] };
    return { contains: [digits], matches: `${anyCallingCode}${digits.slice(1)}` };
  },
};
