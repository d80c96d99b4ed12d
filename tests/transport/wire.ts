import { once } from 'node:events';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import WebSocket, { type ClientOptions } from 'ws';
import type { TestServer } from '../support/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: as varied as what is asked
export type Json = any;

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** The body as it came. */
  text: string;
  json: Json;
}

/** Sends one HTTP request as it is told, and reads the answer whatever it is. */
export async function send(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** Posts a GraphQL request. */
export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

const parse = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export interface CapturedLog {
  log: Logger;
  /** Everything logged so far, as it would be written. */
  text: () => string;
  lines: () => Json[];
}

export function captureLog(): CapturedLog {
  const written: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return {
    log: pino({ level: 'debug' }, sink),
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line)),
  };
}

export interface Frame {
  type: string;
  id?: string;
  payload?: Json;
}

/** A socket that says exactly what a test tells it to, right or wrong. */
export interface RawSocket {
  socket: WebSocket;
  say: (message: Frame | string) => void;
  /** The next message; fails when the socket closes first. */
  hear: () => Promise<Frame>;
  /** Code and reason, once the socket closes. */
  closed: Promise<{ code: number; reason: string }>;
  /** Runs one operation and returns its first answer. */
  ask: (query: string, variables?: Record<string, unknown>) => Promise<Json>;
}

/** Opens a socket and says nothing yet. Rejects when the upgrade is refused. */
export async function openRaw(url: string, options: ClientOptions = {}): Promise<RawSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws', options);
  const heard: Frame[] = [];
  const listeners: { hear: (frame: Frame) => void; fail: (error: Error) => void }[] = [];
  socket.on('message', (bytes) => {
    const frame = JSON.parse(String(bytes)) as Frame;
    const listener = listeners.shift();
    if (listener) listener.hear(frame);
    else heard.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => {
      for (const { fail } of listeners) fail(new Error(`The socket closed: ${code} ${reason}`));
      resolve({ code, reason: String(reason) });
    }),
  );
  await once(socket, 'open');
  socket.on('error', () => {});
  const say = (message: Frame | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const hear = () => {
    const waiting = heard.shift();
    if (waiting) return Promise.resolve(waiting);
    return new Promise<Frame>((resolve, reject) => listeners.push({ hear: resolve, fail: reject }));
  };
  let asked = 0;
  return {
    socket,
    say,
    hear,
    closed,
    ask: async (query, variables) => {
      const id = String(++asked);
      say({ type: 'subscribe', id, payload: { query, ...(variables && { variables }) } });
      const { type, payload } = await hear();
      if (type === 'next') await hear();
      return type === 'error' ? { errors: payload } : payload;
    },
  };
}

/** Opens a socket and signs in. */
export async function openSignedIn({ socketUrl }: TestServer, token: string): Promise<RawSocket> {
  const raw = await openRaw(socketUrl);
  raw.say({ type: 'connection_init', payload: { ...bearer(token), locale: 'en' } });
  const { type } = await raw.hear();
  if (type !== 'connection_ack') throw new Error(`Not welcome: ${type}`);
  return raw;
}

/** The HTTP status with which an upgrade is refused. */
export const refusedUpgrade = (url: string, options: ClientOptions = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', options);
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => reject(new Error('The socket opened.')));
    socket.once('error', () => {});
  });
