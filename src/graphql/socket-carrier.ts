import type { IncomingMessage } from 'node:http';
import type { Server as ProtocolServer } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { describeCause } from './public-error.ts';

/** RFC 6455: the server met a condition it did not expect. */
const internalError = 1011;
/** A client that asks for more than its share. */
export const tooManyRequests = 4429;

export interface CarrierBounds {
  /** Ping period; a socket that has not answered one by the next is ended. */
  keepAliveMs: number;
  /** Messages of one socket in a second at most. */
  messagesPerSecond: number;
}

/** What the protocol is told of each socket. */
export interface Carried extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  request: IncomingMessage;
}

/**
 * Carries graphql-transport-ws over one socket: hands messages over, at a
 * bounded rate, and ends a client that is gone without saying so.
 *
 * graphql-ws's own `useServer` writes errors to the console and, outside
 * NODE_ENV=production, their text into the close reason; here they go to the log only.
 */
export function carry(
  protocol: ProtocolServer<Carried>,
  carried: Carried,
  { keepAliveMs, messagesPerSecond }: CarrierBounds,
  log: Logger,
): void {
  const { socket } = carried;
  const spend = createAllowance(messagesPerSecond);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) return resolve();
          socket.send(text, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (bytes) => {
          if (socket.readyState !== socket.OPEN) return;
          if (!spend()) return socket.close(tooManyRequests, 'Too many messages');
          void receive(String(bytes)).catch((error) => fail(error));
        }),
    },
    carried,
  );
  const fail = (error: unknown): void => {
    // A peer that vanished while it was sent something is nothing unexpected.
    if (socket.readyState !== socket.OPEN) return;
    log.error(describeCause(error), 'socket failed');
    socket.close(internalError, 'Internal server error');
  };

  let answered = true;
  const pulse = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, keepAliveMs);
  socket.on('pong', () => {
    answered = true;
  });
  socket.once('close', (code, reason) => {
    clearInterval(pulse);
    void Promise.resolve(closed(code, String(reason))).catch((error) =>
      log.error(describeCause(error), 'socket end failed'),
    );
  });
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
