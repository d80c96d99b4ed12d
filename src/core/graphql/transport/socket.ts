import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Config } from '../../../config/config.ts';
import type { Database } from '../../database/database.ts';
import type { AppContext } from '../../request-context.ts';
import type { ErrorReport } from '../execution/public-error.ts';
import { clientAddress } from './client-address.ts';
import { type EventStream, nextEvents } from './event-stream.ts';
import { keepEncoded } from './kept-encoding.ts';
import { createOpenSockets, type OpenSockets } from './open-sockets.ts';
import { protocolOf } from './socket-protocol.ts';
import { createSubscribers } from './socket-subscriber.ts';
import { attach, type Connection, type Leave, type Peer, type TransportBounds } from './socket-transport.ts';
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

  const subscribers = createSubscribers({ appContext, open, report });
  const protocol = makeServer(protocolOf({ schema, open, subscribers, bounds, report }));
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
