import { defineModel } from '../../core/model/model.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { deal } from './deal.table.ts';
import { Deal } from './deal.type.ts';

export const dealModel = defineModel({
  name: 'Deal',
  prefix: 'deal',
  type: Deal,
  table: deal,
  kind: 'part',
  inFile: {
    field: 'deals',
    access: 'business',
    description: 'Sales opportunities and contracts, newest first. (商机)',
  },
  groups: 'DEALS',
  together: [
    ['amount', 'currency'],
    ['contractAmount', 'currency'],
    // What a stage requires, and what follows from it.
    ['stage', 'contractAmount', 'effectiveOn', 'frameworkReason'],
    ['stage', 'closedAt', 'lostReason'],
  ],
  events: { added: { description: 'A deal was entered. (新增商机)' } },
  relations: {
    owner: {
      arity: 'one',
      target: () => employeeModel,
      access: 'business',
      description: 'The employee who works on it. (负责人)',
      key: 'owner_id',
    },
  },
});
