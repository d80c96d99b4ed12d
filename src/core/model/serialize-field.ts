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

/** How many times the size of the database's result the buffer begins with, because of names and brackets. */
const growth = 2;

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
  const verdicts = Object.values(ctx.decisions).join();
  let write = writers.get(verdicts);
  if (write === undefined) {
    const argumentsBelow = (below: FieldPlan) => argumentsOf(below, variables);
    const scope = { plan, verdicts: ctx.decisions, argumentsOf: argumentsBelow };
    write = compileWriter(scope, field, first ? 'one' : arity, layout);
    writers.set(verdicts, write);
  }
  if (typeof write === 'string') return resolved(write);
  const refusals: Refusal[] = [];
  const files = new Map<number, Set<string>>();
  const writing: Writing = {
    source,
    sink: new ByteBuffer(source.length * growth + 64),
    at: 0,
    path: pathToArray(info.path),
    withhold: (withheld, declared, path) => {
      const name = `${withheld.parentType.name}.${withheld.field.name}`;
      const error = firstRefusal(ctx, path[0] as string, name, () => refusalOf(ctx, name, declared));
      if (error) refusals.push({ error, fieldNodes: withheld.fieldNodes, path });
    },
    changesCursorAt: (epoch, seq) => ctx.changes.cursorAt(epoch, seq),
    read: 0,
    noteRead: (customerId, read) => {
      const known = files.get(read);
      if (known) known.add(customerId);
      else files.set(read, new Set([customerId]));
    },
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
  const { parts } = write;
  const reads = [...files].map(([bits, ids]) => readsOfParts(partsOf(parts, bits), ids));
  await logReads(ctx, reads);
  if (ctx.unlogged.size > 0) return giveUp('unlogged');
  countAnswer('written');
  return new RawJson(writing.sink.bytes, refusals);
}

function resolved(why: Parameters<typeof countAnswer>[0]): null {
  countAnswer(why);
  return null;
}
