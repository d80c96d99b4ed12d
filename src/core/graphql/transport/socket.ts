import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../../../config/config.ts';
import { readPurpose } from '../../access/read-purpose.ts';
import type { Database } from '../../database/database.ts';
import { tooComplex } from '../../errors.ts';
import { localeOf } from '../../locale.ts';
import type { AppContext } from '../../request-context.ts';
import { type PreparedOperation, prepareOperation } from '../execution/operation.ts';
import { type ErrorReport, publicError } from '../execution/public-error.ts';
import { runOperation } from '../execution/run-operation.ts';
import { clientAddress } from './client-address.ts';
import { type EventStream, nextEvents } from './event-stream.ts';
import { keepEncoded } from './kept-encoding.ts';
import { type Admitted, createOpenSockets, type OpenSockets } from './open-sockets.ts';
import { createSubscribers } from './socket-subscriber.ts';
import {
  type SubscriberConnection,
  subscribeWithFreshContext,
  whenAvailable,
} from './socket-subscription.ts';
import {
  type AttachedSocket,
  attach,
  type Connection,
  type Leave,
  type Peer,
  type TransportBounds,
  tooManyRequests,
} from './socket-transport.ts';
import { refuse, whyRefused } from './socket-upgrade.ts';
import { nextMessages } from './websocket-frame.ts';

/** Close code of a server that is going away (RFC 6455): clients reconnect, to another instance. */
const goingAway = 1001;

/** Limits for sockets. */
export interface SocketBounds extends TransportBounds {
  /** Time within which a client must send `connection_init`. */
  initTimeoutMs: number;
  /** Maximum number of concurrent operations on one socket. */
  operations: number;
  /** Maximum number of open sockets per employee on one instance. */
  socketsPerEmployee: number;
  /** Time clients have to close their sockets when the server stops, before they are terminated. */
  drainTimeoutMs: number;
}

export const defaultSocketBounds: SocketBounds = {
  initTimeoutMs: 5_000,
  keepAliveMs: 12_000,
  messagesPerSecond: 100,
  unreadBytes: 16 * 1024 * 1024,
  unreadTimeoutMs: 30_000,
  operations: 50,
  socketsPerEmployee: 20,
  drainTimeoutMs: 3_000,
};

export interface SocketOptions {
  server: Server;
  schema: GraphQLSchema;
  path: string;
  config: Pick<Config, 'socketFrameLimitBytes' | 'trustProxy'> & {
    allowedOrigins: readonly (string | RegExp)[];
  };
  appContext: AppContext;
  /** Database used to reload the viewers of open sockets. */
  reviewDb: Database;
  report: ErrorReport;
  bounds?: SocketBounds;
}

export interface Sockets extends Pick<OpenSockets, 'review'> {
  /** Number of open sockets. */
  count: () => number;
  /** Number of open event streams. */
  countStreams: () => number;
  /** Serves an event stream by the rules of sockets. */
  openStream: (stream: EventStream, peer: Pick<Peer, 'address' | 'acceptedLanguages'>) => void;
  /** Refuses new sockets, sends clients to another instance and waits until they are gone. */
  close: () => Promise<void>;
}

type Params = { authorization?: unknown; Authorization?: unknown; purpose?: unknown; locale?: unknown };

/**
 * The WebSocket side of the API: graphql-transport-ws on the server's own port.
 *
 * A socket opens with a valid token in `connection_init` and closes with 4403 when the token expires, the session ends,
 * the employee is disabled or their role changes. After 4403 clients reconnect with a fresh token; after 4401 they
 * would give up.
 */
