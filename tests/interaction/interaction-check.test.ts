import { expect, test } from 'vitest';
import { checkInteraction } from '../../src/domains/interaction/interaction.check.ts';

const now = new Date('2024-03-15T06:30:00Z');
const visit = { kind: 'VISIT', summary: '拜访', occurredAt: '2024-03-15T14:30:00+08:00' } as const;

const codes = (input: Parameters<typeof checkInteraction>[0]) =>
  checkInteraction(input, { mode: 'create', now }).issues.map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  );

test('what is recorded lies at most five minutes ahead', () => {
  expect(codes({ ...visit, occurredAt: '2024-03-15T06:35:00Z' })).toEqual([]);
  expect(codes({ ...visit, occurredAt: '2024-03-15T06:35:00.001Z' })).toEqual([
    'occurredAt OCCURRED_IN_FUTURE',
  ]);
});

test('a summary has 1 to 4,000 characters', () => {
  expect(codes({ ...visit, summary: '谈'.repeat(4000) })).toEqual([]);
  expect(codes({ ...visit, summary: '谈'.repeat(4001) })).toEqual(['summary TEXT_TOO_LONG']);
  expect(codes({ ...visit, summary: ' \n' })).toEqual(['summary TEXT_REQUIRED']);
});

test('kind, time and summary are required', () => {
  expect(codes({})).toEqual(['kind VALUE_REQUIRED', 'occurredAt VALUE_REQUIRED', 'summary VALUE_REQUIRED']);
});
