import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { keepEncoded } from '../../src/core/graphql/transport/kept-encoding.ts';
import { nextMessages, textFrames } from '../../src/core/graphql/transport/websocket-frame.ts';

let server: WebSocketServer;
let client: WebSocket;
let wire: Duplex;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [, request] = await once(server, 'connection');
  wire = request.socket;
  if (client.readyState !== client.OPEN) await once(client, 'open');
});
afterAll(() => {
  client.terminate();
  server.close();
});

/** What a client reads. */
async function read(frame: Buffer): Promise<string> {
  const message = once(client, 'message');
  wire.write(frame);
  const [bytes, isBinary] = await message;
  return `${isBinary ? 'binary' : 'text'} ${bytes}`;
}

test.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
  'a frame of %i bytes is read as it was written',
  async (size) => {
    const text = 'x'.repeat(size);
    expect(await read(textFrames([[text]]))).toBe(`text ${text}`);
  },
);

test('a frame counts bytes, not characters', async () => {
  const text = '客户档案😀'.repeat(30);
  expect(await read(textFrames([[text]]))).toBe(`text ${text}`);
});

test('each operation gets each answer under its own name, however many there are', async () => {
  const encode = keepEncoded(nextMessages);
  const [one, another] = [['1'], [Buffer.from('2')]];
  for (const answers of [one, another, one]) {
    for (let nth = 0; nth < 120; nth += 1) {
      const id = `${nth % 70}`;
      expect(await read(encode(id, answers))).toBe(
        `text {"id":"${id}","type":"next","payload":${answers[0]}}`,
      );
    }
  }
});
