import { expect, test } from 'vitest';
import { checkNeed } from '../../src/domains/need/need.check.ts';

const now = new Date('2026-08-31T04:30:00.000Z');
const codes = (...args: Parameters<typeof checkNeed>) =>
  checkNeed(...args).issues.map(({ path, code }) => `${path.join('.')} ${code}`);

test('the least budget never exceeds the greatest, whichever of them changes', () => {
  const current = { budgetMin: '500000.00', budgetMax: '800000.00', quantity: null, specification: null };
  expect(codes({ item: '改造', budgetMin: '2', budgetMax: '1' }, { now, mode: 'create' })).toEqual([
    'budgetMin BUDGET_RANGE',
  ]);
  expect(codes({ budgetMax: '499999.99' }, { now, mode: 'update', current })).toEqual([
    'budgetMax BUDGET_RANGE',
  ]);
  expect(codes({ budgetMin: '800000.00' }, { now, mode: 'update', current })).toEqual([]);
  expect(codes({ budgetMin: '9000000', budgetMax: null }, { now, mode: 'update', current })).toEqual([]);
});

test('all violations are named at once', () => {
  const input = {
    item: '',
    quantity: '0',
    budgetMin: '-1',
    currency: 'RMB',
    expectedAt: 'soon',
    priority: 'URGENT' as never,
  };
  expect(codes(input, { now, mode: 'create' })).toEqual([
    'item TEXT_REQUIRED',
    'quantity DECIMAL_TOO_SMALL',
    'budgetMin DECIMAL_TOO_SMALL',
    'currency CURRENCY_UNKNOWN',
    'expectedAt INSTANT_FORMAT',
    'priority NOT_ONE_OF',
  ]);
});

test('the need of AC-5 is precise: 20 desktop computers at 5,000 each', () => {
  const input = {
    item: '采购台式电脑20台',
    quantity: '20',
    unit: '台',
    specification: 'i5处理器、16G内存',
    budgetMax: '100000',
  };
  expect(checkNeed(input, { now, mode: 'create' })).toEqual({
    values: { ...input, quantity: '20.000', budgetMax: '100000.00' },
    issues: [],
    warnings: [],
  });
});

test('a need was raised in the past, at the latest now', () => {
  const at = (raisedAt: string | null) => codes({ item: '改造', raisedAt }, { now, mode: 'create' });
  expect(at('2019-05-01T00:00:00Z')).toEqual([]);
  expect(at('2026-08-31T04:34:00Z')).toEqual([]);
  expect(at('2026-08-31T04:36:00Z')).toEqual(['raisedAt INSTANT_IN_FUTURE']);
  expect(at(null)).toEqual([]);
});
