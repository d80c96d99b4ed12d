import { needWrites } from '../../src/domains/need/need.write.ts';
import { describePart } from '../support/part-suite.ts';

describePart(needWrites, {
  create: {
    item: '自动化生产线改造',
    unit: '条',
    budgetMin: '500000',
    budgetMax: '800000',
    priority: 'HIGH',
  },
  update: { unit: '套', budgetMin: '600000', status: 'FULFILLED' },
  wrong: { item: ' ', quantity: '0', currency: 'RMB', budgetMin: '2', budgetMax: '1' },
  issues: [
    'input.item TEXT_REQUIRED',
    'input.quantity DECIMAL_TOO_SMALL',
    'input.currency CURRENCY_UNKNOWN',
    'input.budgetMin BUDGET_RANGE',
  ],
  statements: { create: 7, update: 8, delete: 8 },
});
