import {
  type DocumentNode,
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
import type { Execution } from './execute.ts';
import { literalIssues, type ReadVariables, readVariables, withoutSuggestion } from './input-value.ts';
import { checkLimits, limits } from './limits.ts';

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
): Execution | readonly GraphQLError[] {
  const { query, operationName, variables } = request;
  if (typeof query !== 'string')
    return [badInputAt(['query'], 'REQUIRED', 'A query is needed. (缺少查询。)')];
  let document: DocumentNode;
  try {
    document = parsed(query);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [tooManyTokens(error) ?? withCode(error, 'GRAPHQL_PARSE_FAILED')];
  }
  const { faults, values } = judgeOperation(schema, document, request, contextValue.viewer);
  if (faults.length > 0) return faults;
  return { schema, document, operationName, variableValues: variables, values, contextValue };
}

/**
 * Why an operation may not run, before anything of it does: the one gate of both transports. Without faults when it may.
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
): JudgedOperation {
  const operation = getOperationAST(document, operationName);
  if (!operation) return refused(unresolved());
  try {
    checkLimits(schema, document, operation, variables ?? {}, viewer);
  } catch (error) {
    if (error instanceof GraphQLError) return refused(error);
    throw error;
  }
  const judged = judgeDocument(schema, document);
  if (judged.faults.length > 0) return refused(...judged.faults);
  const { values, issues } = readVariables(schema, operation, variables ?? {});
  const all = [...judged.issues, ...issues];
  return all.length > 0 ? refused(badInput(all)) : { faults: [], values };
}

/** What {@link judgeOperation} found; `values` are the variables, of use where there are no faults. */
export interface JudgedOperation extends Pick<ReadVariables, 'values'> {
  faults: readonly GraphQLError[];
}

const refused = (...faults: readonly GraphQLError[]): JudgedOperation => ({ faults, values: {} });

/** Text of the documents kept at most, in characters; parsed it takes some thirty times that in bytes. */
const maxKeptText = 500_000;
const documents = new Map<string, DocumentNode>();
let keptText = 0;

/**
 * The document of a text. One that comes again is the same one, so that what was worked out for it is there, and a
 * thousand subscriptions hold it once. Throws GraphQLError.
 */
function parsed(query: string): DocumentNode {
  const known = documents.get(query);
  if (known) return known;
  const document = parse(query, { maxTokens: limits.tokens });
  documents.set(query, document);
  keptText += query.length;
  for (const oldest of documents.keys()) {
    if (keptText <= maxKeptText) break;
    documents.delete(oldest);
    keptText -= oldest.length;
  }
  return document;
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
export interface Delivery {
  (ctx: Context): Promise<unknown>;
  /** Takes out of the stream those that come next, as far as they are there already: at most so many. */
  following?: (amount: number) => Delivery[];
}
