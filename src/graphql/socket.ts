import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, execute, GraphQLError, type GraphQLSchema } from 'graphql';
import { CloseCode, type ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import { createContext, type Surroundings } from '../request-context.ts';
import type { AccessTokenClaims } from '../session/access-token.ts';
import { findViewer, recognise } from '../session/session.service.ts';
import { prepareOperation, subscribeFreshly } from './operation.ts';
import { publicError } from './public-error.ts';

/** Close code of a server that is going away: clients come back, to another instance. RFC 6455. */
const goingAway = 1001;
/** A client that asks for more than its share. */
const tooManyRequests = 4429;

/** Operations under way on one socket at most. */
const maxOperations = 50;
/** Open sockets of one employee on one instance at most. */
const maxSocketsPerEmployee = 20;
/** Time a client has to send `connection_init`. */
const initTimeoutMs = 5_000;
/** Ping period; a socket that does not answer within one is ended. */
const keepAliveMs = 12_000;

export interface SocketOptions {
  server: Server;
  schema: GraphQLSchema;
  path: string;
  config: Pick<Config, 'allowedOrigins' | 'socketFrameLimitBytes'>;
  surroundings: Surroundings;
  log: Logger;
}

export interface Sockets {
  /** Looks again whether an employee (default: each) may still be connected, and closes the sockets of who may not. */
  review: (employeeId?: string) => Promise<void>;
  /** Open sockets. */
  count: () => number;
  /** Tells clients to go elsewhere and waits until they are gone. */
  close: () => Promise<void>;
}

interface SocketExtra extends Record<PropertyKey, unknown> {
  claims: AccessTokenClaims;
  address: string;
  expiry: NodeJS.Timeout;
}

type Params = { authorization?: unknown };

/**
 * The WebSocket side of the API: graphql-transport-ws on the server's own port.
 *
 * A socket opens with a valid token in `connection_init` and closes with 4403
 * when the token expires, the session ends or the employee is disabled. 4403
 * makes clients connect again with a fresh token; 4401 would make them give up.
 */
export function createSockets({ server, schema, path, config, surroundings, log }: SocketOptions): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: config.socketFrameLimitBytes });
  const open = new Map<WebSocket, AccessTokenClaims>();

  const contextOf = async ({ claims, address }: SocketExtra, socket: WebSocket): Promise<Context> => {
    const viewer = await findViewer(surroundings.db, claims, new Date());
    if (!viewer) {
      socket.close(CloseCode.Forbidden, 'Signed out');
      throw unauthenticated();
    }
    return createContext(surroundings, { viewer, address });
  };

  const options: ServerOptions<Params, Extra & Partial<SocketExtra>> = {
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: async ({ connectionParams, extra }) => {
      const authorization = connectionParams?.authorization;
      const recognised = await recognise(
        surroundings.db,
        surroundings.authority,
        typeof authorization === 'string' ? authorization : undefined,
        new Date(),
      );
      if (!recognised) return false;
      const { claims } = recognised;
      const own = [...open.values()].filter(({ employeeId }) => employeeId === claims.employeeId);
      if (own.length >= maxSocketsPerEmployee) {
        extra.socket.close(tooManyRequests, 'Too many sockets');
        return false;
      }
      open.set(extra.socket, claims);
      const expiry = setTimeout(() => extra.socket.close(CloseCode.Forbidden, 'Token expired'), msUntil(claims.expiresAt));
      extra.socket.once('close', () => {
        clearTimeout(expiry);
        open.delete(extra.socket);
      });
      Object.assign(extra, { claims, expiry, address: addressOf(extra.request) });
      return true;
    },
    onSubscribe: async (connection, _id, payload) => {
      const extra = connection.extra as Extra & SocketExtra;
      if (Object.keys(connection.subscriptions).length > maxOperations) {
        extra.socket.close(tooManyRequests, 'Too many operations');
        return [unauthenticated()];
      }
      try {
        const freshContext = () => contextOf(extra, extra.socket);
        const args = prepareOperation(schema, payload as never, await freshContext());
        // graphql-ws hands `subscribe` what is returned here: the way to a fresh context travels with it.
        return Array.isArray(args) ? args : ({ ...args, freshContext } as FreshArgs);
      } catch (error) {
        if (error instanceof GraphQLError) return [error];
        return [new GraphQLError('', { originalError: error as Error })];
      }
    },
    execute: (args) => execute(args),
    subscribe: (args) => subscribeFreshly(args, () => (args as FreshArgs).freshContext()),
    onError: (_connection, _id, _payload, errors) => errors.map((error) => publicError(error, log)),
    onNext: (_connection, _id, _payload, _args, result) =>
      result.errors
        ? ({ ...result, errors: result.errors.map((error) => publicError(error, log)) } as never)
        : undefined,
  };
  const disposable = useServer(options as never, sockets, keepAliveMs);

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refusal = refuseUpgrade(request, path, config.allowedOrigins);
    if (refusal) {
      stream.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      // An oversized frame or a broken peer ends this socket only.
      socket.on('error', (error) => log.debug({ err: error }, 'socket error'));
      sockets.emit('connection', socket, request);
    });
  });

  return {
    count: () => sockets.clients.size,
    review: async (employeeId) => {
      const now = new Date();
      const concerned = [...open].filter(([, claims]) => !employeeId || claims.employeeId === employeeId);
      await Promise.all(
        concerned.map(async ([socket, claims]) => {
          if (!(await findViewer(surroundings.db, claims, now))) socket.close(CloseCode.Forbidden, 'Signed out');
        }),
      );
    },
    close: async () => {
      for (const client of sockets.clients) client.close(goingAway, 'Going away');
      await disposable.dispose();
    },
  };
}

interface FreshArgs extends ExecutionArgs {
  freshContext: () => Promise<Context>;
}

/** Longest delay `setTimeout` can hold. */
const maxDelayMs = 2 ** 31 - 1;
const msUntil = (instant: Date | string | number): number =>
  Math.min(Math.max(new Date(instant).getTime() - Date.now(), 0), maxDelayMs);

const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

/** Why an upgrade is refused, as an HTTP status line; null when it is welcome. */
function refuseUpgrade(request: IncomingMessage, path: string, allowedOrigins: string[]): string | null {
  const { origin, host } = request.headers;
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== path) return '404 Not Found';
  // Browsers send Origin, other clients do not.
  if (origin === undefined || allowedOrigins.includes(origin)) return null;
  const sameOrigin = URL.canParse(origin) && new URL(origin).host === host;
  return sameOrigin ? null : '403 Forbidden';
}
