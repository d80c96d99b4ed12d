import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

// Digits, then letters without I, O, S, V, Z, which are mistaken for 1, 0, 5, U, 2. The index of a character is its
// value.
const codeAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
// Of the whole code, of its region or of the organisation's own code: nobody has these.
const unissuedPattern = /^(.)\1{16}|^..0{6}|^.{8}(.)\2{8}/;
const shapePattern = /^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/;

/**
 * A unified social credit code (统一社会信用代码, GB 32100-2015; R66): 18 characters, upper case, no spaces.
 *
 * Positions 1–2 are the registering body and kind, 3–8 the region in digits, 9–17 the organisation's own code, 18 the
 * check character. The check character alone detects every single wrong character and every exchange of two: 31 is
 * prime and all weights differ. The organisation code inside has its own check digit (GB 11714), which is deliberately
 * not checked: it could detect no such error that the outer one misses, and would refuse issued codes whose inner part
 * does not follow that standard.
 *
 * Problems: SOCIAL_CREDIT_CODE_FORMAT, SOCIAL_CREDIT_CODE_CHECK, SOCIAL_CREDIT_CODE_UNISSUED (000000000000000000).
 */
export function checkSocialCreditCode(text: string): Checked<string> {
  const value = plainText(text).replaceAll(' ', '').toUpperCase();
  if (!shapePattern.test(value)) {
    return refuse(
      'SOCIAL_CREDIT_CODE_FORMAT',
      'Must have 18 digits and capital letters other than I, O, S, V, Z, with digits in places 3 to 8',
      '须为18位数字或大写字母(不含I、O、S、V、Z)，第3至8位为数字',
    );
  }
  if (unissuedPattern.test(value)) {
    return refuse(
      'SOCIAL_CREDIT_CODE_UNISSUED',
      'No organisation has this code',
      '不存在这样的统一社会信用代码',
    );
  }
  if (value[17] !== socialCreditCheckCharacter(value)) {
    return refuse(
      'SOCIAL_CREDIT_CODE_CHECK',
      'The check character does not match: a character is wrong or two are exchanged',
      '校验码不符，请核对是否有误',
    );
  }
  return accept(value);
}

/** The 18th character for the first 17 (more are ignored), which must be from the code's alphabet. */
export function socialCreditCheckCharacter(code: string): string {
  let sum = 0;
  let weight = 1;
  for (const character of code.slice(0, 17)) {
    sum += codeAlphabet.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return codeAlphabet.charAt((31 - (sum % 31)) % 31);
}
