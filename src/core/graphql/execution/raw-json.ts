import { randomUUID } from 'node:crypto';
import type { FieldNode } from 'graphql';

/** A field that the viewer may not read, at the first place it would have stood. */
export interface Refusal {
  error: Error;
  fieldNodes: readonly FieldNode[];
  path: (string | number)[];
}

/** The value of a field as JSON in UTF-8, ready to be sent. */
export class RawJson {
  readonly bytes: Buffer;
  readonly refusals: Refusal[];

  constructor(bytes: Buffer, refusals: Refusal[]) {
    this.bytes = bytes;
    this.refusals = refusals;
  }

  /** For whoever looks at an answer instead of sending it. */
  toJSON(): unknown {
    return placing ? placing(this) : JSON.parse(this.bytes.toString());
  }
}

/** While an answer is stringified: keeps bytes aside and leaves a mark in their place. */
let placing: ((bytes: RawJson) => string) | null = null;
/** Nobody outside this process can write this mark into a text. */
const mark = randomUUID();

/** An answer as it is sent: JSON text, or bytes when it holds {@link RawJson}. */
export function stringifyResult(answer: object): string | Buffer {
  const found: Buffer[] = [];
  placing = ({ bytes }) => {
    found.push(bytes);
    return mark;
  };
  let text: string;
  try {
    text = JSON.stringify(answer);
  } finally {
    placing = null;
  }
  if (found.length === 0) return text;
  const parts = text.split(`"${mark}"`);
  return Buffer.concat(parts.flatMap((part, i) => [Buffer.from(part), ...(found[i] ? [found[i]] : [])]));
}
