import type { Duplex } from 'node:stream';
import type { Server as ProtocolServer } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { unavailabilityOf } from '../../database/unavailable.ts';
import { describeCause, type ErrorReport, publicError } from '../execution/public-error.ts';

/** RFC 6455: the server met a condition it did not expect. */
const internalError = 1011;
/** RFC 6455's registry: the server, here its database, is started again. */
const serviceRestart = 1012;
/** A client that asks for more than its share. */
export const tooManyRequests = 4429;

export interface TransportBounds {
  /** Ping period; a socket that has not answered one by the next is ended. */
  keepAliveMs: number;
  /** Messages of one socket in a second at most. */
  messagesPerSecond: number;
  /** Bytes that wait for one client at most: more than any one answer has. */
  unreadBytes: number;
  /** A client that takes nothing of what waits for it for this long is ended. */
  unreadTimeoutMs: number;
}

/**
 * A client that does not read what it asked for. It is held by the end of its connection, not by a queue: each
 * subscription waits with its next event until the last one is taken, and goes on from its cursor when the client comes
 * back.
 */
export const subscriberTooSlow = 4420;
/** Time the goodbye has to get through to a client that may have begun to read again. */
const goodbyeMs = 2_000;

type Taken = (error?: Error | null) => void;

/** What the protocol is told of each socket. */
export interface AttachedSocket extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  /** Network address of the client. */
  address: string;
  /** Sends a frame of `websocket-frame.ts`; `taken` is called when the system has all of it, or never will. */
  sendFrame: (frame: Buffer, taken: Taken) => void;
}

/**
 * Carries graphql-transport-ws over one socket: hands messages over, at a
 * bounded rate, and ends a client that is gone without saying so.
 *
 * graphql-ws's own `useServer` writes errors to the console and, outside
 * NODE_ENV=production, their text into the close reason; here they go to the log only.
 */
export function attach(
  protocol: ProtocolServer<AttachedSocket>,
  socket: WebSocket,
  stream: Duplex,
  address: string,
  { keepAliveMs, messagesPerSecond, unreadBytes, unreadTimeoutMs }: TransportBounds,
  report: ErrorReport,
): void {
  const { log } = report;
  const spend = createAllowance(messagesPerSecond);
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
      // Without its code, which is that of a connection to the database too.
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
  // Past ws, which would encode and frame the same text for every socket; uncompressed, ws keeps no queue to overtake.
  const sendFrame: AttachedSocket['sendFrame'] = (frame, taken) =>
    sending((handed) => stream.write(frame, handed), taken);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (bytes) => {
          if (socket.readyState !== socket.OPEN) return;
          if (!spend()) return socket.close(tooManyRequests, 'Too many messages');
          const message = String(bytes);
          void receive(message).catch((error) => fail(error, message));
        }),
    },
    { socket, address, sendFrame },
  );
  const fail = (error: unknown, message: string): void => {
    // A peer that vanished while it was sent something is nothing unexpected.
    if (socket.readyState !== socket.OPEN) return;
    const id = operationIn(message);
    // Whatever becomes of one operation, the others of the socket go on.
    if (id !== null) {
      const payload = [publicError(error, report)];
      return void send(JSON.stringify({ id, type: 'error', payload })).catch(() => {});
    }
    // Clients come back by themselves after this code, and not after the other.
    if (unavailabilityOf(error)) {
      socket.close(serviceRestart, 'UNAVAILABLE');
      return;
    }
    log.error(describeCause(error), 'socket failed');
    socket.close(internalError, 'Internal server error');
  };

  let answered = true;
  const pulse = setInterval(() => {
    // Behind what a client does not read, the ping has not reached it yet.
    if (!answered && !unread.isWaiting()) return socket.terminate();
    answered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, keepAliveMs);
  socket.on('pong', () => {
    answered = true;
  });
  socket.once('close', (code, reason) => {
    clearInterval(pulse);
    unread.stop();
    void Promise.resolve(closed(code, String(reason))).catch((error) =>
      log.error(describeCause(error), 'socket end failed'),
    );
  });
}

/** The id of the operation that a message asks for; null when it asks for none. */
function operationIn(message: string): string | null {
  const { type, id } = JSON.parse(message) as { type: string; id: string };
  return type === 'subscribe' ? id : null;
}

/** Messages that were handed to the system and not taken by the other side; `expire` when none is for too long. */
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

/** A bucket of one second's messages that refills steadily. */
function createAllowance(perSecond: number): () => boolean {
  let left = perSecond;
  let countedAtMs = performance.now();
  return () => {
    const nowMs = performance.now();
    left = Math.min(perSecond, left + ((nowMs - countedAtMs) / 1000) * perSecond);
    countedAtMs = nowMs;
    left -= 1;
    return left >= 0;
  };
}
