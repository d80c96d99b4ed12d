import { checkInteraction, interactionFieldNames } from '../interaction/interaction.check.ts';
import { interaction } from '../interaction/interaction.table.ts';
import type { Subject } from './subject.ts';

export const interactionSubject: Subject = {
  name: 'interaction',
  table: interaction,
  fields: interactionFieldNames,
  references: {
    customer: { to: 'customer', column: 'customerId', need: 'required' },
    employee: { to: 'employee', column: 'employeeId', need: 'owner' },
  },
  check: (input, { mode, now }) => checkInteraction(input, { mode, now }),
};
