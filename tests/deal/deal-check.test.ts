import { expect, test } from 'vitest';
import { checkDeal } from '../../src/domains/deal/deal.check.ts';

const now = new Date('2024-03-15T06:30:00Z');
const open = {
  stage: 'OPEN',
  contractAmount: null,
  effectiveOn: null,
  closedAt: null,
  lostReason: null,
} as const;
const won = {
  stage: 'WON',
  contractAmount: '100.00',
  effectiveOn: '2024-03-01',
  closedAt: '2024-03-02 00:00:00+00',
  lostReason: null,
} as const;

const codes = (input: Parameters<typeof checkDeal>[0], current?: typeof open | typeof won) =>
  checkDeal(input, { mode: current ? 'update' : 'create', current, now }).issues.map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  );

test('a deal is won only with its contract amount and effective date, both named when both are absent', () => {
  expect(codes({ title: '改造', stage: 'WON' })).toEqual([
    'contractAmount WON_INCOMPLETE',
    'effectiveOn WON_INCOMPLETE',
  ]);
  expect(codes({ stage: 'WON', contractAmount: '1' }, open)).toEqual(['effectiveOn WON_INCOMPLETE']);
  expect(codes({ stage: 'WON', contractAmount: '1', effectiveOn: '2024-03-01' }, open)).toEqual([]);
});

test('a won deal keeps both', () => {
  expect(codes({ contractAmount: null, effectiveOn: null }, won)).toEqual([
    'contractAmount WON_INCOMPLETE',
    'effectiveOn WON_INCOMPLETE',
  ]);
  expect(codes({ contractAmount: null, stage: 'OPEN' }, won)).toEqual([]);
});

test('a deal that closes is dated, one that opens again is not, one that stays closed keeps its date', () => {
  const closedAt = (input: Parameters<typeof checkDeal>[0], current: typeof open | typeof won) =>
    checkDeal(input, { mode: 'update', current, now }).values.closedAt;
  expect(closedAt({ stage: 'LOST' }, open)).toBe('2024-03-15T06:30:00.000Z');
  expect(closedAt({ stage: 'LOST', closedAt: '2024-03-01T00:00:00Z' }, open)).toBe(
    '2024-03-01T00:00:00.000Z',
  );
  expect(closedAt({ stage: 'OPEN' }, won)).toBeNull();
  expect(closedAt({ title: '新标题' }, won)).toBeUndefined();
  expect(codes({ closedAt: '2024-03-01T00:00:00Z' }, open)).toEqual(['closedAt NOT_CLOSED']);
});

test('only a lost deal has a reason for the loss', () => {
  expect(codes({ lostReason: '价格' }, won)).toEqual(['lostReason NOT_LOST']);
  expect(codes({ stage: 'LOST', lostReason: '价格' }, open)).toEqual([]);
  const lost = { ...open, stage: 'LOST', lostReason: '价格' } as const;
  expect(checkDeal({ stage: 'OPEN' }, { mode: 'update', current: lost, now }).values.lostReason).toBeNull();
});

test('amounts are not negative', () => {
  expect(codes({ title: '改造', amount: '-0.01' })).toEqual(['amount DECIMAL_TOO_SMALL']);
});
