import { type GraphQLResolveInfo, getNullableType, isListType } from 'graphql';
import { logReads, readsOfParts } from '../access/access-log-port.ts';
import { refusalOf } from '../access/guard.ts';
import { firstRefusal } from '../access/redaction.ts';
import type { Context } from '../context.ts';
import { LayoutMismatch } from '../database/json-scan.ts';
import { argumentsOf, type FieldPlan } from '../graphql/execution/operation-plan.ts';
import type { PlannedField } from '../graphql/execution/planned-field.ts';
import { RawJson, type Refusal } from '../graphql/execution/raw-json.ts';
import { pathToArray } from '../graphql/execution/resolve-field.ts';
import { countAnswer } from './answer-counts.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { compileWriter } from './json-compiler.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { partsOf } from './read-compiler.ts';
import type { Writing } from './scalar-serializers.ts';

/**
 * What is being written. Writing is synchronous, so all answers are written in the same memory and copied from there:
 * allocating for each what it might need cost more than the copy.
 */
let scratch = new ByteBuffer(256 * 1024);
/** A larger one, left behind by a very large answer, is not kept. */
const maxScratchBytes = 4 * 1024 * 1024;

function emptyScratch(): ByteBuffer {
  if (scratch.capacity > maxScratchBytes) scratch = new ByteBuffer(256 * 1024);
  scratch.clear();
  return scratch;
}

/**
 * Writes the database's result as the value of the field being resolved. Null if it has to be resolved: the transport
 * accepts no raw JSON, or the selection has more than fields of rows.
 */
export async function writeAnswer(
  ctx: Context,
  info: Pick<GraphQLResolveInfo, 'path'>,
  { field, plan, variables }: PlannedField,
  { arity, layout, writers }: Pick<PreparedQuery<unknown>, 'arity' | 'layout' | 'writers'>,
  source: Buffer,
): Promise<RawJson | null> {
  // Values that cannot be logged are redacted field by field.
  if (ctx.unlogged.size > 0) return resolved('unlogged');
  const first = arity === 'list' && !isListType(getNullableType(field.returnType));
  const decisions = Object.values(ctx.decisions).join();
  let write = writers.get(decisions);
  if (write === undefined) {
    const argumentsBelow = (below: FieldPlan) => argumentsOf(below, variables);
    const scope = { plan, decisions: ctx.decisions, argumentsOf: argumentsBelow };
    write = compileWriter(scope, field, first ? 'one' : arity, layout);
    writers.set(decisions, write);
  }
  if (typeof write === 'string') return resolved(write);
  const refusals: Refusal[] = [];
  /** What was read of each file, by all paths to it together. */
  const files = new Map<string, number>();
  const writing: Writing = {
    source,
    sink: emptyScratch(),
    at: 0,
    path: pathToArray(info.path),
    withhold: (withheld, declared, path) => {
      const name = `${withheld.parentType.name}.${withheld.field.name}`;
      const error = firstRefusal(ctx, path[0] as string, name, () => refusalOf(ctx, name, declared));
      if (error) refusals.push({ error, fieldNodes: withheld.fieldNodes, path });
    },
    changesCursorAt: (epoch, seq) => ctx.changes.cursorAt(epoch, seq),
    read: 0,
    noteRead: (customerId, read) => void files.set(customerId, (files.get(customerId) ?? 0) | read),
  };
  if (first) {
    // An array with at most one row.
    if (source.length <= 2) return null;
    writing.at = 1;
  }
  const giveUp = (why: 'unlogged' | 'form') => {
    const reported = new Set<unknown>(refusals.map(({ error }) => error));
    for (const [key, error] of ctx.withheld) if (reported.has(error)) ctx.withheld.delete(key);
    return resolved(why);
  };
  try {
    write.step(writing);
  } catch (error) {
    if (error instanceof LayoutMismatch) return giveUp('form');
    throw error;
  }
  // Copied before the next answer is written in the same memory.
  const answer = RawJson.copyOf(writing.sink.bytes, refusals);
  const { parts } = write;
  const reads = [...filesByParts(files)].map(([bits, ids]) => readsOfParts(partsOf(parts, bits), ids));
  await logReads(ctx, reads);
  if (ctx.unlogged.size > 0) return giveUp('unlogged');
  countAnswer('written');
  return answer;
}

function filesByParts(files: Map<string, number>): Map<number, string[]> {
  const byParts = new Map<number, string[]>();
  for (const [customerId, read] of files) {
    const known = byParts.get(read);
    if (known) known.push(customerId);
    else byParts.set(read, [customerId]);
  }
  return byParts;
}

function resolved(why: Parameters<typeof countAnswer>[0]): null {
  countAnswer(why);
  return null;
}
