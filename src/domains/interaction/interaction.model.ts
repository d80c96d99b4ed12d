import { defineModel } from '../../core/model/model.ts';
import { contactModel } from '../contact/contact.model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { interaction } from './interaction.table.ts';
import { Interaction } from './interaction.type.ts';

export const interactionModel = defineModel({
  name: 'Interaction',
  prefix: 'int',
  type: Interaction,
  table: interaction,
  kind: 'part',
  inFile: {
    field: 'interactions',
    access: 'business',
    description: 'Exchanges with the customer, newest first. (互动记录)',
    label: { ZH: '互动记录', EN: 'interaction' },
  },
  groups: 'INTERACTIONS',
  events: {
    added: { type: 'INTERACTION_LOGGED', description: 'An interaction was recorded. (新增互动)' },
  },
  moment: 'occurredAt',
  together: [
    ['kind', 'direction'],
    ['nextStep', 'nextStepAt'],
  ],
  defaultOrder: [{ field: 'occurredAt', direction: 'DESC' }],
  relations: {
    contact: {
      arity: 'one',
      target: () => contactModel,
      access: 'business',
      description: 'The person it was with. (联系人)',
      key: 'contact_id',
    },
    employee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'business',
      description: 'The employee who took part. (我方人员)',
      key: 'employee_id',
    },
  },
});
