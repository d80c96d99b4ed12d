import { contactModel } from '../contact/contact.model.ts';
import { customerModel } from '../customer/customer.model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { defineModel, idIn } from '../model/model.ts';
import { interaction } from './interaction.table.ts';
import { Interaction } from './interaction.type.ts';

export const interactionModel = defineModel({
  name: 'Interaction',
  prefix: 'int',
  type: Interaction,
  table: interaction,
  fileColumn: interaction.customerId,
  defaultOrder: [{ field: 'occurredAt', direction: 'DESC' }],
  relations: {
    customer: {
      arity: 'one',
      target: () => customerModel,
      access: 'basic',
      description: 'The customer file it belongs to. (客户)',
      on: idIn('customer_id'),
    },
    contact: {
      arity: 'one',
      target: () => contactModel,
      access: 'business',
      description: 'The person it was with. (联系人)',
      on: idIn('contact_id'),
    },
    employee: {
      arity: 'one',
      target: () => employeeModel,
      access: 'business',
      description: 'The employee who took part. (我方人员)',
      on: idIn('employee_id'),
    },
  },
});
