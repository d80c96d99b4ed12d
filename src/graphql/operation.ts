import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  parse,
  type GraphQLSchema,
  validate,
} from 'graphql';
import type { Context } from '../context.ts';
import { badInputAt, tooComplex } from '../errors.ts';
import { checkLimits, limits } from './limits.ts';

export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/**
 * Parses, validates and judges an operation of the socket, as Apollo does for HTTP.
 *
 * @throws GraphQLError: syntax, QUERY_TOO_COMPLEX; returns validation errors as a list.
 */
export function prepareOperation(
  schema: GraphQLSchema,
  { query, operationName, variables }: OperationRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  if (typeof query !== 'string') throw badInputAt(['query'], 'REQUIRED', 'A query is needed. (缺少查询。)');
  const document = parseDocument(query);
  const faults = validate(schema, document, undefined, { maxErrors: 20 });
  if (faults.length > 0) return faults;
  checkLimits(schema, document, operationName, variables ?? {}, contextValue.viewer);
  return { schema, document, operationName, variableValues: variables, contextValue };
}

const parseDocument = (query: string): DocumentNode => {
  try {
    return parse(query, { maxTokens: limits.tokens });
  } catch (error) {
    throw tooManyTokens(error) ?? error;
  }
};

/** graphql reports a document that is too long as a syntax error; clients know it by our code. */
export function tooManyTokens(error: unknown): GraphQLError | null {
  if (!(error instanceof GraphQLError) || !error.message.includes(`more that ${limits.tokens} tokens`)) return null;
  return tooComplex(`A document has at most ${limits.tokens} tokens. (查询文本过长。)`, {
    limit: 'tokens',
    maximum: limits.tokens,
  });
}

/**
 * What a subscription's source yields: an event that is judged and read when it
 * is delivered, under the context of that moment. Null: nothing for this viewer.
 */
export type Delivery = (ctx: Context) => Promise<unknown>;

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and
 * loaders as they are now, not as they were when the client subscribed.
 *
 * `freshContext` throws when the viewer is no more; the stream then ends with that error.
 */
export async function subscribeFreshly(
  args: ExecutionArgs,
  freshContext: () => Promise<Context>,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const deliveries = (source as AsyncIterable<Delivery>)[Symbol.asyncIterator]();

  // An explicit iterator: a generator's return() would wait for its pending next(), and idle subscribers would leak.
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next(): Promise<IteratorResult<ExecutionResult>> {
      for (;;) {
        const { value: delivery, done } = await deliveries.next();
        if (done) return { done: true, value: undefined };
        const contextValue = await freshContext();
        const event = await delivery(contextValue);
        if (event === null) continue;
        return { done: false, value: await execute({ ...args, rootValue: event, contextValue }) };
      }
    },
    async return() {
      await deliveries.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await deliveries.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return results;
    },
  };
  return results;
}
