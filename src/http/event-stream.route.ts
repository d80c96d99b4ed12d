import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { purposeHeader } from '../core/access/read-purpose.ts';
import { type ErrorCode, retryAfterSeconds } from '../core/errors.ts';
import {
  EventStream,
  type RefuseStream,
  type StreamRequest,
} from '../core/graphql/transport/event-stream.ts';
import type { Sockets } from '../core/graphql/transport/socket.ts';
import { failureOf } from './http.ts';

export interface EventStreamsOptions {
  path: string;
  sockets: Pick<Sockets, 'openStream'>;
  /** Maximum size of a request's body. */
  bodyLimitBytes: number;
}

/**
 * `POST /graphql/stream`: GraphQL over SSE, distinct connections mode, for clients and proxies that WebSockets do not
 * suit. Only POST: EventSource, which can only GET, cannot send a bearer token.
 */
export function registerEventStreams(app: FastifyInstance, options: EventStreamsOptions): void {
  const { path, sockets, bodyLimitBytes } = options;
  app.post(path, { bodyLimit: bodyLimitBytes }, (request, reply) => {
    const operation = readOperation(request.body);
    if (!operation) throw Object.assign(new Error('No operation.'), { statusCode: 400 });
    const stream = new EventStream(
      reply.raw,
      {
        connectionParams: {
          authorization: request.headers.authorization,
          purpose: request.headers[purposeHeader],
        },
        operation,
      },
      refusing(request, reply),
    );
    // What hooks have set, for browsers of other origins among it.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.hijack();
    sockets.openStream(stream, {
      address: request.ip,
      acceptedLanguages: request.headers['accept-language'],
    });
  });
}

/** The operation in a body; null if there is none. Fastify's schemas would turn a number into a text. */
function readOperation(body: unknown): StreamRequest['operation'] | null {
  const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>;
  const isOperation =
    typeof query === 'string' &&
    (variables == null || (typeof variables === 'object' && !Array.isArray(variables))) &&
    (operationName == null || typeof operationName === 'string');
  return isOperation ? ({ query, variables, operationName } as StreamRequest['operation']) : null;
}

/** Statuses and errors that stand for the codes with which a socket would close. */
const refusals: Record<number, [status: number, code: ErrorCode, message: string]> = {
  4403: [401, 'UNAUTHENTICATED', 'Sign in first. (请先登录。)'],
  4429: [429, 'RATE_LIMITED', 'Too many streams are open. (打开的连接过多。)'],
  1001: [503, 'UNAVAILABLE', 'The server is going away: connect again. (服务器正在停止，请重新连接。)'],
  1012: [503, 'UNAVAILABLE', 'The database is unavailable: try again later. (数据库暂不可用，请稍后再试。)'],
};
const unexpected = [
  500,
  'INTERNAL_SERVER_ERROR',
  'Something went wrong on our side. (服务器内部错误。)',
] as const;

const refusing =
  ({ headers }: FastifyRequest, { raw }: FastifyReply): RefuseStream =>
  (closeCode) => {
    const [status, code, message] = refusals[closeCode] ?? unexpected;
    const isTemporary = status === 503 || status === 429;
    raw.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(isTemporary ? { 'retry-after': String(retryAfterSeconds) } : {}),
    });
    raw.end(JSON.stringify(failureOf(code, message, headers, isTemporary ? { retryAfterSeconds } : {})));
  };
