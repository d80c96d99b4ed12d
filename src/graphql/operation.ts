import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  ValuesOfCorrectTypeRule,
  validate,
} from 'graphql';
import type { Context, Viewer } from '../context.ts';
import { badInput, badInputAt, type Issue, tooComplex } from '../errors.ts';
import { literalIssues, variableIssues, withoutSuggestion } from './input-value.ts';
import { checkLimits, limits } from './limits.ts';
import { logRefused, nameOperation, runOperation } from './run-operation.ts';

export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/**
 * Parses and judges an operation of the socket, as Apollo does for HTTP.
 *
 * Returns what can be executed, or why not: GRAPHQL_PARSE_FAILED and the reasons of {@link judgeOperation}.
 */
export function prepareOperation(
  schema: GraphQLSchema,
  request: OperationRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  const { query, operationName, variables } = request;
  if (typeof query !== 'string')
    return [badInputAt(['query'], 'REQUIRED', 'A query is needed. (缺少查询。)')];
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [tooManyTokens(error) ?? withCode(error, 'GRAPHQL_PARSE_FAILED')];
  }
  const faults = judgeOperation(schema, document, request, contextValue.viewer);
  if (faults.length > 0) return faults;
  return { schema, document, operationName, variableValues: variables, contextValue };
}

/**
 * Why an operation may not run, before anything of it does: the one gate of both transports. Empty when it may.
 *
 * The limits come first, so that validating costs little whatever was sent. GRAPHQL_VALIDATION_FAILED is for
 * documents that are not GraphQL against this schema; a value that does not fit is BAD_USER_INPUT, the same
 * whether it came as a literal or as a variable, with all violations in `issues`.
 */
export function judgeOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operationName, variables }: Omit<OperationRequest, 'query'>,
  viewer: Viewer | null,
): readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName);
  if (!operation) return [unresolved()];
  try {
    checkLimits(schema, document, operation, variables ?? {}, viewer);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  const judged = judgeDocument(schema, document);
  if (judged.faults.length > 0) return judged.faults;
  const issues = [...judged.issues, ...variableIssues(schema, operation, variables ?? {})];
  return issues.length > 0 ? [badInput(issues)] : [];
}

interface JudgedDocument {
  faults: readonly GraphQLError[];
  issues: readonly Issue[];
}

/** Apollo keeps documents that come again; what was found of them is kept as long. */
const judgedDocuments = new WeakMap<DocumentNode, JudgedDocument>();
const documentRules = specifiedRules.filter((rule) => rule !== ValuesOfCorrectTypeRule);
const maxFaults = 20;

function judgeDocument(schema: GraphQLSchema, document: DocumentNode): JudgedDocument {
  const known = judgedDocuments.get(document);
  if (known) return known;
  const faults = validate(schema, document, documentRules, { maxErrors: maxFaults }).map((error) =>
    withCode(error, 'GRAPHQL_VALIDATION_FAILED'),
  );
  const judged = { faults, issues: faults.length > 0 ? [] : literalIssues(schema, document) };
  judgedDocuments.set(document, judged);
  return judged;
}

/** graphql's own errors, with the codes that Apollo's clients know. */
const withCode = (error: GraphQLError, code: string): GraphQLError => {
  const { nodes, source, positions } = error;
  return new GraphQLError(withoutSuggestion(error.message), {
    nodes,
    source,
    positions,
    extensions: { code },
  });
};

const unresolved = (): GraphQLError =>
  new GraphQLError(
    'The document holds several operations or none of this name: name one. (请指定要执行的操作名称。)',
    {
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    },
  );

/** graphql reports a document that is too long as a syntax error; clients know it by our code. */
export function tooManyTokens(error: unknown): GraphQLError | null {
  if (!(error instanceof GraphQLError) || !error.message.includes(`more that ${limits.tokens} tokens`))
    return null;
  return tooComplex(
    `A document has at most ${limits.tokens} tokens. (查询文本过长，最多 ${limits.tokens} 个词元。)`,
    {
      limit: 'tokens',
      maximum: limits.tokens,
    },
  );
}

/**
 * What a subscription's source yields: an event that is judged and read when it
 * is delivered, under the context of that moment. Null: nothing for this viewer.
 */
export type Delivery = (ctx: Context) => Promise<unknown>;

/** The context of one delivery: made for the viewer as they were a moment ago, and confirmed while it is used. */
export interface Moment {
  assumed: Context;
  /**
   * The same context when the viewer still is who they were, another one when not. Rejects when they are no more: the
   * stream then ends with that error.
   */
  confirmed: Promise<Context>;
}

/**
 * Runs a subscription with a fresh context for every event: viewer, rights and loaders as they are now, not as they
 * were when the client subscribed. Viewer and event are read in one round trip; an event that was judged for a viewer
 * who has changed is judged again.
 */
export async function subscribeFreshly(
  args: ExecutionArgs,
  openMoment: () => Promise<Moment>,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  nameOperation(args);
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return logRefused(args, source);
  const deliveries = (source as AsyncIterable<Delivery>)[Symbol.asyncIterator]();

  // An explicit iterator: a generator's return() would wait for its pending next(), and idle subscribers would leak.
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next(): Promise<IteratorResult<ExecutionResult>> {
      for (;;) {
        const { value: delivery, done } = await deliveries.next();
        if (done) return { done: true, value: undefined };
        const { assumed, confirmed } = await openMoment();
        nameOperation({ ...args, contextValue: assumed });
        const [judged, contextValue] = await Promise.all([delivery(assumed), confirmed]);
        nameOperation({ ...args, contextValue });
        const event = contextValue === assumed ? judged : await delivery(contextValue);
        if (event === null) continue;
        return { done: false, value: await runOperation({ ...args, rootValue: event, contextValue }) };
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
