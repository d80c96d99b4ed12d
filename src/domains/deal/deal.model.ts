import { defineModel } from '../../core/model/model.ts';
import { customerModel } from '../customer/customer.model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { deal } from './deal.table.ts';
import { Deal } from './deal.type.ts';

export const dealModel = defineModel({
  name: 'Deal',
  prefix: 'deal',
  type: Deal,
  table: deal,
  kind: 'part',
  groups: 'DEALS',
  together: [
    ['amount', 'currency'],
    ['contractAmount', 'currency'],
    // What a stage requires, and what follows from it.
    ['stage', 'contractAmount', 'effectiveOn'],
    ['stage', 'closedAt', 'lostReason'],
  ],
  events: { added: { description: 'A deal was entered. (新增商机)' } },
  relations: {
    customer: {
      arity: 'one',
      target: () => customerModel,
      access: 'basic',
      description: 'The customer file it belongs to. (客户)',
      key: 'customer_id',
    },
    owner: {
      arity: 'one',
      target: () => employeeModel,
      access: 'business',
      description: 'The employee who works on it. (负责人)',
      key: 'owner_id',
    },
  },
});
