import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it.each(['a\0b', 'a\u0007b', 'a\nb', 'a\tb', 'a\u2028b', 'a\u202Eb', 'a\uD800b', 'a\u0085b'])(
    '%j is refused: it holds what no line may hold',
    (text) => {
      expect(checkText(text, { max: 10 }).problem?.code).toBe('TEXT_CONTROL_CHARACTER');
    },
  );

  it('may have lines and tabs where it is multiline, with one kind of line end', () => {
    expect(checkText('a\r\nb\rc\td', { max: 10, multiline: true })).toEqual({ value: 'a\nb\nc\td' });
    expect(checkText('a\0b', { max: 10, multiline: true }).problem?.code).toBe('TEXT_CONTROL_CHARACTER');
  });

  it('loses zero-width spaces, and keeps the joiners that emoji and Indic scripts need', () => {
    expect(checkText('万\u200B科', { max: 10 })).toEqual({ value: '万科' });
    expect(checkText('👩\u200D💻', { max: 10 })).toEqual({ value: '👩\u200D💻' });
  });

  it('comes back unchanged when read again', () => {
    // fast-check's own unit of this kind takes a second to make.
    const unit = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 50 }), (text) => {
        const { value } = checkText(text, { max: 100, multiline: true });
        if (value !== undefined) expect(checkText(value, { max: 100, multiline: true })).toEqual({ value });
      }),
    );
  });
});
