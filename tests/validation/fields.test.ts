import { expect, test } from 'vitest';
import { checkCountry, checkCurrency, checkOneOf } from '../../src/core/validation/code.ts';
import { checkFields, defaulted, optional, required } from '../../src/core/validation/fields.ts';
import { checkMoney, checkWhole } from '../../src/core/validation/number.ts';

const rules = {
  amount: required(checkMoney),
  currency: defaulted(checkCurrency),
  country: optional(checkCountry),
};
const codes = (input: Parameters<typeof checkFields<typeof rules>>[1], mode: 'create' | 'update') =>
  checkFields(rules, input, { mode, path: ['input'] }).issues.map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  );

test('a required field must be there at creation only, and may never be cleared', () => {
  expect(codes({}, 'create')).toEqual(['input.amount VALUE_REQUIRED']);
  expect(codes({}, 'update')).toEqual([]);
  expect(codes({ amount: null, currency: null, country: null }, 'update')).toEqual([
    'input.amount VALUE_REQUIRED',
    'input.currency VALUE_REQUIRED',
  ]);
  expect(codes({ amount: null, currency: null, country: null }, 'create')).toEqual([
    'input.amount VALUE_REQUIRED',
  ]);
});

test('a blank text clears an optional field and is wrong anywhere else', () => {
  expect(checkFields(rules, { country: ' ' }, { mode: 'update' })).toEqual({
    values: { country: null },
    issues: [],
    warnings: [],
  });
  expect(codes({ currency: ' ' }, 'update')).toEqual(['input.currency CURRENCY_UNKNOWN']);
});

test('only what was handed in comes out, and nothing that has no rule', () => {
  const input = { amount: '1', religion: '佛教' };
  expect(checkFields(rules, input, { mode: 'create' }).values).toEqual({ amount: '1.00' });
});

test('countries and currencies are those in use, in capitals', () => {
  expect(checkCountry(' cn ').value).toBe('CN');
  expect(checkCurrency('usd').value).toBe('USD');
  for (const gone of ['SU', 'ZZ', 'CHN', ''])
    expect(checkCountry(gone).problem?.code).toBe('COUNTRY_UNKNOWN');
  for (const gone of ['DEM', 'RMB', '¥']) expect(checkCurrency(gone).problem?.code).toBe('CURRENCY_UNKNOWN');
});

test('a value of an enumeration is written exactly', () => {
  const check = checkOneOf({ A: 'A', B: 'B' });
  expect(check('A').value).toBe('A');
  for (const text of ['a', '', 'toString']) expect(check(text).problem?.code).toBe('NOT_ONE_OF');
});

test('a whole number keeps its bounds, as a number and as an export writes it', () => {
  const codeOf = (given: number | string) => checkWhole(given, { min: 0, max: 5000 }).problem?.code;
  expect(checkWhole('1,200', { min: 0, max: 5000 }).value).toBe(1200);
  expect([codeOf(5000), codeOf(5001), codeOf(-1), codeOf(1.5), codeOf('1.5'), codeOf(Number.NaN)]).toEqual([
    undefined,
    'DECIMAL_TOO_LARGE',
    'DECIMAL_TOO_SMALL',
    'NOT_WHOLE',
    'DECIMAL_SCALE',
    'NOT_WHOLE',
  ]);
});

test('money is never negative and fits its column', () => {
  expect(checkMoney('9999999999999999.99').value).toBe('9999999999999999.99');
  expect(checkMoney('10000000000000000').problem?.code).toBe('DECIMAL_TOO_LARGE');
  expect(checkMoney('-0.01').problem?.code).toBe('DECIMAL_TOO_SMALL');
});
