import { expect, test } from 'vitest';
import { writesOf } from '../../src/core/part/writes-of.ts';
import { interactionModel } from '../../src/domains/interaction/interaction.model.ts';
import { interactionWrites } from '../../src/domains/interaction/interaction.write.ts';
import { describePart } from '../support/part-suite.ts';

describePart(interactionWrites, {
  create: { kind: 'VISIT', occurredAt: '2024-01-02T03:04:05Z', summary: '拜访', nextStep: '报价' },
  wrong: { kind: 'NOTE', occurredAt: '2999-01-01T00:00:00Z', summary: ' ', contactId: 'con' },
  issues: [
    'input.occurredAt OCCURRED_IN_FUTURE',
    'input.summary TEXT_REQUIRED',
    'input.contactId MALFORMED_ID',
  ],
  statements: { create: 7 },
});

test.each(['update', 'delete'])('a part that records what happened declares no %s', (operation) => {
  const { rules } = interactionWrites;
  const operations = { ...rules.operations, [operation]: `${operation}Interaction` };
  expect(() => writesOf(interactionModel, { ...rules, operations })).toThrow('neither changed nor removed');
});
