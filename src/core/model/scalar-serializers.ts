import { GraphQLEnumType, getNamedType } from 'graphql';
import type { ReadPart } from '../access/access-log-port.ts';
import type { Declared } from '../access/row-predicates.ts';
import type { FieldPlan } from '../graphql/execution/operation-plan.ts';
import type { IdPrefix } from '../graphql/schema/type-id.ts';
import type { Attribute } from './attribute.ts';
import { type ByteBuffer, LayoutMismatch, quote } from './byte-buffer.ts';
import type { RowLayout } from './row-layout.ts';

/** One writing of an answer. */
export interface Writing {
  source: Buffer;
  sink: ByteBuffer;
  /** Where the reader stands in the source. */
  at: number;
  /** Keys from the field that is written down to here. */
  path: (string | number)[];
  withhold: (plan: FieldPlan, declared: Declared, path: (string | number)[]) => void;
  /** Parts read so far of the file that the present row stands in, one bit each: see {@link Writer.parts}. */
  read: number;
  /** Called on leaving a colleague's file of which something was read. */
  noteRead: (customerId: string, read: number) => void;
}

/** Writes one value, or one field with its name, and leaves the reader behind what it read. */
export type Step = (writing: Writing) => void;
/** Writes the value of a field that was asked for as a whole. */
export interface Writer {
  step: Step;
  /** What its bits of `read` stand for. */
  parts: readonly ReadPart[];
}

export const nullBytes = Buffer.from('null');

/** Thrown while compiling at a field that has to be resolved. */
export class UnsupportedSelection extends Error {}

/** Writes an attribute of the row whose texts stand at `places`; see `rowStep`. */
export function attributeStep(
  plan: FieldPlan,
  attribute: Attribute,
  layout: RowLayout,
  places: Int32Array,
): Step {
  const index = layout.texts.findIndex(({ name }) => name === attribute.field) * 2;
  const { nullable } = plan;
  const write = textStep(plan, attribute);
  if (index < 0) throw new UnsupportedSelection();
  return ({ source, sink }) => {
    const from = places[index] as number;
    if (source[from] === quote) return write(source, from, places[index + 1] as number, sink);
    if (!nullable) throw new LayoutMismatch();
    sink.add(nullBytes);
  };
}

/** Writes a value from its text, quotes included, at `from` to `to`. */
type TextStep = (source: Buffer, from: number, to: number, sink: ByteBuffer) => void;

function textStep({ field }: FieldPlan, { kind, list, prefix }: Attribute): TextStep {
  if (list || kind === 'json') throw new UnsupportedSelection();
  if (kind === 'id') return idStep((field.extensions.idPrefix as IdPrefix | undefined) ?? prefix);
  if (kind === 'instant') return writeInstant;
  if (kind === 'integer' || kind === 'boolean')
    return (source, from, to, sink) => sink.copy(source, from + 1, to - 1);
  if (kind === 'enum') {
    const type = getNamedType(field.type);
    // The database's check lists the values; they are their own names everywhere so far.
    if (!(type instanceof GraphQLEnumType) || type.getValues().some(({ name, value }) => name !== value))
      throw new UnsupportedSelection();
  }
  return (source, from, to, sink) => sink.copy(source, from, to);
}

/** A UUID's text and its quotes. */
const uuidLength = 38;

function idStep(prefix: IdPrefix | undefined): TextStep {
  if (!prefix) throw new UnsupportedSelection();
  const opening = Buffer.from(`"${prefix}_`);
  return (source, from, to, sink) => {
    if (to - from !== uuidLength) throw new LayoutMismatch();
    sink.add(opening);
    sink.addId(source, from + 1);
    sink.addByte(quote);
  };
}

const timeMark = Buffer.from('T');
const utc = Buffer.from('Z"');
/** Of `"2026-01-31 09:59:18.569+00"`, quotes included. */
const dateEnd = 11;
const offsetLength = 4;

/** The database's text of an instant as RFC 3339. */
const writeInstant: TextStep = (source, from, to, sink) => {
  // Years of five digits and times before Christ are for the slow way.
  if (source[from + dateEnd] !== 32 || source[to - offsetLength] !== 43) throw new LayoutMismatch();
  sink.copy(source, from, from + dateEnd);
  sink.add(timeMark);
  sink.copy(source, from + dateEnd + 1, to - offsetLength);
  sink.add(utc);
};
