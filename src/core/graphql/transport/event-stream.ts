import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Connection } from './socket-transport.ts';
import type { EncodedResult } from './websocket-frame.ts';

/** The request that a stream serves: what a socket's client says in `connection_init` and `subscribe`. */
export interface StreamRequest {
  connectionParams: Record<string, unknown>;
  operation: { query: string; variables?: Record<string, unknown> | null; operationName?: string | null };
}

/** Answers with a plain response when the stream ends before it has begun, given the close code of a socket. */
export type RefuseStream = (closeCode: number) => void;

/** A stream runs one operation. */
const operationId = '1';

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Keeps nginx from buffering events.
  'x-accel-buffering': 'no',
};

const opening = Buffer.from('event: next\ndata: ');
const ending = Buffer.from('\n\n');
const complete = Buffer.from('event: complete\ndata:\n\n');
const comment = Buffer.from(':\n\n');
/** RFC 6455: the connection was lost without a closing handshake. */
const connectionLost = 1006;

/**
 * Encodes results as `next` events of GraphQL over SSE. A line break would end the data. PostgreSQL puts some between
 * the rows of a list; within a string JSON escapes them.
 */
export const nextEvents = (_operationId: string, results: readonly EncodedResult[]): Buffer =>
  Buffer.concat(results.flatMap((result) => [opening, withoutLineBreaks(Buffer.from(result)), ending]));

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

function withoutLineBreaks(json: Buffer): Buffer {
  for (const lineBreak of [lineFeed, carriageReturn])
    for (let at = json.indexOf(lineBreak); at !== -1; at = json.indexOf(lineBreak, at + 1)) json[at] = space;
  return json;
}

type Written = (error?: Error | null) => void;

/**
 * Serves GraphQL over SSE (distinct connections mode) as a socket on which the client has one operation: so rights,
 * limits, delivery and resumption are those of sockets, by the same code.
 *
 * The response begins once the viewer is accepted; a close before that is answered by `refuse`. A close after it ends
 * the response without a `complete` event, which makes clients connect again.
 */
export class EventStream extends EventEmitter implements Connection {
  readonly OPEN = 1 as const;
  readonly protocol = 'graphql-transport-ws';
  readonly #response: ServerResponse;
  readonly #request: StreamRequest;
  readonly #refuse: RefuseStream;
  #isClosed = false;

  constructor(response: ServerResponse, request: StreamRequest, refuse: RefuseStream) {
    super();
    this.#response = response;
    this.#request = request;
    this.#refuse = refuse;
  }

  get readyState(): 1 | 3 {
    return this.#isClosed || this.#response.writableEnded ? 3 : this.OPEN;
  }

  get bufferedAmount(): number {
    return this.#response.writableLength;
  }

  /** Begins to speak; called once the other side listens. */
  start(): void {
    this.#response.once('close', () => this.#closed(connectionLost));
    this.#say({ type: 'connection_init', payload: this.#request.connectionParams });
  }

  /** Takes a message of graphql-transport-ws. */
  send(text: string, written: Written): void {
    const { type, payload } = JSON.parse(text) as { type: string; payload?: unknown };
    if (type === 'connection_ack') {
      this.#response.writeHead(200, headers);
      this.#response.flushHeaders();
      written();
      this.#say({ type: 'subscribe', id: operationId, payload: this.#request.operation });
    } else if (type === 'next') this.write(nextEvents(operationId, [JSON.stringify(payload)]), written);
    else {
      const refusal = type === 'error' ? nextEvents(operationId, [JSON.stringify({ errors: payload })]) : '';
      this.write(Buffer.concat([Buffer.from(refusal), complete]), written);
      this.#response.end();
    }
  }

  /** Writes events. */
  write(events: Buffer, written: Written): void {
    if (this.readyState === this.OPEN) this.#response.write(events, written);
    else written();
  }

  close(code = connectionLost): void {
    if (this.#response.headersSent) this.#response.end();
    else this.#refuse(code);
    this.#closed(code);
  }

  terminate(): void {
    this.#response.destroy();
  }

  /** A comment: proxies and clients see that the connection is alive. */
  ping(): void {
    this.write(comment, (error) => void (error || this.emit('pong')));
  }

  #say(message: object): void {
    this.emit('message', JSON.stringify(message));
  }

  #closed(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close', code, '');
  }
}
