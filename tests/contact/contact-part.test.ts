import { contactWrites } from '../../src/domains/contact/contact.write.ts';
import { describePart } from '../support/part-suite.ts';

describePart(contactWrites, {
  create: { name: '王经理', title: '采购经理', phone: '13800001234', birthday: '1980-05-01' },
  update: { title: '总监', phone: '13900005678' },
  wrong: { name: ' ', phone: '138', email: 'x', birthday: '2999-01-01' },
  issues: [
    'input.name TEXT_REQUIRED',
    'input.phone PHONE_INCOMPLETE',
    'input.email EMAIL_FORMAT',
    'input.birthday BIRTHDAY_IN_FUTURE',
  ],
  statements: { create: 9, update: 8, delete: 9 },
});
