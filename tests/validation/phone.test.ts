import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkExtension, checkPhone, readPhone } from '../../src/core/validation/phone.ts';

const CHINA = { defaultCountry: 'CN' };

describe('a telephone number', () => {
  it.each([
    ['13800138000', '+8613800138000'],
    ['138 0013 8000', '+8613800138000'],
    ['１３８００１３８０００', '+8613800138000'],
    ['+86 138-0013-8000', '+8613800138000'],
    ['＋８６13800138000', '+8613800138000'],
    ['008613800138000', '+8613800138000'],
    ['8613800138000', '+8613800138000'],
    ['010-12345678', '+861012345678'],
    ['（0755）2655 5555', '+8675526555555'],
    ['+86 (0)10 12345678', '+861012345678'],
    ['tel:+86-10-12345678', '+861012345678'],
    ['400-800-8888', '+864008008888'],
    ['800-810-8888', '+868008108888'],
    ['+44 20 7946 0958', '+442079460958'],
    ["'+8613800138000", '+8613800138000'],
    ["'+86 138 0013 8000", '+8613800138000'],
    ['(+86)13800138000', '+8613800138000'],
    ['（0086）13800138000', '+8613800138000'],
    ['86-755-26555555', '+8675526555555'],
    ['13800138000.0', '+8613800138000'],
    ['0044 20 7946 0958', '+442079460958'],
  ])('%s is stored as %s', (text, value) => {
    expect(checkPhone(text, CHINA)).toEqual({ value });
  });

  it.each([
    ['138', 'PHONE_INCOMPLETE'],
    ['95588', 'PHONE_INCOMPLETE'],
    ['1380013800', 'PHONE_NOT_IN_USE'],
    ['12345678', 'PHONE_NOT_IN_USE'],
    ['12000138000', 'PHONE_NOT_IN_USE'],
    ['138****5678', 'PHONE_MASKED'],
    ['138xxxx5678', 'PHONE_MASKED'],
    ['010-12345678 转 801', 'PHONE_EXTENSION'],
    ['010-12345678转801', 'PHONE_EXTENSION'],
    ['010-12345678 分机：801', 'PHONE_EXTENSION'],
    ['010-12345678 ext. 801', 'PHONE_EXTENSION'],
    ['010-12345678 x801', 'PHONE_EXTENSION'],
    ['010-12345678-801', 'PHONE_EXTENSION'],
    ['138转801', 'PHONE_INCOMPLETE'],
    ['138*5678', 'PHONE_MASKED'],
    ['010-12345678 转 801/802', 'PHONE_FORMAT'],
    ['010-12345678/13800138000', 'PHONE_TOO_LONG'],
    ['+4920100000000000', 'PHONE_TOO_LONG'],
    ['1'.repeat(1000), 'PHONE_TOO_LONG'],
    ['', 'PHONE_FORMAT'],
    ['无', 'PHONE_FORMAT'],
    ['请打 13800138000', 'PHONE_FORMAT'],
    ['1-800-FLOWERS', 'PHONE_FORMAT'],
    ['+999 12345678', 'PHONE_COUNTRY_MISSING'],
  ])('%s is refused as %s', (text, code) => {
    expect(checkPhone(text, CHINA).problem?.code).toBe(code);
  });

  it.each([
    ['0755-82345678转801', '801'],
    ['0755-82345678 转 801', '801'],
    ['0755-82345678-801', '801'],
    ['0755-82345678—801', '801'],
    ['+86 755 8234 5678*8001', '8001'],
    ['0755-82345678#801', '801'],
    ['0755-82345678（801）', '801'],
    ['0755-82345678（转801）', '801'],
    ['(0755)82345678 ext. 801', '801'],
    ['0755-82345678 分机号：801', '801'],
    ['tel:+86-755-82345678;ext=801', '801'],
    ["'0755-82345678-801", '801'],
    ['0755-82345678', null],
  ])('%s has the extension %s', (text, extension) => {
    expect(readPhone(text, CHINA)).toEqual({ value: { number: '+8675582345678', extension } });
  });

  it.each([
    ['转801', '801'],
    ['-801', '801'],
    ['ext. 8001', '8001'],
    ['*8001', '8001'],
    ['０１', '01'],
  ])('the extension %s is stored as %s', (text, value) => {
    expect(checkExtension(text)).toEqual({ value });
    expect(checkExtension('123456789').problem?.code).toBe('PHONE_EXTENSION_FORMAT');
    expect(checkExtension('前台').problem?.code).toBe('PHONE_EXTENSION_FORMAT');
  });

  it.each([
    ['95588', '95588'],
    ['+86 95588', '95588'],
    ['955-88', '95588'],
    ['12306', '12306'],
    ['10086', '10086'],
    ['400-820-8820', '+864008208820'],
  ])('%s is a service number, stored as %s, that organisations have', (text, value) => {
    expect(checkPhone(text, { ...CHINA, service: true })).toEqual({ value });
    expect(checkPhone(value, { ...CHINA, service: true })).toEqual({ value });
    expect(checkPhone('95588', { defaultCountry: 'DE', service: true }).problem?.code).toBeDefined();
  });

  it('cannot be read without its country', () => {
    expect(checkPhone('13800138000').problem?.code).toBe('PHONE_COUNTRY_MISSING');
    expect(checkPhone('13800138000', { defaultCountry: 'Atlantis' }).problem?.code).toBe(
      'PHONE_COUNTRY_MISSING',
    );
    expect(checkPhone('13800138000', { defaultCountry: null }).problem?.code).toBe('PHONE_COUNTRY_MISSING');
    expect(checkPhone('+8613800138000')).toEqual({ value: '+8613800138000' });
  });

  it('is never repeated in the message, which may reach a log', () => {
    expect(checkPhone('138****5678', CHINA).problem?.message).toBe(
      'Every digit must be written out. (号码不得省略或遮盖。)',
    );
  });

  it('comes back unchanged when read again, whatever the country it is read in', () => {
    const digits = fc.stringMatching(/^\+?[0-9]{5,15}$/);
    const country = fc.constantFrom('CN', 'US', 'GB', 'DE', 'IT', 'JP');
    fc.assert(
      fc.property(digits, country, country, (text, one, other) => {
        const { value } = checkPhone(text, { defaultCountry: one });
        if (value === undefined) return;
        expect(value).toMatch(/^\+[1-9]\d{4,14}$/);
        expect(checkPhone(value, { defaultCountry: other })).toEqual({ value });
      }),
      { numRuns: 500 },
    );
  });
});
