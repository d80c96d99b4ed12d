import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkSocialCreditCode,
  socialCreditCheckCharacter,
} from '../../src/core/validation/social-credit-code.ts';

const ALPHABET = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'];
const DIGITS = ALPHABET.slice(0, 10);

const letter = fc.constantFrom(...ALPHABET);
const code = fc
  .tuple(
    fc.array(letter, { minLength: 2, maxLength: 2 }),
    fc.array(fc.constantFrom(...DIGITS), { minLength: 6, maxLength: 6 }),
    fc.array(letter, { minLength: 9, maxLength: 9 }),
  )
  .map((parts) => parts.flat().join(''))
  .map((body) => body + socialCreditCheckCharacter(body));

describe('a unified social credit code', () => {
  it.each([
    ['91440300708461136T', '腾讯计算机'],
    ['914403001922038216', '华为技术'],
    ['91440300192181490G', '万科'],
    ['91330100799655058B', '阿里巴巴(中国)'],
    ['91110000802100433B', '百度在线'],
    ['91110108551385082Q', '小米科技'],
    ['12100000400000624D', '北京大学'],
  ])('%s of %s is accepted', (text) => {
    expect(checkSocialCreditCode(text)).toEqual({ value: text });
  });

  it('is stored in capitals, without spaces, in plain characters', () => {
    expect(checkSocialCreditCode(' ９１４４０３００ 7084 61136t ')).toEqual({ value: '91440300708461136T' });
  });

  it.each([
    '',
    '91440300708461136',
    '91440300708461136TT',
    '9144030070846I136T',
    '9144A300708461136T',
    '440301103097413',
  ])('%j has not the form', (text) => {
    expect(checkSocialCreditCode(text).problem?.code).toBe('SOCIAL_CREDIT_CODE_FORMAT');
  });

  it('is refused with any single character wrong', () => {
    fc.assert(
      fc.property(code, fc.nat(17), letter, (right, place, wrong) => {
        fc.pre(right[place] !== wrong);
        expect(checkSocialCreditCode(right).value).toBe(right);
        expect(
          checkSocialCreditCode(right.slice(0, place) + wrong + right.slice(place + 1)).problem,
        ).toBeDefined();
      }),
    );
  });

  it('is refused with any two characters exchanged', () => {
    fc.assert(
      fc.property(code, fc.nat(16), fc.nat(16), (right, one, other) => {
        fc.pre(right[one] !== right[other]);
        const characters = [...right];
        [characters[one], characters[other]] = [right.charAt(other), right.charAt(one)];
        expect(checkSocialCreditCode(characters.join('')).problem).toBeDefined();
      }),
    );
  });
});
