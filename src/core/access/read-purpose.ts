import { checkText } from '../validation/text.ts';

/** Names what a request is for, as UTF-8 in percent-encoding: a header holds no Chinese. On sockets `purpose` in `connection_init`. */
export const purposeHeader = 'x-access-purpose';

/** Characters of a purpose at most; what is beyond is cut off. */
const longest = 200;

/**
 * What a client says it reads for, to be logged with it (R114), in the form of every text that is entered; null where it
 * says nothing that can be read, as with a control character in it.
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
