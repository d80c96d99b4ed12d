import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { oneErrorPerField } from '../../access/redaction.ts';
import type { Context } from '../../context.ts';
import { notingCommits } from '../../database/noted-commit.ts';
import { unavailabilityOf } from '../../database/unavailable.ts';
import { everyRootField } from '../../model/extensions.ts';
import { type ExecutionArguments, executeOperation } from './execute.ts';
import { takeTurn } from './fair-turn.ts';
import { introspects } from './limits.ts';
import { planOf } from './operation-plan.ts';
import { refusedUses } from './refused-uses.ts';

/** Error codes that count as refusals. NOT_FOUND is one, because it hides what the viewer may not see. */
export const refusals: ReadonlySet<unknown> = new Set(['FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED']);

/**
 * Executes an operation under its own name in the access log, which records reads and refusals (R106). If the
 * optimistically authenticated viewer turns out to have changed, the operation runs again as the actual viewer.
 *
 * The log is written concurrently, and awaited before the response is sent. If that fails, a query or an event is
 * executed again without the classes that could not be logged; a mutation waits for the log at each read instead.
 */
export async function runOperation(args: ExecutionArguments): Promise<ExecutionResult> {
  try {
    return await runLogged(args);
  } catch (error) {
    return { errors: [new GraphQLError('', { originalError: error as Error })], data: null };
  }
}

/**
 * The error, if an operation had no effect and no result because the database was unavailable, so that it can be
 * retried. Not if some of it may have been committed: `data` is null for a whole mutation even when only its last field
 * fails.
 */
export const outageIn = (
  { data, errors }: ExecutionResult,
  { mayHaveCommitted }: Pick<Context, 'mayHaveCommitted'>,
): GraphQLError | undefined =>
  !mayHaveCommitted && Object.values(data ?? {}).every((value) => value === null)
    ? errors?.find(unavailabilityOf)
    : undefined;

async function runLogged(args: ExecutionArguments): Promise<ExecutionResult> {
  const ctx = args.contextValue as Context;
  nameOperation(args);
  const operation = getOperationAST(args.document, args.operationName);
  const isRepeatable = !operation || operation.operation !== OperationTypeNode.MUTATION;
  // Sign-ins have their own limit and wait for it; events are about what others wrote.
  const writesFiles = !isRepeatable && !everyRootField(args.schema, operation, 'writesSession');
  if (!args.rootValue) ctx.takeTurns();
  if (!isRepeatable) {
    if (writesFiles) ctx.requireRoom();
    ctx.db = notingCommits(ctx.db, () => {
      ctx.mayHaveCommitted = true;
    });
  }
  ctx.logging = isRepeatable ? [] : null;
  const answer = () => refuseUnreadable(args) ?? executeOperation(args);
  const execute = async () =>
    oneErrorPerField(ctx, await (operation && introspects(operation) ? takeTurn(ctx, answer) : answer()));
  const result = await (writesFiles ? ctx.inTurnToWrite(execute) : execute());
  const contextValue = await ctx.verify?.();
  if (contextValue) return runOperation({ ...args, contextValue });
  if (!ctx.logging || ctx.logging.length === 0) return logRefused(args, result);
  await Promise.all(ctx.logging);
  if (ctx.unlogged.size === 0) return logRefused(args, result);
  ctx.logging = null;
  ctx.withheld.clear();
  return logRefused(args, await execute());
}

/**
 * The result for an operation that filters, orders or groups by a field its viewer can never read, before any of it
 * runs; otherwise null. Not for an event: after a change of role the affected list is refused, not the event.
 */
export function refuseUnreadable({
  schema,
  document,
  operationName,
  values = {},
  rootValue,
  contextValue,
}: ExecutionArguments): ExecutionResult | null {
  const { viewer } = contextValue as Context;
  if (!viewer || rootValue) return null;
  try {
    const plan = planOf(schema, document, operationName, values);
    const errors = plan ? refusedUses(plan, values, viewer) : [];
    return errors.length > 0 ? { errors, data: null } : null;
  } catch (error) {
    // Other errors surface during execution.
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

/** Stores the client's name for the operation in the context. */
export function nameOperation({ document, operationName, contextValue }: ExecutionArgs): void {
  (contextValue as Context).operationName = getOperationAST(document, operationName)?.name?.value ?? null;
}

/** Reports the refusals among an operation's errors to the access log, one entry per code. */
export function logRefused(args: ExecutionArgs, result: ExecutionResult): ExecutionResult {
  const ctx = args.contextValue as Context;
  if (!result.errors || !ctx.viewer) return result;
  const refused = result.errors.filter(({ extensions }) => refusals.has(extensions.code));
  for (const code of new Set(refused.map(({ extensions }) => String(extensions.code)))) {
    const errors = refused.filter(({ extensions }) => extensions.code === code);
    const fields = new Set(errors.flatMap(fieldsOf));
    const ids = new Set(errors.flatMap(({ path }) => (path ? idsNamed(args, String(path[0])) : [])));
    ctx.accessLog.noteRefusal(ctx, { code, fields: [...fields], ids: [...ids] });
  }
  return result;
}

/** The ids that a root field's arguments name what it is about by. */
function idsNamed({ document, operationName, variableValues }: ExecutionArgs, name: string): string[] {
  const operation = getOperationAST(document, operationName);
  const fields = operation?.selectionSet.selections ?? [];
  const found = fields.find(
    (field) => field.kind === Kind.FIELD && (field.alias ?? field.name).value === name,
  );
  if (found?.kind !== Kind.FIELD) return [];
  const given = Object.fromEntries(
    (found.arguments ?? []).map(({ name: { value: key }, value }) => [
      key,
      valueFromASTUntyped(value, variableValues),
    ]),
  ) as { input?: unknown };
  return [given, given.input].flatMap((values) => {
    const { id, customerId, ids } = (values ?? {}) as Record<string, unknown>;
    return [id, customerId, ...(Array.isArray(ids) ? ids : [])].filter((one) => typeof one === 'string');
  });
}

/** What an error refuses: the fields it names, otherwise its path. */
function fieldsOf({ extensions, path }: GraphQLError): string[] {
  if (Array.isArray(extensions.fields)) return extensions.fields.map(String);
  if (typeof extensions.field === 'string') return [extensions.field];
  return path ? [path.filter((part) => typeof part === 'string').join('.')] : [];
}
