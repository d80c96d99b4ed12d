import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  validate,
} from 'graphql';
import type { Viewer } from '../../access/viewer.ts';
import type { Context } from '../../context.ts';
import { badInput, badInputAt, type Issue, timedOut } from '../../errors.ts';
import { type CoercedVariables, coerceVariableValues, literalIssues } from './coerce-input.ts';
import { checkShape } from './document-shape.ts';
import { checkLength, checkText } from './document-text.ts';
import type { ExecutionArguments } from './execute.ts';
import { takeTurn } from './fair-turn.ts';
import { checkLimits } from './limits.ts';
import { planOf } from './operation-plan.ts';

export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** What can be executed, with its variables read. */
export interface PreparedOperation extends ExecutionArguments {
  values: Record<string, unknown>;
}

/** As {@link readDocument} and {@link validateOperation}, for an operation of the socket. */
export async function prepareOperation(
  schema: GraphQLSchema,
  request: OperationRequest,
  contextValue: Context,
): Promise<PreparedOperation | readonly GraphQLError[]> {
  const { query, operationName, variables } = request;
  if (typeof query !== 'string')
    return [badInputAt(['query'], 'REQUIRED', 'A query is needed. (缺少查询。)')];
  try {
    const document = await readDocument(schema, query, contextValue);
    const { errors, values } = validateOperation(schema, document, request, contextValue.viewer);
    if (errors.length > 0) return errors;
    return { schema, document, operationName, variableValues: variables, values, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/**
 * Why an operation may not run, before anything of it does: the one gate of both transports. Without faults when it may.
 *
 * The limits come first, so that validating costs little whatever was sent. GRAPHQL_VALIDATION_FAILED is for
 * documents that are not GraphQL against this schema; a value that does not fit is BAD_USER_INPUT, the same
 * whether it came as a literal or as a variable, with all violations in `issues`.
 */
export function validateOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operationName, variables }: Omit<OperationRequest, 'query'>,
  viewer: Viewer | null,
): ValidatedOperation {
  const operation = getOperationAST(document, operationName);
  if (!operation) return refused(unresolved());
  try {
    checkLimits(schema, document, operation, variables ?? {}, viewer);
  } catch (error) {
    if (error instanceof GraphQLError) return refused(error);
    throw error;
  }
  const validated = validateDocument(schema, document);
  if (validated.errors.length > 0) return refused(...validated.errors);
  const { values, issues } = coerceVariableValues(schema, operation, variables ?? {});
  const all = [...validated.issues, ...issues];
  if (all.length > 0) return refused(badInput(all));
  return { errors: subscriptionFaults(schema, document, operation, values), values };
}

/** What is followed is decided by the one field that is left when `@skip` and `@include` are known. */
function subscriptionFaults(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, name }: OperationDefinitionNode,
  values: Record<string, unknown>,
): readonly GraphQLError[] {
  if (operation !== OperationTypeNode.SUBSCRIPTION) return [];
  try {
    const fields = planOf(schema, document, name?.value, values)?.root.fields ?? [];
    if (fields.length === 1 && !fields[0]?.field.name.startsWith('__')) return [];
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  return [
    new GraphQLError('A subscription selects exactly one field of Subscription. (订阅须恰好选择一个字段。)', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    }),
  ];
}

/** What {@link validateOperation} found; `values` are the variables, of use where there are no faults. */
export interface ValidatedOperation extends Pick<CoercedVariables, 'values'> {
  errors: readonly GraphQLError[];
}

const refused = (...errors: readonly GraphQLError[]): ValidatedOperation => ({ errors: errors, values: {} });

/** Text of the documents kept at most, in characters; parsed it takes some thirty times that in bytes. */
const maxKeptText = 500_000;
/** Documents in order, by their text: those that came last are at the end. */
const documents = new Map<string, DocumentNode>();
let keptText = 0;
/** What waits to be read, by caller and text: of one caller a text waits once. Limits and turns differ between callers. */
const beingRead = new Map<string, Promise<DocumentNode>>();

/**
 * The document of a text, within the limits of what a document may hold. One that comes again is the same one, so that
 * what was worked out for it is there, and a thousand subscriptions hold it once. Any other waits for its turn.
 *
 * Throws QUERY_TOO_COMPLEX, GRAPHQL_PARSE_FAILED, RATE_LIMITED, and UNAUTHENTICATED for what is too long to be read for
 * somebody who is not signed in.
 */
