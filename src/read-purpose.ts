/** Names what a request is for, as UTF-8 in percent-encoding: a header holds no Chinese. On sockets `purpose` in `connection_init`. */
export const purposeHeader = 'x-access-purpose';

/** Characters of a purpose at most; what is beyond is cut off. */
const longest = 200;

/** What a client says it reads for, to be logged with it (R114); null where it says nothing that can be read. */
export function readPurpose(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  let text: string;
  try {
    text = decodeURIComponent(given);
  } catch {
    text = given;
  }
  // Half a surrogate pair is legal in JSON and not in the database, as a null character is.
  const purpose = Buffer.from(text.replaceAll('\0', '').trim().slice(0, longest)).toString();
  return purpose === '' ? null : purpose;
}
