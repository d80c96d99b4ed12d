import type { ExecutionResult, FieldNode } from 'graphql';

/** A field the viewer may not read, at the first position where it would appear. */
export interface Refusal {
  error: Error;
  fieldNodes: readonly FieldNode[];
  path: (string | number)[];
}

/** The value of a field as UTF-8 JSON, ready to be sent. */
export class RawJson {
  readonly bytes: Buffer;
  readonly refusals: Refusal[];

  constructor(bytes: Buffer, refusals: Refusal[]) {
    this.bytes = bytes;
    this.refusals = refusals;
  }
}

/** A result whose errors are formatted for the response. */
type FormattedResult = Omit<ExecutionResult, 'errors'> & { errors?: readonly object[] };

/** Serializes a result: JSON text, or bytes if it contains {@link RawJson}. */
export function stringifyResult(result: FormattedResult): string | Buffer {
  if (!holdsRawJson(result.data)) return JSON.stringify(result);
  const pieces: Buffer[] = [];
  write(result, pieces);
  return Buffer.concat(pieces);
}

function holdsRawJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof RawJson) return true;
  if (Array.isArray(value)) return value.some(holdsRawJson);
  for (const name in value) if (holdsRawJson((value as Record<string, unknown>)[name])) return true;
  return false;
}

function write(value: unknown, pieces: Buffer[]): void {
  const add = (text: string) => pieces.push(Buffer.from(text));
  if (value instanceof RawJson) pieces.push(value.bytes);
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
