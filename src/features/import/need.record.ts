import { checkNeed, type NeedCheckOptions, needFieldNames } from '../../domains/need/need.check.ts';
import { need } from '../../domains/need/need.table.ts';
import type { Subject } from './record-type.ts';

export const needSubject: Subject = {
  name: 'need',
  table: need,
  fields: needFieldNames,
  decisive: ['currency', 'status'],
  references: { customer: { to: 'customer', column: 'customerId', need: 'required' } },
  check: (input, { mode, current }) =>
    checkNeed(input, { mode, current: current as NeedCheckOptions['current'] }),
};
