import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEmail } from '../../src/core/validation/email.ts';

describe('an e-mail address', () => {
  it.each([
    [' Li.Lei@Example.COM ', 'Li.Lei@example.com'],
    ['li+crm@mail.example.co.uk', 'li+crm@mail.example.co.uk'],
    ["o'neil@example.com", "o'neil@example.com"],
    ['李雷@example.com', '李雷@example.com'],
    ['li@公司.cn', 'li@xn--55qx5d.cn'],
    ['li＠example．com', 'li@example.com'],
    ['1234567@qq.com', '1234567@qq.com'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%s is stored as %s', (text, value) => {
    expect(checkEmail(text)).toEqual({ value });
  });

  it.each([
    '',
    'li',
    '@example.com',
    'li@',
    'li@example',
    'li@@example.com',
    'a@b@example.com',
    '.li@example.com',
    'li.@example.com',
    'l..i@example.com',
    'li lei@example.com',
    'li@exa mple.com',
    'li@-example.com',
    'li@example-.com',
    'li@example..com',
    'li@example.com.',
    'li@192.168.0.1',
    'li@[192.168.0.1]',
    'li@exa_mple.com',
    'li@ex%61mple.com',
    '"li lei"@example.com',
    'Li Lei <li@example.com>',
    'li@example.com,han@example.com',
    'li@example.com\nbcc:x@example.com',
    'li\0@example.com',
  ])('%j is refused', (text) => {
    expect(checkEmail(text).problem?.code).toBe('EMAIL_FORMAT');
  });

  it.each([`${'a'.repeat(65)}@example.com`, `${'李'.repeat(22)}@example.com`, `a@${'b.'.repeat(130)}com`])(
    '%s is too long in bytes',
    (text) => {
      expect(checkEmail(text).problem?.code).toBe('EMAIL_TOO_LONG');
    },
  );

  it('comes back unchanged when read again', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const { value } = checkEmail(text);
        expect(value).toBeDefined();
        expect(checkEmail(value ?? '')).toEqual({ value });
      }),
    );
  });
});
