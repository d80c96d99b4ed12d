import { type ExecutionArgs, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql';
import type { Context } from '../context.ts';
import { executeOperation } from './execute.ts';

/** Codes by which somebody was refused what they asked for. A stranger's NOT_FOUND is one, whatever they know of it. */
const refusals = new Set(['FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED']);

/** Executes an operation, under its own name in the access log, which is told of what was refused (R106). */
export function runOperation(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  nameOperation(args);
  const result = executeOperation(args);
  return result instanceof Promise
    ? result.then((settled) => logRefused(args, settled))
    : logRefused(args, result);
}

/** Lets the context know what the client called the operation. */
export function nameOperation({ document, operationName, contextValue }: ExecutionArgs): void {
  (contextValue as Context).operationName = getOperationAST(document, operationName)?.name?.value ?? null;
}

/** Tells the access log of the refusals among an operation's errors: one entry per code. */
export function logRefused({ contextValue }: ExecutionArgs, result: ExecutionResult): ExecutionResult {
  const ctx = contextValue as Context;
  if (!result.errors || !ctx.viewer) return result;
  const fieldsByCode = new Map<string, Set<string>>();
  for (const error of result.errors) {
    const code = String(error.extensions.code);
    if (!refusals.has(code)) continue;
    const fields = fieldsByCode.get(code) ?? new Set();
    for (const field of fieldsOf(error)) fields.add(field);
    fieldsByCode.set(code, fields);
  }
  for (const [code, fields] of fieldsByCode) ctx.accessLog.noteRefusal(ctx, { code, fields: [...fields] });
  return result;
}

/** What an error refuses: the fields it names, else its place in the answer. */
function fieldsOf({ extensions, path }: GraphQLError): string[] {
  if (typeof extensions.field === 'string') return [extensions.field];
  if (Array.isArray(extensions.fields)) return extensions.fields.map(String);
  return path ? [path.filter((part) => typeof part === 'string').join('.')] : [];
}
