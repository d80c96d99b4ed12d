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

/** An operation ready for execution, with its variables coerced. */
export interface PreparedOperation extends ExecutionArguments {
  values: Record<string, unknown>;
}

/** {@link readDocument} and {@link validateOperation} for an operation received over a socket. */
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
 * Validates an operation before any of it runs: the single gate of both transports. Returns no errors if it may run.
 *
 * What depends on variables and viewer is limited first; text and shape were when the document was read, before it was
 * validated. GRAPHQL_VALIDATION_FAILED is for documents that are invalid against this schema; an invalid value is
 * BAD_USER_INPUT, the same for a literal and a variable, with all violations in `issues`.
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
  const suggests = viewer !== null;
  const validated = validateDocument(schema, document, suggests);
  if (validated.errors.length > 0) return refused(...validated.errors);
  const { values, issues } = coerceVariableValues(schema, operation, variables ?? {}, suggests);
  const all = [...validated.issues, ...issues];
  if (all.length > 0) return refused(badInput(all));
  return { errors: subscriptionFaults(schema, document, operation, values), values };
}

/**
 * A subscription must have exactly one field after `@skip` and `@include` are applied; that field decides what is
 * followed.
 */
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

/** The result of {@link validateOperation}; `values` are the variables, usable only if there are no errors. */
export interface ValidatedOperation extends Pick<CoercedVariables, 'values'> {
  errors: readonly GraphQLError[];
}

const refused = (...errors: readonly GraphQLError[]): ValidatedOperation => ({ errors, values: {} });

/** Total length of the cached documents' text, in characters; parsed they take about thirty times that in bytes. */
const maxKeptText = 500_000;
/** Documents by text, valid against the schema they were first read for, least recently used first. */
const documents = new Map<string, DocumentNode>();
let keptText = 0;
/** Documents being parsed, by caller (limits and turns differ) and text: each is parsed once at a time. */
const beingRead = new Map<string, { document: Promise<DocumentNode>; signals: Context['signal'][] }>();

/**
 * Parses a document within the limits. The same text yields the same object, so that results cached for it are found
 * and a thousand subscriptions share it. A text not in the cache waits for its turn.
 *
 * Throws QUERY_TOO_COMPLEX, GRAPHQL_PARSE_FAILED, RATE_LIMITED; UNAUTHENTICATED for a long text without a sign-in.
 */
export async function readDocument(
  schema: GraphQLSchema,
  text: string,
  caller: Pick<Context, 'viewer' | 'address' | 'signal'>,
): Promise<DocumentNode> {
  checkLength(text, caller.viewer);
  const known = takeKept(text);
  if (known) return known;
  const key = `${caller.viewer ? `by ${caller.viewer.id}` : `from ${caller.address}`} ${text}`;
  const reading = beingRead.get(key);
  if (reading) {
    reading.signals.push(caller.signal);
    return reading.document;
  }
  const signals = [caller.signal];
  const document = takeTurn(
    caller,
    () => {
      // After a restart all clients send the same text at once: the first turn has already parsed it.
      const kept = takeKept(text);
      if (kept) return kept;
      const read = parsed(text, caller.viewer);
      checkShape(read);
      const validated = validateDocument(schema, read, caller.viewer !== null);
      // Invalid documents are not cached: they would evict documents that others use.
      if (isValid(validated)) keep(text, read);
      return read;
    },
    () => signals.every((signal) => signal?.aborted),
  ).finally(() => beingRead.delete(key));
  beingRead.set(key, { document, signals });
  return document;
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
  schema: GraphQLSchema;
  errors: readonly GraphQLError[];
  issues: readonly Issue[];
  suggests: boolean;
}

const isValid = ({ errors, issues }: ValidatedDocument): boolean =>
  errors.length === 0 && issues.length === 0;

/** Kept as long as the document lives. */
const validatedDocuments = new WeakMap<DocumentNode, ValidatedDocument>();
/** Maximum number of validation errors: each needs its location in the text, which is searched for from the start. */
const maxFaults = 5;
/** No known document within the limits takes a tenth of this; a safeguard against kinds the limits do not foresee. */
const validationTimeoutMs = 250;
/**
 * graphql-js 16 counts without variables, and throws if `@skip` uses one: such operations are counted when the
 * variables are known.
 */
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
  /**
   * On a busy machine the process may have to wait, which is not the document's fault. CPU time is read only when the
   * deadline has passed.
   */
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

/** `suggests`: whether messages may suggest names of the schema, which whoever is signed in may look up anyway. */
function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  suggests: boolean,
): ValidatedDocument {
  const known = validatedDocuments.get(document);
  if (known?.schema === schema && (isValid(known) || known.suggests === suggests)) return known;
  const errors = validate(schema, document, documentRules, {
    maxErrors: maxFaults,
    hideSuggestions: !suggests,
  }).map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  const issues = errors.length > 0 ? [] : literalIssues(schema, document, suggests);
  const validated = { schema, errors, issues, suggests };
  validatedDocuments.set(document, validated);
  return validated;
}

/**
 * Adds the codes Apollo clients know to graphql-js's own errors. The error object is kept, because computing locations
 * takes time.
 */
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
 * An item of a subscription's source: an event that is authorized and read at delivery, in a context created then. Null
 * delivers nothing to this viewer.
 */
export interface Delivery {
  (ctx: Context): Promise<unknown>;
  /** Takes the next deliveries already available from the stream, at most `amount`. */
  following?: (amount: number) => Delivery[];
}