export async function readDocument(
  schema: GraphQLSchema,
  text: string,
  caller: Pick<Context, 'viewer' | 'address'>,
): Promise<DocumentNode> {
  checkLength(text, caller.viewer);
  const known = takeKept(text);
  if (known) return known;
  const key = `${caller.viewer ? `by ${caller.viewer.id}` : `from ${caller.address}`} ${text}`;
  let reading = beingRead.get(key);
  if (!reading) {
    reading = takeTurn(caller, () => {
      // After a restart everybody sends the same text at once: the first turn has read it for all.
      const kept = takeKept(text);
      if (kept) return kept;
      const document = parsed(text, caller.viewer);
      checkShape(document);
      const { errors, issues } = validateDocument(schema, document);
      // What is refused is not kept: it would drive out what others ask again.
      if (errors.length === 0 && issues.length === 0) keep(text, document);
      return document;
    }).finally(() => beingRead.delete(key));
    beingRead.set(key, reading);
  }
  return reading;
}

function takeKept(text: string): DocumentNode | undefined {
  const known = documents.get(text);
  if (!known) return undefined;
  documents.delete(text);
  documents.set(text, known);
  return known;
}

function parsed(text: string, viewer: Viewer | null): DocumentNode {
  try {
    checkText(text, viewer);
    return parse(text);
  } catch (error) {
    const isSyntaxError = error instanceof GraphQLError && !error.extensions.code;
    throw isSyntaxError ? withCode(error, 'GRAPHQL_PARSE_FAILED') : error;
  }
}

function keep(text: string, document: DocumentNode): void {
  if (documents.has(text)) return;
  documents.set(text, document);
  keptText += text.length;
  for (const oldest of documents.keys()) {
    if (keptText <= maxKeptText) break;
    documents.delete(oldest);
    keptText -= oldest.length;
  }
}

interface ValidatedDocument {
  errors: readonly GraphQLError[];
  issues: readonly Issue[];
}

/** Kept as long as the document. */
const validatedDocuments = new WeakMap<DocumentNode, ValidatedDocument>();
/** Each names places in the text, which are looked for from its beginning. */
const maxFaults = 5;
/** No document within the limits takes a tenth of it; for one of a kind that they do not foresee. */
const validationTimeoutMs = 250;
/** graphql 16 counts without variables, and throws where `@skip` asks for one: those are counted when they are known. */
const singleFieldRule: ValidationRule = (context) => {
  const { OperationDefinition: count } = SingleFieldSubscriptionsRule(context) as {
    OperationDefinition: (node: OperationDefinitionNode) => void;
  };
  return {
    [Kind.OPERATION_DEFINITION]: (node: OperationDefinitionNode) => {
      try {
        count(node);
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
      }
    },
  };
};

const withinTime: ValidationRule = () => {
  const endMs = performance.now() + validationTimeoutMs;
  const before = process.cpuUsage();
  /** A busy machine may let the process wait; that is not the document's fault. Looked up only when it may be. */
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  return {
    enter: () => {
      if (performance.now() > endMs && cpuMs() > validationTimeoutMs) throw timedOut();
    },
  };
};
const documentRules = [
  withinTime,
  ...specifiedRules.filter(
    (rule) => rule !== ValuesOfCorrectTypeRule && rule !== SingleFieldSubscriptionsRule,
  ),
  singleFieldRule,
];

function validateDocument(schema: GraphQLSchema, document: DocumentNode): ValidatedDocument {
  const known = validatedDocuments.get(document);
  if (known) return known;
  const errors = validate(schema, document, documentRules, {
    maxErrors: maxFaults,
    hideSuggestions: true,
  }).map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  const validated = { errors: errors, issues: errors.length > 0 ? [] : literalIssues(schema, document) };
  validatedDocuments.set(document, validated);
  return validated;
}

/** graphql's own errors, with the codes that Apollo's clients know. Not made again: finding their places takes time. */
const withCode = (error: GraphQLError, code: string): GraphQLError =>
  Object.assign(error, { extensions: { code } });

const unresolved = (): GraphQLError =>
  new GraphQLError(
    'The document holds several operations or none of this name: name one. (请指定要执行的操作名称。)',
    {
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    },
  );

/**
 * What a subscription's source yields: an event that is judged and read when it
 * is delivered, under the context of that moment. Null: nothing for this viewer.
 */
export interface Delivery {
  (ctx: Context): Promise<unknown>;
  /** Takes out of the stream those that come next, as far as they are there already: at most so many. */
  following?: (amount: number) => Delivery[];
}
