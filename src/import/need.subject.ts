import { checkNeed, type NeedCheckOptions, type NeedFields } from '../need/need.check.ts';
import { need } from '../need/need.table.ts';
import type { FieldForm, Subject } from './subject.ts';

const fields = {
  item: 'text',
  specification: 'text',
  painPoint: 'text',
  quantity: 'text',
  unit: 'text',
  budgetMin: 'text',
  budgetMax: 'text',
  currency: 'text',
  expectedAt: 'text',
  priority: 'text',
  status: 'text',
} satisfies Record<keyof NeedFields, FieldForm>;

export const needSubject: Subject = {
  name: 'need',
  table: need,
  fields,
  decisive: ['currency', 'status'],
  references: { customer: { to: 'customer', column: 'customerId', need: 'required' } },
  check: (input, { mode, current }) =>
    checkNeed(input, { mode, current: current as NeedCheckOptions['current'] }),
};
