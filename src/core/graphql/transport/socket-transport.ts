import type { EventEmitter } from 'node:events';
import type { Server as ProtocolServer } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { unavailabilityOf } from '../../database/unavailable.ts';
import type { Locale } from '../../model/label.ts';
import { createTokenBucket } from '../../token-bucket.ts';
import { describeCause, type ErrorReport, publicError } from '../execution/public-error.ts';
import type { EncodeResults } from './kept-encoding.ts';
import { createSocketOperations, type SocketOperations } from './socket-operations.ts';

/** RFC 6455: the server encountered an unexpected condition. */
const internalError = 1011;
/** From the RFC 6455 registry: the service (here the database) is restarting. */
const serviceRestart = 1012;
/** The client exceeded a limit. */
export const tooManyRequests = 4429;

export interface TransportBounds {
  /** Ping period; a socket that has not answered a ping by the next one is terminated. */
  keepAliveMs: number;
  /** Maximum number of messages per second on one socket. */
  messagesPerSecond: number;
  /** Maximum number of unsent bytes for one client: more than any single result has. */
  unreadBytes: number;
  /** A client that takes none of its unsent bytes for this long is disconnected. */
  unreadTimeoutMs: number;
}

/**
 * The client does not read what it subscribed to. Nothing is queued for it: each subscription holds back its next event
 * until the last one has been taken, and resumes from its cursor when the client reconnects.
 */
export const subscriberTooSlow = 4420;
/** Longest time a connection that ends waits for the answers of its mutations. */
const lastAnswersMs = 5_000;
/** Time for the close frame to reach a client that may have started to read again. */
const goodbyeMs = 2_000;

type Taken = (error?: Error | null) => void;

/** What the protocol needs of a connection: a WebSocket, or a stream of events that behaves like one. */
export interface Connection
  extends Pick<WebSocket, 'OPEN' | 'readyState' | 'bufferedAmount' | 'protocol' | 'terminate'>,
    Pick<EventEmitter, 'on' | 'once'> {
  send: (message: string, taken: Taken) => void;
  close: (code?: number, reason?: string) => void;
  ping: () => void;
}

/** The client at the other end of a connection. */
export interface Peer {
  /** Its network address. */
  address: string;
  /** The `Accept-Language` header of the request that opened the connection. */
  acceptedLanguages: string | undefined;
  /** Encodes the results of an operation for this kind of connection. */
  encode: EncodeResults;
  /** Writes what `encode` returned, past whatever encodes messages one by one. */
  write: (encoded: Buffer, taken: Taken) => void;
}

/** What the protocol knows about each socket. */
export interface AttachedSocket extends Omit<Peer, 'write'>, Record<PropertyKey, unknown> {
  socket: Connection;
  /**
   * Sends encoded results. `taken` is called when the operating system has accepted all of them, or never will.
   */
  sendEncoded: Peer['write'];
  operations: SocketOperations;
  leave: Leave;
}

/**
 * Ends a connection from this side: nothing more is begun, and a mutation under way is answered first, or its client could
 * not know what became of it.
 */
export type Leave = (code: number, reason: string) => void;

/**
 * Runs graphql-transport-ws over one socket: passes messages on at a limited rate, and ends the connection of a client
 * that vanished.
 *
 * graphql-ws's own `useServer` writes errors to the console and, outside NODE_ENV=production, their text into the close
 * reason; here they go only to the log.
 */
