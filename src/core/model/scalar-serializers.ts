import { GraphQLEnumType, type GraphQLLeafType, getNamedType } from 'graphql';
import type { ReadPart } from '../access/access-log-port.ts';
import type { Declared } from '../access/row-predicates.ts';
import { LayoutMismatch, quote } from '../database/json-scan.ts';
import type { FieldPlan } from '../graphql/execution/operation-plan.ts';
import { encodeId, type IdPrefix } from '../graphql/schema/type-id.ts';
import type { Attribute } from './attribute.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { extensionsOf } from './extensions.ts';
import type { RowLayout } from './row-layout.ts';

/** The state of writing one response. */
export interface Writing {
  source: Buffer;
  sink: ByteBuffer;
  /** Read position in the source. */
  at: number;
  /** Response path. */
  path: (string | number)[];
  /** Encodes a position of the event log as a cursor. */
  changesCursorAt: (epoch: string, seq: number) => string;
  withhold: (plan: FieldPlan, declared: Declared, path: (string | number)[]) => void;
  /** Parts read so far of the current row's file, one bit each: see {@link Writer.parts}. */
  read: number;
  /** Called when leaving a colleague's file of which something was read. */
  noteRead: (customerId: string, read: number) => void;
}

/** Writes one value, or one field with its name, and advances past what it read. */
export type Step = (writing: Writing) => void;
/** Writes the whole value of a field. */
export interface Writer {
  step: Step;
  /** The meaning of the bits of `read`. */
  parts: readonly ReadPart[];
}

export const nullBytes = Buffer.from('null');

/** Why a selection is resolved instead of written: what it holds that cannot be, for `/metrics`. */
export const unsupportedReasons = ['resolver', 'type', 'page', 'name', 'scalar', 'parts'] as const;
export type UnsupportedReason = (typeof unsupportedReasons)[number];

/** Thrown during compilation at a field that has to be resolved. */
export class UnsupportedSelection extends Error {
  constructor(readonly reason: UnsupportedReason) {
    super(reason);
  }
}

/** Writes an attribute of the row whose texts are at `offsets`; see `rowStep`. */
export function attributeStep(
  plan: FieldPlan,
  attribute: Attribute,
  layout: RowLayout,
  offsets: Int32Array,
): Step {
  const index = layout.texts.findIndex(({ name }) => name === attribute.field) * 2;
  const { nullable } = plan;
  const write = textStep(plan, attribute);
  if (index < 0) throw new UnsupportedSelection('resolver');
  return ({ source, sink }) => {
    const from = offsets[index] as number;
    if (source[from] === quote) return write(source, from, offsets[index + 1] as number, sink);
    if (!nullable) throw new LayoutMismatch();
    sink.add(nullBytes);
  };
}

/** Writes a value from its text at `from` to `to`, including quotes. */
type TextStep = (source: Buffer, from: number, to: number, sink: ByteBuffer) => void;

function textStep(plan: FieldPlan, attribute: Attribute): TextStep {
  const { field } = plan;
  const { kind, list, prefix } = attribute;
  if (list || kind === 'json') return parsedStep(plan, attribute);
  if (kind === 'id') return idStep(extensionsOf(field).idPrefix ?? prefix);
  if (kind === 'instant') return writeInstant;
  if (kind === 'integer' || kind === 'boolean')
    return (source, from, to, sink) => sink.copy(source, from + 1, to - 1);
  if (kind === 'enum' && !hasPlainNames(getNamedType(field.type))) return parsedStep(plan, attribute);
  return (source, from, to, sink) => sink.copy(source, from, to);
}

/** Whether an enum's values are sent under the names that the database has for them; the database checks them. */
const hasPlainNames = (type: unknown): boolean =>
  type instanceof GraphQLEnumType && type.getValues().every(({ name, value }) => name === value);

/**
 * Writes a list or a JSON value, which is JSON within the text, or an enum value under another name: decoded,
 * serialized by its scalar and stringified, as a resolver's value would be. Rows rarely have one.
 */
function parsedStep({ field }: FieldPlan, { kind, list, prefix }: Attribute): TextStep {
  const type = getNamedType(field.type) as GraphQLLeafType;
  const ids = kind === 'id' ? (extensionsOf(field).idPrefix ?? prefix) : undefined;
  if (kind === 'id' && !ids) throw new UnsupportedSelection('scalar');
  const serialized = (value: unknown): unknown => {
    // The resolved answer says which value is missing or refused.
    if (value === null) throw new LayoutMismatch();
    try {
      return type.serialize(ids ? encodeId(ids, value as string) : value) ?? null;
    } catch {
      throw new LayoutMismatch();
    }
  };
  return (source, from, to, sink) => {
    const text: string = JSON.parse(source.toString('utf8', from, to));
    const value: unknown = kind === 'enum' && !list ? text : JSON.parse(text);
    const written = list && Array.isArray(value) ? value.map(serialized) : serialized(value);
    sink.add(Buffer.from(JSON.stringify(written)));
  };
}

/** Length of a UUID's text and its quotes. */
const uuidLength = 38;

function idStep(prefix: IdPrefix | undefined): TextStep {
  if (!prefix) throw new UnsupportedSelection('scalar');
  const opening = Buffer.from(`"${prefix}_`);
  return (source, from, to, sink) => {
    if (to - from !== uuidLength) throw new LayoutMismatch();
    sink.add(opening);
    sink.addId(source, from + 1);
    sink.addByte(quote);
  };
}

const timeMark = Buffer.from('T');
/** What follows after so many bytes of the fraction, its point included. */
const endings = ['.000Z"', '000Z"', '00Z"', '0Z"', 'Z"'].map((ending) => Buffer.from(ending));
/** Positions in `"2026-01-31 09:59:18.569+00"`, including quotes. */
const dateEnd = 11;
const secondsEnd = 20;
const fractionLength = 4;
const offsetLength = 4;

/** Writes the database's text of an instant as RFC 3339. */
const writeInstant: TextStep = (source, from, to, sink) => {
  // Five-digit years and dates before Christ are left to the resolvers.
  if (source[from + dateEnd] !== 32 || source[to - offsetLength] !== 43) throw new LayoutMismatch();
  sink.copy(source, from, from + dateEnd);
  sink.add(timeMark);
  // To the millisecond: the database writes none to six fractional digits.
  const end = Math.min(from + secondsEnd + fractionLength, to - offsetLength);
  sink.copy(source, from + dateEnd + 1, end);
  const written = end - from - secondsEnd;
  sink.add(endings[written] as Buffer);
};
