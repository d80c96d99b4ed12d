import { expect, test } from 'vitest';
import { checkContact } from '../../src/domains/contact/contact.check.ts';

const now = new Date('2024-03-15T06:30:00Z');
const inChina = { mode: 'create', country: 'CN', now } as const;

test('all violations are named at once', () => {
  const input = { name: ' ', phone: '138', email: 'nobody', birthday: '2030-01-01', isPrimary: null };
  const { issues } = checkContact(input, { ...inChina, path: ['input'] });
  expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
    'input.name TEXT_REQUIRED',
    'input.phone PHONE_INCOMPLETE',
    'input.email EMAIL_FORMAT',
    'input.birthday BIRTHDAY_IN_FUTURE',
    'input.isPrimary VALUE_REQUIRED',
  ]);
});

test('a number without its country is read with the customer’s', () => {
  const phone = (country: string, text: string) =>
    checkContact({ name: '王经理', phone: text }, { ...inChina, country }).values.phone;
  expect(phone('CN', '139 1234 5678')).toBe('+8613912345678');
  expect(phone('DE', '030 901820')).toBe('+4930901820');
  expect(phone('DE', '+86 10 6552 9988')).toBe('+861065529988');
});

test('a birthday that is today somewhere on earth is not in the future', () => {
  const lateInLondon = new Date('2024-03-15T20:00:00Z');
  expect(
    checkContact({ name: '王', birthday: '2024-03-16' }, { ...inChina, now: lateInLondon }).issues,
  ).toEqual([]);
});
