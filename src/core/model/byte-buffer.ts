import { base32Digits } from '../graphql/schema/type-id.ts';

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
