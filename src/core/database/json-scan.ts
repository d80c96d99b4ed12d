/** Finds values in JSON as it was received, without decoding it. */

/** Character codes of JSON punctuation. */
export const quote = 34;
export const commaByte = 44;
export const openObjectByte = 123;
export const closeObjectByte = 125;
const space = 32;
const backslash = 92;
export const openBracket = 91;
export const closeBracket = 93;
const letterN = 110;

/** The bytes are not of the form that was expected of them. */
export class LayoutMismatch extends Error {}

/** The position after the JSON string that begins at `at`. */
export function endOfString(source: Buffer, at: number): number {
  let i = at + 1;
  for (;;) {
    const code = source[i];
    if (code === quote) return i + 1;
    if (code === undefined) throw new LayoutMismatch();
    i += code === backslash ? 2 : 1;
  }
}

export const isNull = (source: Buffer, at: number): boolean => source[at] === letterN;
export const nullLength = 4;

/** The position after a separator, or of the bracket that closes the array. */
export function skipSeparator(source: Buffer, at: number): number {
  let i = at;
  while (source[i] === commaByte || source[i] === space) i += 1;
  return i;
}

/** The position after the JSON value that begins at `at`: an array, an object, a string or a literal. */
export function endOfValue(source: Buffer, at: number): number {
  if (source[at] === quote) return endOfString(source, at);
  let depth = 0;
  let i = at;
  for (;;) {
    const code = source[i];
    if (code === undefined) {
      if (depth === 0) return i;
      throw new LayoutMismatch();
    }
    if (code === quote) {
      i = endOfString(source, i);
      continue;
    }
    if (code === openBracket || code === openObjectByte) depth += 1;
    else if (code === closeBracket || code === closeObjectByte) {
      if (depth === 0) return i;
      depth -= 1;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && code === commaByte) return i;
    i += 1;
  }
}

/** The values of a JSON array, each as its own bytes. */
export function valuesIn(source: Buffer): Buffer[] {
  if (source[0] !== openBracket) throw new LayoutMismatch();
  const values: Buffer[] = [];
  let at = skipSeparator(source, 1);
  while (source[at] !== closeBracket) {
    const end = endOfValue(source, at);
    values.push(source.subarray(at, end));
    at = skipSeparator(source, end);
  }
  return values;
}
