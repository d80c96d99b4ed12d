import { defineModel } from '../../core/model/model.ts';
import { need } from './need.table.ts';
import { Need } from './need.type.ts';

export const needModel = defineModel({
  name: 'Need',
  prefix: 'need',
  type: Need,
  table: need,
  kind: 'part',
  inFile: {
    field: 'needs',
    access: 'business',
    description: 'What the customer wants, newest first. (需求)',
    label: { ZH: '采购需求', EN: 'need' },
  },
  groups: 'NEEDS',
  moment: 'raisedAt',
  together: [
    ['quantity', 'unit'],
    ['budgetMin', 'budgetMax', 'currency'],
  ],
  events: { added: { description: 'A need was recorded. (新增需求)' } },
});
