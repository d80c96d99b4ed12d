import { defineModel } from '../../core/model/model.ts';
import { customerModel } from '../customer/customer.model.ts';
import { need } from './need.table.ts';
import { Need } from './need.type.ts';

export const needModel = defineModel({
  name: 'Need',
  prefix: 'need',
  type: Need,
  table: need,
  kind: 'part',
  groups: 'NEEDS',
  moment: 'raisedAt',
  together: [
    ['quantity', 'unit'],
    ['budgetMin', 'budgetMax', 'currency'],
  ],
  events: { added: { description: 'A need was recorded. (新增需求)' } },
  relations: {
    customer: {
      arity: 'one',
      target: () => customerModel,
      access: 'basic',
      description: 'The customer file it belongs to. (客户)',
      key: 'customer_id',
    },
  },
});
