import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../../context.ts';
import { unavailabilityOf } from '../../database/unavailable.ts';
import { retryAfterSeconds } from '../../errors.ts';
import { everyRootField } from '../../model/extensions.ts';
import { readDocument, validateOperation } from '../execution/operation.ts';
import { type ErrorReport, publicError } from '../execution/public-error.ts';
import { stringifyResult } from '../execution/raw-json.ts';
import { outageIn, runOperation } from '../execution/run-operation.ts';

/** The GraphQL server behind `POST /graphql`: Apollo with our limits and without plugins nobody uses. */
export function createApollo(schema: GraphQLSchema, report: ErrorReport): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: true,
    // There are no cookies, so a foreign page cannot act for a signed-in user and a plain GET is safe.
    csrfPrevention: false,
    allowBatchedHttpRequests: false,
    // The gate below parses and validates, so that HTTP and sockets share one order of checks and one error format.
    dangerouslyDisableValidation: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // The result may be bytes instead of a string, but Apollo only measures and sends it.
    stringifyResult: (answer) => stringifyResult(answer) as string,
    documentStore: null,
    formatError: (_formatted, error) => publicError(badRequest(error) ?? error, report, null),
    plugins: [
      gate(schema, report),
      // It instruments every field, which costs 28 % of throughput.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
}

/**
 * Rejects operations that {@link validateOperation} refuses, and sets the status that the response's media type
 * requires.
 */
const gate = (schema: GraphQLSchema, report: ErrorReport): ApolloServerPlugin<Context> => ({
  async requestDidStart() {
    let unread: GraphQLError | undefined;
    return {
      async didResolveSource(exchange) {
        let document = nothing;
        try {
          document = await readDocument(schema, exchange.source, exchange.contextValue);
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          unread = error;
        }
        // Apollo parses only if there is no document yet.
        Object.assign(exchange, { document });
      },
      async responseForOperation({ document, request, contextValue: optimistic, operation }) {
        if (unread) return refusal([unread], report, optimistic);
        const validate = ({ viewer }: Context) =>
          operation?.operation === 'subscription'
            ? { errors: [overSocketOnly()], values: {} }
            : validateOperation(schema, document, request, viewer);
        let contextValue = optimistic;
        let { errors: refusals, values } = validate(optimistic);
        // A refusal is reported to the verified viewer.
        if (refusals.length > 0 || !readsOnly(schema, operation)) {
          try {
            contextValue = (await optimistic.verify?.()) ?? optimistic;
          } catch (error) {
            if (!unavailabilityOf(error)) throw error;
            return { ...refusal([error as Error], report, optimistic), http: outageHead() };
          }
          if (contextValue !== optimistic) ({ errors: refusals, values } = validate(contextValue));
        }
        if (refusals.length > 0) return refusal(refusals, report, contextValue);
        if (operation?.operation === OperationTypeNode.QUERY) contextValue.admitReplica();
        const { operationName, variables: variableValues } = request;
        const execution = { schema, document, operationName, variableValues, values, contextValue };
        const result = await runOperation({ ...execution, acceptsRawJson: true });
        const { data, errors } = result;
        const answer = {
          ...(errors && { errors: errors.map((error) => publicError(error, report, contextValue.locale)) }),
          ...(data !== undefined && { data }),
        };
        const http = outageIn(result, contextValue) ? outageHead() : { headers: new HeaderMap() };
        return { http, body: { kind: 'single', singleResult: answer } };
      },
      async willSendResponse(exchange) {
        if (isRefusedOperation(exchange)) {
          exchange.response.http.status = prefersResponseJson(exchange.request.http?.headers.get('accept'))
            ? 400
            : 200;
        }
      },
    };
  },
});

/** Stands in for a document that was refused. */
const nothing: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/**
 * Status and headers when the database is unavailable and nothing of the operation was executed: proxies and clients
 * may retry it.
 */
const outageHead = () => ({
  status: 503,
  headers: new HeaderMap([['retry-after', String(retryAfterSeconds)]]),
});

/** Creates a context; if the database is unavailable, sets the right status in Apollo's response. */
export async function showingOutage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!unavailabilityOf(error)) throw error;
    throw new GraphQLError('', { originalError: error as Error, extensions: { http: outageHead() } });
  }
}

/**
 * Whether an operation does nothing but read through `ctx.statements`: then the viewer can be verified concurrently.
 */
function readsOnly(schema: GraphQLSchema, operation: OperationDefinitionNode | undefined): boolean {
  if (operation?.operation !== OperationTypeNode.QUERY) return false;
  return everyRootField(schema, operation, 'readsOnly');
}

/** Apollo's own errors for a request (a persisted query, for example) carry a status but not always a code. */
function badRequest(error: unknown): GraphQLError | null {
  if (!(error instanceof GraphQLError) || error.extensions.code !== undefined) return null;
  const { status = 500 } = (error.extensions.http ?? {}) as { status?: number };
  return status < 500 ? new GraphQLError(error.message, { extensions: { code: 'BAD_REQUEST' } }) : null;
}

const overSocketOnly = (): GraphQLError =>
  new GraphQLError(
    'Subscribe over the WebSocket or at /graphql/stream. (订阅请使用 WebSocket 或 /graphql/stream。)',
    {
      extensions: { code: 'BAD_REQUEST' },
    },
  );

const refusal = (
  errors: readonly Error[],
  report: ErrorReport,
  { locale }: Pick<Context, 'locale'>,
): GraphQLResponse => ({
  http: { status: 400, headers: new HeaderMap() },
  body: {
    kind: 'single',
    singleResult: { errors: errors.map((error) => publicError(error, report, locale)) },
  },
});

/** The request was valid but its operation was not: it could not be parsed, or was refused before it ran. */
const isRefusedOperation = ({ response, source }: GraphQLRequestContext<Context>): boolean =>
  source !== undefined &&
  response.http.status === 400 &&
  response.body?.kind === 'single' &&
  response.body.singleResult.data === undefined;

const responseJson = 'application/graphql-response+json';

/**
 * Whether an Accept header prefers GraphQL's own media type. For that type GraphQL over HTTP requires status 400 when
 * an operation is refused; for plain JSON it is 200, because proxies answer in JSON too and the status says nothing
 * there.
 */
function prefersResponseJson(accept = ''): boolean {
  const ranked = accept
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='));
      return { type, quality: quality ? Number(quality.slice(2)) : 1 };
    })
    .sort((one, other) => other.quality - one.quality);
  return (
    ranked.find(({ type }) => [responseJson, 'application/json', '*/*'].includes(type))?.type === responseJson
  );
}
