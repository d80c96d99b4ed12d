import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDecimal, compareDecimals } from '../../src/core/validation/decimal.ts';

const MONEY = { scale: 2 };

describe('a decimal', () => {
  it.each([
    ['1,234.50', '1234.50'],
    ['10,005,534', '10005534.00'],
    ['1234.5', '1234.50'],
    ['007', '7.00'],
    ['+3.1', '3.10'],
    ['-0.00', '0.00'],
    ['−12', '-12.00'],
    ['１２．５', '12.50'],
    ['1.5000', '1.50'],
    ['99999999999999999999.99', '99999999999999999999.99'],
  ])('%s is stored as PostgreSQL prints it: %s', (text, value) => {
    expect(checkDecimal(text, MONEY)).toEqual({ value });
  });

  it('has no point at scale 0', () => {
    expect(checkDecimal('11,424,894,787', { scale: 0 })).toEqual({ value: '11424894787' });
  });

  it.each([
    '',
    '-',
    '.5',
    '5.',
    '1e3',
    '1,23',
    '1,2345',
    '1.234,50',
    '12 34',
    'NaN',
    'Infinity',
    '0x1f',
    '¥5',
    '5万',
    '9'.repeat(65),
  ])('%j is no decimal', (text) => {
    expect(checkDecimal(text, MONEY).problem?.code).toBe('DECIMAL_FORMAT');
  });

  it('is never rounded in silence', () => {
    expect(checkDecimal('0.125', MONEY).problem).toEqual({
      code: 'DECIMAL_SCALE',
      message: 'At most 2 digits after the point. (小数位不能超过2位。)',
    });
  });

  it('meets its bounds exactly, where floats would not', () => {
    const bounds = { scale: 2, min: '0.01', max: '9007199254740993.00' };
    expect(checkDecimal('0.01', bounds).value).toBe('0.01');
    expect(checkDecimal('0.00', bounds).problem?.code).toBe('DECIMAL_TOO_SMALL');
    expect(checkDecimal('9007199254740993', bounds).value).toBe('9007199254740993.00');
    expect(checkDecimal('9007199254740993.01', bounds).problem?.code).toBe('DECIMAL_TOO_LARGE');
  });

  it('refuses a bound that is no decimal as a mistake of the programmer', () => {
    expect(() => checkDecimal('1', { scale: 2, min: 'zero' })).toThrow(RangeError);
  });

  it('comes back unchanged when read again, and separators change nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(6), (units, scale) => {
        const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
        const whole = digits.slice(0, digits.length - scale);
        const fraction = scale > 0 ? `.${digits.slice(-scale)}` : '';
        const sign = units < 0n ? '-' : '';
        const value = `${sign}${whole}${fraction}`;
        expect(checkDecimal(value, { scale })).toEqual({ value });
        const separated = sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + fraction;
        expect(checkDecimal(separated, { scale })).toEqual({ value });
      }),
    );
  });

  it('orders as whole units do', () => {
    const units = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    const asDecimal = (value: bigint) => {
      const digits = (value < 0n ? -value : value).toString().padStart(4, '0');
      return `${value < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
    };
    fc.assert(
      fc.property(units, units, (left, right) => {
        expect(compareDecimals(asDecimal(left), asDecimal(right))).toBe(
          left < right ? -1 : left > right ? 1 : 0,
        );
      }),
    );
  });
});
