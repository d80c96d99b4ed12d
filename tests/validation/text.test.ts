import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCountry } from '../../src/core/validation/code.ts';
import { checkDate } from '../../src/core/validation/date.ts';
import { checkEmail } from '../../src/core/validation/email.ts';
import { checkLegalName } from '../../src/core/validation/legal-name.ts';
import { checkMoney } from '../../src/core/validation/number.ts';
import { checkPhone } from '../../src/core/validation/phone.ts';
import { checkSocialCreditCode } from '../../src/core/validation/social-credit-code.ts';
import { checkText } from '../../src/core/validation/text.ts';

describe('a text', () => {
  it('is trimmed, ideographic spaces and byte order marks included', () => {
    expect(checkText('\uFEFF\u3000 李雷 \n', { max: 10 })).toEqual({ value: '李雷' });
  });

  it('is NFC, and keeps full-width punctuation and circled figures', () => {
    expect(checkText('Cafe\u0301 ①，㎡', { max: 20 })).toEqual({ value: 'Caf\u00E9 ①，㎡' });
  });

  it('counts characters, not UTF-16 units', () => {
    expect(checkText('𠮷野家', { min: 3, max: 3 })).toEqual({ value: '𠮷野家' });
    expect(checkText('😀😀', { max: 1 }).problem?.code).toBe('TEXT_TOO_LONG');
    expect(checkText('𠮷', { min: 2, max: 3 }).problem?.code).toBe('TEXT_TOO_SHORT');
  });

  it('may be empty only where no minimum is set', () => {
    expect(checkText('  ', { max: 5 })).toEqual({ value: '' });
    expect(checkText('  ', { min: 1, max: 5 }).problem).toEqual({
      code: 'TEXT_REQUIRED',
      message: 'Must not be empty. (不能为空。)',
    });
  });

  it.each(['a\0b', 'a\u0007b', 'a\u001Bb', 'a\uD800b'])(
    '%j is refused: it has a control character',
    (text) => {
      for (const multiline of [false, true])
        expect(checkText(text, { max: 10, multiline }).problem?.code).toBe('TEXT_CONTROL_CHARACTER');
    },
  );

  it.each(['a\nb', 'a\r\nb', 'a\tb', 'a\u2028b', 'a\u0085b', 'a\vb', 'a \n\t b', 'a\u3000b'])(
    '%j is one line with one space',
    (text) => {
      expect(checkText(text, { max: 10 })).toEqual({ value: 'a b' });
    },
  );

  it.each([
    '\u00AD',
    '\u061C',
    '\u200B',
    '\u200E',
    '\u200F',
    '\u202A',
    '\u202E',
    '\u2066',
    '\u2069',
    '\uFEFF',
    '\u200D',
  ])('loses the mark %j that nobody sees, wherever it stands', (mark) => {
    for (const multiline of [false, true])
      expect(checkText(`${mark}万${mark}科${mark}`, { max: 10, multiline })).toEqual({ value: '万科' });
    expect(checkCountry(`C${mark}N`)).toEqual({ value: 'CN' });
    expect(checkEmail(`li${mark}@example.com${mark}`)).toEqual({ value: 'li@example.com' });
    expect(checkDate(`${mark}2024-03-15`)).toEqual({ value: '2024-03-15' });
    expect(checkMoney(`${mark}1,234.50`)).toEqual({ value: '1234.50' });
    expect(checkPhone(`${mark}138${mark}00138000`, { defaultCountry: 'CN' })).toEqual({
      value: '+8613800138000',
    });
    expect(checkSocialCreditCode(`91110000${mark}802100433B`)).toEqual({ value: '91110000802100433B' });
    expect(checkLegalName(`北京${mark}信息技术股份有限公司`)).toEqual({ value: '北京信息技术股份有限公司' });
  });

  it.each([
    '#N/A',
    '#REF!',
    '#DIV/0!',
    'NaN',
    'null',
    'NULL',
    'None',
    'undefined',
    'n/a',
    '\\N',
    '[object Object]',
    'Test',
    '????',
  ])('%s stands for nothing and is refused, in long texts too', (text) => {
    for (const multiline of [false, true])
      expect(checkText(text, { max: 20, multiline }).problem?.code).toBe('TEXT_PLACEHOLDER');
  });

  it('may mention what it may not be, and may contain a “?”', () => {
    for (const text of ['报表里出现了 #REF! 和 NaN，请核对', '可以吗?要三台', '他说"好"'])
      expect(checkText(text, { max: 40, multiline: true })).toEqual({ value: text });
    for (const text of ['Test GmbH', 'Nonesuch', '客户问:可以吗?', "Peter's"])
      expect(checkText(text, { max: 40 })).toEqual({ value: text });
  });

  it.each(['众?N集团', 'caf\uFFFD', '锟斤拷', 'MÃ¼ller', 'itâ€™s'])(
    '%s was garbled and is refused',
    (text) => {
      expect(checkText(text, { max: 20 }).problem?.code).toBe('TEXT_GARBLED');
    },
  );

  it.each(['"x"', "'张三'", '="00123"'])('%s has quotation marks left over and is refused', (text) => {
    expect(checkText(text, { max: 20 }).problem?.code).toBe('TEXT_QUOTED');
  });

  it('keeps its lines where it is multiline, with one kind of line end and spaces for tabs', () => {
    expect(checkText('a\r\nb\rc\td', { max: 10, multiline: true })).toEqual({ value: 'a\nb\nc d' });
  });

  it('keeps the joiners that emoji, Persian and Indic scripts need', () => {
    for (const text of ['👩\u200D💻', 'می\u200Cخواهم', 'क्\u200Dष'])
      expect(checkText(text, { max: 10 })).toEqual({ value: text });
  });

  it('comes back unchanged when read again', () => {
    // fast-check's own unit of this kind takes a second to make.
    const unit = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 50 }), fc.boolean(), (text, multiline) => {
        const { value } = checkText(text, { max: 100, multiline });
        if (value !== undefined) expect(checkText(value, { max: 100, multiline })).toEqual({ value });
      }),
    );
  });
});
