import { base32Digits } from '../graphql/schema/type-id.ts';

const digits = Buffer.from(base32Digits);
/**
 * Longer pieces are copied with `Buffer.copy`; shorter ones are cheaper byte by byte: on Node 20 each copy makes two views,
 * which were a seventh of what a request allocates.
 */
const longPiece = 256;

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

  /** Empties the buffer and keeps its memory. */
  clear(): void {
    this.#length = 0;
  }

  get capacity(): number {
    return this.#bytes.length;
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
    // Written out, because half of a dashboard's values are ids: a loop over their digits took three times as long.
    const a = hexAt(source, from) * 0x10000 + hexAt(source, from + 4);
    const b = hexAt(source, from + 9) * 0x10000 + hexAt(source, from + 14);
    const c = hexAt(source, from + 19) * 0x10000 + hexAt(source, from + 24);
    const d = hexAt(source, from + 28) * 0x10000 + hexAt(source, from + 32);
    let at = this.#length;
    // The first digit holds three bits, for 26 digits are two bits more than a UUID has.
    bytes[at++] = digits[a >>> 29] as number;
    for (let shift = 24; shift > 0; shift -= 5) bytes[at++] = digits[(a >>> shift) & 31] as number;
    bytes[at++] = digits[((a & 15) << 1) | (b >>> 31)] as number;
    for (let shift = 26; shift > 0; shift -= 5) bytes[at++] = digits[(b >>> shift) & 31] as number;
    bytes[at++] = digits[((b & 1) << 4) | (c >>> 28)] as number;
    for (let shift = 23; shift > 0; shift -= 5) bytes[at++] = digits[(c >>> shift) & 31] as number;
    bytes[at++] = digits[((c & 7) << 2) | (d >>> 30)] as number;
    for (let shift = 25; shift >= 0; shift -= 5) bytes[at++] = digits[(d >>> shift) & 31] as number;
    this.#length = at;
  }
}

/** The value of each hexadecimal digit, by its character code. */
const hex = new Uint8Array(256);
for (const [value, digit] of [...'0123456789abcdef'].entries()) hex[digit.charCodeAt(0)] = value;

/** Value of four hexadecimal digits. */
const hexAt = (source: Buffer, at: number): number =>
  ((hex[source[at] as number] as number) << 12) |
  ((hex[source[at + 1] as number] as number) << 8) |
  ((hex[source[at + 2] as number] as number) << 4) |
  (hex[source[at + 3] as number] as number);
