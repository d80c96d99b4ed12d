import { checkText } from '../validation/text.ts';

/**
 * Header that states the purpose of a request, as percent-encoded UTF-8 because headers cannot carry Chinese. On
 * sockets: `purpose` in `connection_init`.
 */
export const purposeHeader = 'x-access-purpose';

/** Maximum length of a purpose in characters; the rest is cut off. */
const longest = 200;

/**
 * The purpose a client states for reading, to be logged with the reads (R114), normalized like every text input. Null
 * if it is missing or invalid, e.g. contains a control character.
 */
export function readPurpose(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  let text: string;
  try {
    text = decodeURIComponent(given);
  } catch {
    text = given;
  }
  const { value = '' } = checkText(text, { max: Number.POSITIVE_INFINITY });
  return [...value].slice(0, longest).join('') || null;
}
