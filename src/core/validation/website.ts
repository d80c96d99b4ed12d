import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

/** A web address (http or https; https without a scheme), stored normalized by `URL`. Problem: WEBSITE_FORMAT. */
export function checkWebsite(given: string): Checked<string> {
  const trimmed = plainText(given);
  const written = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url =
    trimmed.length <= 300 && !/\s/.test(trimmed) && URL.canParse(written) ? new URL(written) : undefined;
  const isWeb =
    url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password;
  if (isWeb && /^[^.]+(\.[^.]+)+$/.test(url.hostname)) {
    return accept(url.pathname === '/' && !url.search && !url.hash ? url.origin : url.href);
  }
  return refuse(
    'WEBSITE_FORMAT',
    'Must be a web address such as https://example.com',
    '须为网址，例如https://example.com',
  );
}