export function createSockets(options: SocketOptions): Sockets {
  const {
    server,
    schema,
    path,
    config,
    appContext,
    reviewDb,
    report,
    bounds = defaultSocketBounds,
  } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: config.socketFrameLimitBytes,
    handleProtocols,
  });
  const open = createOpenSockets({
    db: appContext.db,
    authority: appContext.authority,
    reviewDb,
    socketsPerEmployee: bounds.socketsPerEmployee,
  });
  const encodeFrames = keepEncoded(nextMessages);
  const encodeEvents = keepEncoded(nextEvents);
  const { log } = report;
  let closing = false;

  const { contextOf, subscriberOf } = createSubscribers({ appContext, open, report });

  const protocolOptions: ServerOptions<Params, AttachedSocket> = {
    connectionInitWaitTimeout: bounds.initTimeoutMs,
    onConnect: async ({ connectionParams, extra }) => {
      // Written with a capital too, like the header.
      const authorization = connectionParams?.authorization ?? connectionParams?.Authorization;
      const authenticated = await open.authenticate(
        typeof authorization === 'string' ? authorization : undefined,
      );
      return (
        authenticated !== null &&
        open.admit(extra, authenticated, {
          purpose: readPurpose(connectionParams?.purpose),
          locale: localeOf(connectionParams?.locale, extra.acceptedLanguages),
        })
      );
    },
    onSubscribe: async (connection, id, payload) => {
      const admitted = connection.extra as Admitted;
      if (Object.keys(connection.subscriptions).length > bounds.operations) {
        admitted.socket.close(tooManyRequests, 'Too many operations');
        return [tooComplex(`A socket runs at most ${bounds.operations} operations. (同时执行的操作过多。)`)];
      }
      const { operations } = admitted;
      const signal = operations.begin(id);
      const end = () => operations.end(id, signal);
      try {
        const isWanted = () =>
          id in connection.subscriptions && admitted.socket.readyState === WebSocket.OPEN;
        // Detected by the keyword alone: nothing is parsed before the sender is known.
        const context = await (/\bsubscription\b/.test(String(payload.query))
          ? whenAvailable(() => contextOf(admitted, signal), isWanted)
          : contextOf(admitted, signal));
        const args = await prepareOperation(schema, payload, context);
        if (!isRefusal(args)) {
          if (isMutation(args)) operations.beginWrite(id);
          // graphql-ws passes the value returned here to `execute` and `subscribe`, so these travel with it.
          return Object.assign(args, { subscriber: subscriberOf(admitted, id, args), end });
        }
        end();
        return args;
      } catch (error) {
        end();
        if (error instanceof GraphQLError) return [error];
        return [new GraphQLError('', { originalError: error as Error })];
      }
    },
    execute: (args) => runOperation(args).finally((args as FreshArgs).end),
    subscribe: (args) =>
      subscribeWithFreshContext(args as FreshArgs, (args as FreshArgs).subscriber).finally(
        (args as FreshArgs).end,
      ),
    onComplete: ({ extra }, id) => (extra as Admitted).operations.endWrite(id),
    onError: ({ extra }, _id, _payload, errors) =>
      errors.map((error) => publicError(error, report, (extra as Admitted).locale)),
    onNext: ({ extra }, _id, _payload, _args, result) =>
      result.errors
        ? ({
            ...result,
            errors: result.errors.map((error) => publicError(error, report, (extra as Admitted).locale)),
          } as never)
        : undefined,
  };
  const protocol = makeServer(protocolOptions);
  /** How each open connection is ended. */
  const leaves = new Set<Leave>();
  const attachOpen = (connection: Connection, peer: Peer) => {
    const leave = attach(protocol, connection, peer, bounds, report);
    leaves.add(leave);
    connection.once('close', () => leaves.delete(leave));
  };

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refusal = closing ? '503 Service Unavailable' : whyRefused(request, path, config.allowedOrigins);
    if (refusal) {
      refuse(stream, refusal);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      // An oversized frame or a broken peer ends this socket only.
      socket.on('error', (error) => log.debug({ err: error }, 'socket error'));
      const peer = {
        address: clientAddress(request, config.trustProxy),
        acceptedLanguages: request.headers['accept-language'],
        encode: encodeFrames,
        // Bypasses ws, which would encode and frame the same text for every socket. Without compression ws keeps no
        // queue, so nothing is overtaken.
        write: (frames: Buffer, taken: () => void) => void stream.write(frames, taken),
      };
      attachOpen(socket, peer);
    });
  });
  const streams = new Set<EventStream>();

  return {
    count: () => sockets.clients.size,
    countStreams: () => streams.size,
    openStream: (stream, peer) => {
      if (closing) return stream.close(goingAway);
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      const write: Peer['write'] = (events, taken) => stream.write(events, taken);
      attachOpen(stream, { ...peer, encode: encodeEvents, write });
      stream.start();
    },
    review: open.review,
    close: async () => {
      closing = true;
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, bounds.drainTimeoutMs);
      for (const leave of leaves) leave(goingAway, 'Going away');
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(cutOff);
    },
  };
}

interface FreshArgs extends PreparedOperation {
  subscriber: SubscriberConnection;
  /** Called once the operation is answered, or its stream is open. */
  end: () => void;
}

const isMutation = ({ document, operationName }: PreparedOperation): boolean =>
  getOperationAST(document, operationName)?.operation === 'mutation';

const isRefusal = (
  outcome: PreparedOperation | readonly GraphQLError[],
): outcome is readonly GraphQLError[] => Array.isArray(outcome);
