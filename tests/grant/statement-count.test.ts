import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../support/writing.ts';
import {
  askedFile,
  decline,
  giveBack,
  type Lending,
  lentFile,
  recall,
  startLending,
  withdraw,
} from './granted-file.ts';

let lending: Lending;
beforeAll(async () => {
  lending = await startLending();
});
afterAll(() => lending.close());

const large = { classes: ['CONTACT', 'CREDIT', 'BUSINESS', 'PERSONAL'] };

/** The same step for a request of one class and for one of many, after others have piled up. */
async function expectFixed(step: (input: object) => Promise<Outcome>): Promise<void> {
  const first = await step({});
  for (let i = 0; i < 3; i++) await askedFile(lending);
  const second = await step(large);
  expect([first.code, second.code]).toEqual([undefined, undefined]);
  expect(second.statementCount).toBe(first.statementCount);
}

test('declining costs the same number of statements for every request', () =>
  expectFixed(async (input) =>
    decline(lending.leader, (await askedFile(lending, input)).requestId, '不需要'),
  ));

test('withdrawing costs the same number of statements for every request', () =>
  expectFixed(async (input) => withdraw(lending.borrower, (await askedFile(lending, input)).requestId)));

test('returning costs the same number of statements for every grant', () =>
  expectFixed(async (input) => giveBack(lending.borrower, (await lentFile(lending, input)).grantId)));

test('recalling costs the same number of statements for every grant', () =>
  expectFixed(async (input) => recall(lending.leader, (await lentFile(lending, input)).grantId)));
