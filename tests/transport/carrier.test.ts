import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { defaultSocketBounds } from '../../src/core/graphql/transport/socket.ts';
import { attach } from '../../src/core/graphql/transport/socket-transport.ts';

/** A socket whose protocol fails at every message, as if something nobody thought of went wrong inside. */
function failingSocket() {
  const sent: string[] = [];
  const closed: number[] = [];
  const socket = Object.assign(new EventEmitter(), {
    protocol: 'graphql-transport-ws',
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    ping: () => {},
    terminate: () => {},
    close: (code: number) => void closed.push(code),
    send: (text: string, taken: () => void) => {
      sent.push(text);
      taken();
    },
  });
  const opened = (side: { onMessage: (receive: () => Promise<void>) => void }) => {
    side.onMessage(() => Promise.reject(new TypeError('secret detail')));
    return async () => {};
  };
  attach(
    { opened } as never,
    socket as never,
    { address: '', acceptedLanguages: 'en', encode: () => Buffer.of(), write: () => {} },
    defaultSocketBounds,
    {
      log: pino({ level: 'silent' }),
      noteUnavailable: () => {},
    },
  );
  return {
    sent,
    closed,
    say: async (message: object) => {
      socket.emit('message', JSON.stringify(message));
      await new Promise(setImmediate);
    },
    end: () => socket.emit('close', 1000, ''),
  };
}

test('whatever goes wrong with one operation is reported to it alone, and its socket stays open', async () => {
  const { say, sent, closed, end } = failingSocket();
  for (const id of ['1', '__proto__'])
    await say({ type: 'subscribe', id, payload: { query: '{ viewer { id } }' } });
  expect(closed).toEqual([]);
  expect(sent.map((text) => JSON.parse(text))).toEqual(
    ['1', '__proto__'].map((id) => ({
      id,
      type: 'error',
      payload: [
        expect.objectContaining({
          extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: expect.any(String) },
        }),
      ],
    })),
  );
  expect(sent.join()).not.toContain('secret');
  end();
});

test('a message that belongs to no operation ends the socket when it fails inside', async () => {
  const { say, sent, closed, end } = failingSocket();
  await say({ type: 'connection_init' });
  expect({ sent, closed }).toEqual({ sent: [], closed: [1011] });
  end();
});
