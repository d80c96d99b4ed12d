import { domainToASCII } from 'node:url';
import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

// RFC 5321: 64 octets before the @; 254 in total, which is a 256-octet path without its angle brackets.
const localPartBytes = 64;
const addressBytes = 254;

// RFC 5322 "dot-atom", with letters and digits of every script (RFC 6531). Quoted local parts and address literals are
// legal but refused: no customer has one, and typing errors look like them.
const localPartPattern =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
// Checked before the conversion, which percent-decodes and reads bare numbers as IPv4 addresses.
const domainPattern = /^[\p{L}\p{M}\p{N}.-]+$/u;
const asciiDomainPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * An e-mail address (R66, R68): one bare address without a display name.
 *
 * Full-width letters are converted (NFKC). The domain is stored in lower-case ASCII (公司.cn as its xn-- form), so that
 * equal addresses are equal texts and every mailer can send to them; the local part keeps its case and script, which
 * only its own server may interpret. Implemented here because the accepted form is three lines of grammar; no grammar
 * knows whether the mailbox exists.
 *
 * Problems: EMAIL_FORMAT, EMAIL_TOO_LONG.
 */
export function checkEmail(text: string): Checked<string> {
  const input = plainText(text);
  // Before any pattern runs, to limit the work a hostile text can cause.
  if (Buffer.byteLength(input) > addressBytes) return tooLong();
  const at = input.lastIndexOf('@');
  const localPart = input.slice(0, Math.max(at, 0));
  const domain = input.slice(at + 1);
  if (!localPartPattern.test(localPart) || !domainPattern.test(domain)) return malformed();
  const asciiDomain = domainToASCII(domain.toLowerCase());
  if (!asciiDomainPattern.test(asciiDomain)) return malformed();
  const value = `${localPart}@${asciiDomain}`;
  if (Buffer.byteLength(localPart) > localPartBytes || Buffer.byteLength(value) > addressBytes)
    return tooLong();
  return accept(value);
}

function malformed(): Checked<never> {
  return refuse(
    'EMAIL_FORMAT',
    'Must be an e-mail address such as li@example.com',
    '须为电子邮箱地址，例如li@example.com',
  );
}

function tooLong(): Checked<never> {
  return refuse('EMAIL_TOO_LONG', 'An e-mail address has at most 254 bytes, 64 before the @', '邮箱地址过长');
}
