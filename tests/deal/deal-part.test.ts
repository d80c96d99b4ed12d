import { dealWrites } from '../../src/domains/deal/deal.write.ts';
import { describePart } from '../support/part-suite.ts';

describePart(dealWrites, {
  create: { title: '节能设备', product: '空压机', amount: '120000', startedOn: '2024-03-01' },
  update: { product: '冷水机', amount: '150000' },
  wrong: { title: ' ', amount: '-1', currency: 'RMB', lostReason: '价格', ownerId: 'emp' },
  issues: [
    'input.title TEXT_REQUIRED',
    'input.amount DECIMAL_TOO_SMALL',
    'input.currency CURRENCY_UNKNOWN',
    'input.lostReason NOT_LOST',
    'input.ownerId MALFORMED_ID',
  ],
  statements: { create: 8, update: 8, delete: 8 },
});