export function attach(
  protocol: ProtocolServer<AttachedSocket>,
  socket: Connection,
  { address, acceptedLanguages, encode, write }: Peer,
  { keepAliveMs, messagesPerSecond, unreadBytes, unreadTimeoutMs }: TransportBounds,
  report: ErrorReport,
): Leave {
  const { log } = report;
  const messages = createTokenBucket({ capacity: messagesPerSecond, refillMs: 1_000 });
  const endSlow = () => {
    log.info({ unreadBytes: socket.bufferedAmount }, 'socket ended: its client does not read');
    socket.close(subscriberTooSlow, 'SUBSCRIBER_TOO_SLOW');
    setTimeout(() => socket.terminate(), goodbyeMs);
  };
  const unread = createUnread(unreadTimeoutMs, endSlow);
  const sending = (hand: (taken: Taken) => void, taken: Taken) => {
    if (socket.readyState !== socket.OPEN) return taken();
    unread.add();
    hand((error) => {
      unread.take();
      // Without its code, which could be mistaken for a lost database connection.
      taken(error && new Error('The client has gone.'));
    });
    if (socket.bufferedAmount > unreadBytes) endSlow();
  };
  const send = (text: string) =>
    new Promise<void>((resolve, reject) =>
      sending(
        (taken) => socket.send(text, taken),
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  const sendEncoded: Peer['write'] = (encoded, taken) => sending((handed) => write(encoded, handed), taken);
  const operations = createSocketOperations();
  let isLeaving = false;
  const leave: Leave = (code, reason) => {
    isLeaving = true;
    const close = () => {
      clearTimeout(late);
      socket.close(code, reason);
    };
    const late = setTimeout(close, lastAnswersMs);
    operations.afterWrites(close);
  };
  const carried: AttachedSocket & { locale?: Locale } = {
    socket,
    address,
    acceptedLanguages,
    encode,
    sendEncoded,
    operations,
    leave,
  };
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (bytes) => {
          if (socket.readyState !== socket.OPEN || isLeaving) return;
          if (messages.left() < 1) return socket.close(tooManyRequests, 'Too many messages');
          messages.spend(1);
          const message = String(bytes);
          operations.hear(message);
          void receive(message).catch((error) => fail(error, message));
        }),
    },
    carried,
  );
  const fail = (error: unknown, message: string): void => {
    // A peer that vanishes during sending is not unexpected.
    if (socket.readyState !== socket.OPEN) return;
    const id = operationIn(message);
    // A failed operation does not affect the others on the socket.
    if (id !== null) {
      operations.endWrite(id);
      const payload = [publicError(error, report, carried.locale ?? null)];
      return void send(JSON.stringify({ id, type: 'error', payload })).catch(() => {});
    }
    // Clients reconnect on their own after this code, but not after the other.
    if (unavailabilityOf(error)) {
      socket.close(serviceRestart, 'UNAVAILABLE');
      return;
    }
    log.error(describeCause(error), 'socket failed');
    socket.close(internalError, 'Internal server error');
  };

  let answered = true;
  const pulse = setInterval(() => {
    // If data is unread, the ping queued behind it has not reached the client yet.
    if (!answered && !unread.isWaiting()) return socket.terminate();
    answered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, keepAliveMs);
  socket.on('pong', () => {
    answered = true;
  });
  socket.once('close', (code, reason) => {
    clearInterval(pulse);
    operations.close();
    unread.stop();
    void Promise.resolve(closed(code, String(reason))).catch((error) =>
      log.error(describeCause(error), 'socket end failed'),
    );
  });
  return leave;
}

/** The id of the operation that a message starts; null if it starts none. */
function operationIn(message: string): string | null {
  const { type, id } = JSON.parse(message) as { type: string; id: string };
  return type === 'subscribe' ? id : null;
}

/**
 * Counts messages passed to the operating system but not yet accepted by it; calls `expire` if none is accepted for too
 * long.
 */
function createUnread(timeoutMs: number, expire: () => void) {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (waiting > 0) expire();
  };
  return {
    add: () => {
      waiting += 1;
      if (waiting > 1) return;
      if (timer) timer.refresh();
      else timer = setTimeout(look, timeoutMs);
    },
    take: () => {
      waiting -= 1;
      if (waiting > 0) timer?.refresh();
    },
    isWaiting: () => waiting > 0,
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
