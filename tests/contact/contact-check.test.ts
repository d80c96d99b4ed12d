import { expect, test } from 'vitest';
import { checkContact } from '../../src/domains/contact/contact.check.ts';

const now = new Date('2024-03-15T06:30:00Z');
const inChina = { mode: 'create', country: 'CN', now } as const;

test('all violations are named at once', () => {
  const input = { name: ' ', phone: '138', email: 'nobody', birthday: '2030-01-01' };
  const { issues } = checkContact(input, { ...inChina, path: ['input'] });
  expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
    'input.name TEXT_REQUIRED',
    'input.phone PHONE_INCOMPLETE',
    'input.email EMAIL_FORMAT',
    'input.birthday BIRTHDAY_IN_FUTURE',
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

test('an extension written behind the phone becomes a field of its own', () => {
  const values = (input: object) => checkContact({ name: '王经理', ...input }, inChina).values;
  expect(values({ phone: '0755-82345678转801' })).toMatchObject({
    phone: '+8675582345678',
    phoneExtension: '801',
  });
  expect(values({ phone: '0755-82345678', phoneExtension: '转801' })).toMatchObject({
    phoneExtension: '801',
  });
});

test('an extension goes with the number it belongs to', () => {
  const current = { phone: '+8675582345678', phoneExtension: '801' };
  const check = (input: object) => checkContact(input, { ...inChina, mode: 'update', current });
  expect(check({ phone: '0755-82345678' }).values).not.toHaveProperty('phoneExtension');
  expect(check({ phone: '0755-82345679' }).values.phoneExtension).toBeNull();
  expect(check({ phone: null }).values.phoneExtension).toBeNull();
  expect(check({ phone: '0755-82345679*802' }).values.phoneExtension).toBe('802');
  expect(check({ phoneExtension: '803' }).values).toEqual({ phoneExtension: '803' });
});

test('an extension that contradicts the phone, or has none, is refused', () => {
  const codes = (input: object) =>
    checkContact({ name: '王经理', ...input }, inChina).issues.map(
      ({ path, code }) => `${path.join('.')} ${code}`,
    );
  expect(codes({ phoneExtension: '801' })).toEqual(['phoneExtension PHONE_EXTENSION_ALONE']);
  expect(codes({ phone: '0755-82345678转801', phoneExtension: '802' })).toEqual([
    'phoneExtension PHONE_EXTENSION_TWICE',
  ]);
  expect(codes({ mobile: '13800138000转801' })).toEqual(['mobile PHONE_EXTENSION']);
});

test('only the contact of an organisation has a service number', () => {
  const check = (isOrganization: boolean) =>
    checkContact({ name: '王经理', phone: '95588' }, { ...inChina, isOrganization });
  expect(check(true).values.phone).toBe('95588');
  expect(check(false).issues.map(({ code }) => code)).toEqual(['PHONE_INCOMPLETE']);
});

test('a landline number is no mobile: in a new contact it becomes the phone, with a warning, else it is refused', () => {
  const check = (input: object, mode: 'create' | 'update' = 'create') => {
    const { values, issues, warnings } = checkContact({ name: '王经理', ...input }, { ...inChina, mode });
    const told = (list: typeof issues) => list.map(({ path, code }) => `${path.join('.')} ${code}`);
    return [values.phone, values.mobile, told(issues), told(warnings)];
  };
  const moved = ['mobile MOBILE_LANDLINE'];
  expect(check({ mobile: '0755-82345678' })).toEqual(['+8675582345678', undefined, [], moved]);
  expect(check({ mobile: '0755-82345678', phone: '95588' })).toEqual(['95588', undefined, moved, []]);
  expect(check({ mobile: '0755-82345678' }, 'update')).toEqual([undefined, undefined, moved, []]);
  // In North America numbers do not tell which they are.
  expect(check({ mobile: '+1 212 555 0123' })).toEqual([undefined, '+12125550123', [], []]);
});
