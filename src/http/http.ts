import { type IncomingHttpHeaders, maxHeaderSize, type ServerResponse } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { purposeHeader, readPurpose } from '../core/access/read-purpose.ts';
import type { Context } from '../core/context.ts';
import { withTimeout } from '../core/database/timeout.ts';
import { timedOut } from '../core/errors.ts';
import { showingOutage } from '../core/graphql/transport/apollo.ts';
import { localeOf, messageIn } from '../core/locale.ts';
import { type AppContext, canAuthenticateOptimistically, createContext } from '../core/request-context.ts';
import { authenticateOptimistically } from '../core/session/viewer.loader.ts';

export const graphqlPath = '/graphql';
export const streamPath = '/graphql/stream';

export interface HttpOptions {
  config: Config;
  /** Browser origins that may call, besides the server's own. */
  allowedOrigins: (string | RegExp)[];
  log: Logger;
  apollo: ApolloServer<Context>;
  appContext: AppContext;
}

/** The HTTP server: GraphQL over POST and GET, with limits on bodies, headers and time. */
export async function createHttp({
  config,
  allowedOrigins,
  log,
  apollo,
  appContext,
}: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Replaced by our own line per request below: the default one logs the URL, and a GET query may contain personal
    // data.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(config.trustProxy),
    bodyLimit: config.bodyLimitBytes,
    // A body is parsed as JSON and never merged into an object: a variable may have such a name, as it may over
    // sockets.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    requestTimeout: config.requestTimeoutMs,
    // Each route handles any text in place of an id: Fastify's own error responses quote it and do not have our format.
    rewriteUrl: ({ url = '/' }) => decodableUrl(url),
    routerOptions: { maxParamLength: maxHeaderSize },
    // Not `requestIdHeader`, which accepts anything the caller sends.
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    forceCloseConnections: 'idle',
  });
  app.addHook('onResponse', async ({ id, method, routeOptions }, reply) => {
    log.info(
      {
        requestId: id,
        method,
        route: routeOptions.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
  app.setErrorHandler((error: { statusCode?: number; message: string }, { id, headers }, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, requestId: id }, 'request failed');
    const [code, message] = describeStatus(status);
    void reply.code(status).send(failureOf(code, message, headers));
  });
  app.setNotFoundHandler(({ headers }, reply) => {
    void reply.code(404).send(failureOf('NOT_FOUND', 'There is nothing here. (此地址不存在。)', headers));
  });
  app.addHook('onRequest', async ({ id }, reply) => void reply.header('x-request-id', id));
  await app.register(cors, {
    origin: allowedOrigins,
    methods: ['GET', 'POST'],
    exposedHeaders: ['x-request-id', 'content-disposition', 'retry-after'],
    maxAge: 600,
  });

  const answer = fastifyApolloHandler(apollo, {
    context: async ({ headers, ip, id }, { raw }) => {
      const { db, authority } = appContext;
      const presumed = await showingOutage(() =>
        authenticateOptimistically(db, authority.tokens, headers.authorization, new Date(), (viewer) =>
          canAuthenticateOptimistically(appContext, viewer),
        ),
      );
      return createContext(appContext, {
        viewer: null,
        ...presumed,
        address: ip,
        locale: localeOf(undefined, headers['accept-language']),
        purpose: readPurpose(headers[purposeHeader]),
        requestId: id,
        signal: goneSignal(raw),
      });
    },
  });
  app.route({
    method: ['GET', 'POST'],
    url: graphqlPath,
    // Covers failures of the database and of the connection to it; a slow statement ends by itself before. Not
    // Fastify's `handlerTimeout`: version 5.12 stops that timer once the body has been read.
    handler: (request, reply) =>
      withTimeout(
        config.requestTimeoutMs + answerGraceMs,
        async () => answer.call(app, request, reply),
        answerIsLate,
      ),
  });
  return app;
}

/** Aborted when the client closes its connection before it has its answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The URL, with its percent signs escaped if its path cannot be decoded. */
const decodableUrl = (url: string): string => {
  const [path = ''] = /^[^?#]*/.exec(url) ?? [];
  try {
    decodeURI(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
};

/** How much longer than the statement timeout a response may take. */
const answerGraceMs = 2_000;
const answerIsLate = () => Object.assign(new Error('No answer in time.'), { statusCode: 503 });

/** Time for pending requests to finish when the server stops. */
const drainTimeoutMs = 5_000;
const idlePollMs = 100;

/** Accepts no new connections, finishes pending requests, and closes what is left after 5 s. */
export async function closeHttp(app: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), drainTimeoutMs);
  // A connection that was busy at first is kept alive after its response, and nothing else would close it.
  const poll = setInterval(() => app.server.closeIdleConnections(), idlePollMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
    clearInterval(poll);
  }
}

/** Fastify 5.12 trusts no proxy if given a number of hops, so the number is turned into an equivalent function. */
const trustOf = (setting: Config['trustProxy']) =>
  typeof setting === 'number' ? (_address: string, hop: number) => hop < setting : setting;

const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID();

/** The body of a response that refuses a request. */
export const failureOf = (
  code: string,
  message: string,
  headers: IncomingHttpHeaders,
  extensions: object = {},
) => ({
  errors: [
    {
      message: messageIn(localeOf(undefined, headers['accept-language']), message),
      extensions: { code, ...extensions },
    },
  ],
});

const describeStatus = (status: number): [code: string, message: string] => {
  if (status === 503) return ['TIMEOUT', timedOut().message];
  if (status === 413) return ['QUERY_TOO_COMPLEX', 'The request is too large. (请求过大。)'];
  if (status === 415) return ['BAD_REQUEST', 'Send JSON. (请使用 JSON。)'];
  if (status < 500) return ['BAD_REQUEST', 'The request cannot be read. (请求无法解析。)'];
  return ['INTERNAL_SERVER_ERROR', 'Something went wrong on our side. (服务器内部错误。)'];
};
