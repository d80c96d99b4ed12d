import { checkInteraction, type InteractionFields } from '../interaction/interaction.check.ts';
import { interaction } from '../interaction/interaction.table.ts';
import type { FieldForm, Subject } from './subject.ts';

const fields = {
  kind: 'text',
  direction: 'text',
  occurredAt: 'text',
  summary: 'text',
  outcome: 'text',
  nextStep: 'text',
  nextStepAt: 'text',
} satisfies Record<keyof InteractionFields, FieldForm>;

export const interactionSubject: Subject = {
  name: 'interaction',
  table: interaction,
  fields,
  references: {
    customer: { to: 'customer', column: 'customerId', need: 'required' },
    employee: { to: 'employee', column: 'employeeId', need: 'owner' },
  },
  check: (input, { mode, now }) => checkInteraction(input, { mode, now }),
};
