import { checkInteraction, interactionFieldNames } from '../../domains/interaction/interaction.check.ts';
import { interaction } from '../../domains/interaction/interaction.table.ts';
import type { Subject } from './record-type.ts';

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
