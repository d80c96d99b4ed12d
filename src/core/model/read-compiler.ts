import type { ReadPart } from '../access/access-log-port.ts';
import type { Decisions } from '../access/decisions.ts';
import type { AccessClass } from '../access/policy.ts';
import {
  closeBracket,
  endOfString,
  isNull,
  LayoutMismatch,
  nullLength,
  openBracket,
  quote,
} from '../database/json-scan.ts';
import type { FieldPlan } from '../graphql/execution/operation-plan.ts';
import { foreignFile, isEverRead, loggedParts } from './access-trace.ts';
import { flagOf } from './read-context.ts';
import type { RowLayout } from './row-layout.ts';
import { type Step, UnsupportedSelection } from './scalar-serializers.ts';

/** What notes reads: the rights they depend on, and the parts found so far that have to be logged. */
export interface Noting {
  decisions: Decisions;
  parts: ReadPart[];
}

/** Number of bits that are cheap to set in a number. A selection with more parts is resolved instead. */
const maxParts = 31;

const letterT = 116;

/** Start and end of each text in the source, for the row being written. */
export const offsetsOf = ({ texts }: RowLayout): Int32Array => new Int32Array(texts.length * 2);

/** Finds the texts of the row that begins at `at`; returns the position behind them. */
export function locateTexts(source: Buffer, at: number, offsets: Int32Array, isNested: boolean): number {
  let next = isNested ? at + 1 : at;
  if (source[next] !== openBracket) throw new LayoutMismatch();
  next += 1;
  for (let i = 0; i < offsets.length; i += 2) {
    const end = isNull(source, next) ? next + nullLength : endOfString(source, next);
    offsets[i] = next;
    offsets[i + 1] = end;
    next = end + 1;
  }
  if (source[next - 1] !== closeBracket) throw new LayoutMismatch();
  return next;
}

/** Notes which logged classes a row holds, without writing it: of rows of which only the cursors are selected. */
export function readStep(noting: Noting, layout: RowLayout): Step | null {
  if (loggedParts(layout.model, layout.inCursor).length === 0) return null;
  const offsets = offsetsOf(layout);
  const note = inItsFile(layout, offsets, partsStep(noting, [], layout, offsets));
  return (writing) => {
    locateTexts(writing.source, writing.at, offsets, layout.relations.length > 0);
    note(writing);
  };
}

/** What is done with a row; what is read meanwhile is noted for the file that the row enters, if it enters one. */
export function inItsFile(layout: RowLayout, offsets: Int32Array, step: Step): Step {
  const index = layout.texts.findIndex(({ name }) => name === foreignFile) * 2;
  if (index < 0) return step;
  return (writing) => {
    const { source, read: outer } = writing;
    writing.read = 0;
    step(writing);
    const from = offsets[index] as number;
    if (writing.read !== 0 && source[from] === quote)
      writing.noteRead(source.toString('latin1', from + 1, (offsets[index + 1] as number) - 1), writing.read);
    writing.read = outer;
  };
}

/** Records which logged classes of the current row are read; see `readsOf` for rows that are resolved. */
export function partsStep(
  { decisions, parts }: Noting,
  fields: readonly FieldPlan[],
  layout: RowLayout,
  offsets: Int32Array,
): Step {
  let always = 0;
  const byRow: { bit: number; index: number }[] = [];
  const names = [...fields.map(({ field }) => field.name), ...layout.inCursor];
  for (const part of loggedParts(layout.model, names)) {
    if (!isEverRead(decisions, part)) continue;
    const bit = 1 << (parts.push(part) - 1);
    if (parts.length > maxParts) throw new UnsupportedSelection('parts');
    if (decisions[part.access] === 'ALLOW') always |= bit;
    else byRow.push({ bit, index: flagIndex(layout, part.access) });
  }
  return (writing) => {
    let read = always;
    for (const { bit, index } of byRow) if (isTrue(writing.source, offsets, index)) read |= bit;
    writing.read |= read;
  };
}

/** The parts behind the bits of `Writing.read`. */
export const partsOf = (parts: readonly ReadPart[], bits: number): ReadPart[] =>
  parts.filter((_, i) => bits & (1 << i));

export function flagIndex(layout: RowLayout, access: AccessClass | 'identity'): number {
  const index = layout.texts.findIndex(({ name }) => name === flagOf(access));
  if (index < 0) throw new UnsupportedSelection('resolver');
  return index;
}

/** Whether a text is "true"; otherwise it is "false" or null. */
export const isTrue = (source: Buffer, offsets: Int32Array, index: number): boolean =>
  source[(offsets[index * 2] as number) + 1] === letterT;
