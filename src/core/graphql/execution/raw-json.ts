import type { ExecutionResult, FieldNode } from 'graphql';

/** A field the viewer may not read, at the first position where it would appear. */
export interface Refusal {
  error: Error;
  fieldNodes: readonly FieldNode[];
  path: (string | number)[];
}

/** Room around a value for the rest of a usual response: `{"data":{"customers":` before it, `}}` behind it. */
const roomBefore = 128;
const roomBehind = 16;

/** The value of a field as UTF-8 JSON, ready to be sent. */
export class RawJson {
  readonly bytes: Buffer;
  readonly refusals: Refusal[];
  /** The bytes with room around them, if they are this value's own. */
  readonly #roomy: Buffer | undefined;

  constructor(bytes: Buffer, refusals: Refusal[], roomy?: Buffer) {
    this.bytes = bytes;
    this.refusals = refusals;
    this.#roomy = roomy;
  }

  /** The value in memory of its own, with room for the response around it. */
  static copyOf(bytes: Buffer, refusals: Refusal[]): RawJson {
    const roomy = Buffer.allocUnsafe(roomBefore + bytes.length + roomBehind);
    bytes.copy(roomy, roomBefore);
    return new RawJson(roomy.subarray(roomBefore, roomBefore + bytes.length), refusals, roomy);
  }

  /**
   * The value between two pieces. Written into the room around it where they fit: of a list's response, a second copy was
   * a third of the memory outside V8's heap, whose growth makes V8 collect garbage.
   */
  between(before: Buffer, behind: Buffer): Buffer {
    const { bytes } = this;
    const roomy = this.#roomy;
    if (!roomy || before.length > roomBefore || behind.length > roomBehind)
      return Buffer.concat([before, bytes, behind]);
    const from = roomBefore - before.length;
    before.copy(roomy, from);
    behind.copy(roomy, roomBefore + bytes.length);
    return roomy.subarray(from, roomBefore + bytes.length + behind.length);
  }
}

/** A result whose errors are formatted for the response. */
type FormattedResult = Omit<ExecutionResult, 'errors'> & { errors?: readonly object[] };

/** Serializes a result: JSON text, or bytes if it contains {@link RawJson}. */
export function stringifyResult(result: FormattedResult): string | Buffer {
  if (!holdsRawJson(result.data)) return JSON.stringify(result);
  const pieces: (Buffer | RawJson)[] = [];
  write(result, pieces);
  const [value, another] = pieces.filter((piece) => piece instanceof RawJson);
  if (!value || another) return concat(pieces);
  const at = pieces.indexOf(value);
  return value.between(concat(pieces.slice(0, at)), concat(pieces.slice(at + 1)));
}

const concat = (pieces: readonly (Buffer | RawJson)[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (piece instanceof RawJson ? piece.bytes : piece)));

function holdsRawJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof RawJson) return true;
  if (Array.isArray(value)) return value.some(holdsRawJson);
  for (const name in value) if (holdsRawJson((value as Record<string, unknown>)[name])) return true;
  return false;
}

function write(value: unknown, pieces: (Buffer | RawJson)[]): void {
  const add = (text: string) => pieces.push(Buffer.from(text));
  if (value instanceof RawJson) pieces.push(value);
  else if (!holdsRawJson(value)) add(JSON.stringify(value));
  else if (Array.isArray(value)) {
    value.forEach((item, i) => {
      add(i === 0 ? '[' : ',');
      write(item, pieces);
    });
    add(']');
  } else {
    const fields = Object.entries(value as object).filter(([, below]) => below !== undefined);
    fields.forEach(([name, below], i) => {
      add(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
      write(below, pieces);
    });
    add('}');
  }
}
