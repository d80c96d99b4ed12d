import { interactionWrites } from '../../src/domains/interaction/interaction.write.ts';
import { describePart } from '../support/part-suite.ts';

describePart(interactionWrites, {
  create: { kind: 'VISIT', occurredAt: '2024-01-02T03:04:05Z', summary: '拜访', nextStep: '报价' },
  update: { summary: '拜访，谈到售后', nextStep: '报价并寄样品' },
  wrong: { kind: 'NOTE', occurredAt: '2999-01-01T00:00:00Z', summary: ' ', contactId: 'con' },
  issues: [
    'input.occurredAt OCCURRED_IN_FUTURE',
    'input.summary TEXT_REQUIRED',
    'input.contactId MALFORMED_ID',
  ],
  statements: { create: 7, update: 8, delete: 8 },
});
