import { definePart } from '../../core/part/parts.ts';
import { customer } from '../customer/customer.table.ts';
import { checkNeed, needRulesAt } from './need.check.ts';
import { needModel } from './need.model.ts';
import { need } from './need.table.ts';

export const needWrites = definePart(needModel, {
  table: need,
  files: customer,
  operations: { create: 'createNeed', update: 'updateNeed', delete: 'deleteNeed' },
  fields: needRulesAt(new Date(0)),
  check: checkNeed,
  initial: ({ currency }) => ({ currency }),
});
