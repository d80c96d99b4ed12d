import { base32Digits } from '../graphql/schema/type-id.ts';

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

/** The bytes read do not match the layout; the caller falls back to resolving the response. */
export class LayoutMismatch extends Error {}

const digits = Buffer.from(base32Digits);
/** Longer pieces are copied with `Buffer.copy`; shorter ones are cheaper byte by byte. */
const longPiece = 64;

/** A growing buffer. */
export class ByteBuffer {
  #bytes: Buffer;
  #length = 0;

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(sizeBytes: number): void {
    if (this.#length + sizeBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + sizeBytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Appends `source[from, to)`. */
  copy(source: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#length;
    if (to - from > longPiece) at += source.copy(bytes, at, from, to);
    else for (let i = from; i < to; i += 1) bytes[at++] = source[i] as number;
    this.#length = at;
  }

  add(piece: Buffer): void {
    this.copy(piece, 0, piece.length);
  }

  addByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Appends the base-32 digits of a TypeID for the UUID whose text begins at `from`. */
  addId(source: Buffer, from: number): void {
    this.#reserve(26);
    const bytes = this.#bytes;
    let at = this.#length;
    // 128 bits in digits of five bits each: the first digit holds three, so two zero bits are prepended.
    let bits = 0;
    let held = 2;
    for (let i = from; i < from + 36; i += 1) {
      const code = source[i] as number;
      if (code === 45) continue;
      bits = (bits << 4) | (code <= 57 ? code - 48 : code - 87);
      held += 4;
      if (held >= 5) {
        held -= 5;
        bytes[at++] = digits[(bits >> held) & 31] as number;
        bits &= (1 << held) - 1;
      }
    }
    this.#length = at;
  }
}

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
