import { domainToASCII } from 'node:url';
import { checkEmail } from './email.ts';
import { plainText } from './text.ts';
import { formsOf, standardOf, type TextStandard } from './text-standard.ts';
import { checkWebsite } from './website.ts';

const acceptedIn = (checked: { value?: string | undefined }): string[] =>
  checked.value === undefined ? [] : [checked.value];

/** An e-mail address or a part of one: case does not count, the domain may be in any script. */
export const emailStandard = standardOf('HALF_WIDTH', (written) => {
  const text = plainText(written);
  const at = text.lastIndexOf('@');
  const domain = domainToASCII(text.slice(at + 1));
  return formsOf(
    ...acceptedIn(checkEmail(text)),
    text,
    ...(at >= 0 && domain ? [`${text.slice(0, at)}@${domain}`] : []),
    written,
  );
});

const schemePattern = /^[a-z][a-z0-9+.-]*:\/\//i;

/** A web address: without a scheme, that of either. */
export const websiteStandard: TextStandard = {
  stored: 'HALF_WIDTH',
  whole: (written) => {
    const text = plainText(written);
    const full = schemePattern.test(text) ? [text] : [`https://${text}`, `http://${text}`];
    return formsOf(...full.flatMap((one) => acceptedIn(checkWebsite(one))), text, written);
  },
  beginning: (written) => {
    const text = plainText(written);
    if (schemePattern.test(text)) return { begins: formsOf(...acceptedIn(checkWebsite(text)), text) };
    const hosts = asciiForms(text);
    return { begins: formsOf(...hosts.flatMap((host) => [`https://${host}`, `http://${host}`]), text) };
  },
  part: (written) => {
    const text = plainText(written);
    const whole = schemePattern.test(text) ? acceptedIn(checkWebsite(text)) : [];
    return { contains: formsOf(...whole, ...asciiForms(text), written) };
  },
};

/** A host and what follows it, with the host in ASCII as it is stored: 公司.cn/about. */
function asciiForms(text: string): string[] {
  const [host = '', ...path] = text.split('/');
  const ascii = domainToASCII(host);
  return formsOf(text, ...(ascii ? [[ascii, ...path].join('/')] : []));
}
