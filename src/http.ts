import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ApolloServer } from '@apollo/server';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { createContext, type Surroundings } from './request-context.ts';
import { recognise } from './session/session.service.ts';

export const graphqlPath = '/graphql';

export interface HttpOptions {
  config: Config;
  log: Logger;
  apollo: ApolloServer<Context>;
  surroundings: Surroundings;
}

/** The HTTP side: GraphQL over POST and GET, with bounds on bodies, headers and time. */
export async function createHttp({ config, log, apollo, surroundings }: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Our own line per request below: the default one logs the URL, and a GET query may hold personal values.
    disableRequestLogging: true,
    // A number of hops works (it is documented), though the types do not name it.
    trustProxy: config.trustProxy as boolean | string[],
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: config.requestTimeoutMs,
    requestIdHeader: 'x-request-id',
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    forceCloseConnections: 'idle',
  });
  app.addHook('onResponse', async ({ id, method, routeOptions }, reply) => {
    log.info(
      { requestId: id, method, route: routeOptions.url, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) },
      'request',
    );
  });
  app.setErrorHandler((error: { statusCode?: number; message: string }, { id }, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, requestId: id }, 'request failed');
    const [code, message] = describeStatus(status);
    void reply.code(status).send({ errors: [{ message, extensions: { code } }] });
  });
  await app.register(cors, { origin: config.allowedOrigins, methods: ['GET', 'POST'], maxAge: 600 });

  app.route({
    method: ['GET', 'POST'],
    url: graphqlPath,
    handler: fastifyApolloHandler(apollo, {
      context: async ({ headers, ip, id }) => {
        const recognised = await recognise(surroundings.db, surroundings.authority, headers.authorization, new Date());
        return createContext(surroundings, { viewer: recognised?.viewer ?? null, address: ip, requestId: id });
      },
    }),
  });
  return app;
}

const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID();

const describeStatus = (status: number): [code: string, message: string] => {
  if (status === 413) return ['QUERY_TOO_COMPLEX', 'The request is too large. (请求过大。)'];
  if (status === 415) return ['BAD_USER_INPUT', 'Send JSON. (请使用 JSON。)'];
  if (status < 500) return ['BAD_USER_INPUT', 'The request cannot be read. (请求无法解析。)'];
  return ['INTERNAL_SERVER_ERROR', 'Something went wrong on our side. (服务器内部错误。)'];
};
