/**
 * Follows customerFileChanged for a mobile or desktop app: every change of the files one owns, over a connection that
 * breaks all day. Copy it; it needs nothing but graphql-ws.
 *
 * - The cursor of the last event that was *processed* is kept, and each connection resumes after it.
 * - A connection that died without a word is noticed by a ping without an answer.
 * - 4403 (the token expired, or the session ended) asks for a new token and goes on.
 * - An event that comes again, because the app died between processing and keeping the cursor, is known by its version.
 * - CURSOR_EXPIRED (away for longer than the server keeps events) and BULK_CHANGED (too much to tell one by one) load
 *   everything again.
 */
import { createClient, type ExecutionResult } from 'graphql-ws';

export interface FeedEvent {
  cursor: string;
  type: string;
  occurredAt: string;
  customerId: string | null;
  /** The file's version after the event; null where nothing of the file is told. */
  version: number | null;
  entityId: string | null;
  changes: { field: string; oldValue: unknown; newValue: unknown }[];
}

export interface OwnerFeedOptions {
  /** `wss://…/graphql`. */
  url: string;
  /** A valid access token; called for each connection, `isRefused` after the server turned the last one away. */
  getToken: (isRefused: boolean) => Promise<string>;
  /** Where the cursor survives the app, e.g. a row beside the cached files. */
  cursor: { load: () => Promise<string | null>; save: (cursor: string) => Promise<void> };
  /** Loads the list anew and returns its `changesCursor`: at the first start, and when events cannot be told one by one. */
  reload: () => Promise<string>;
  /** Applies one event to what the app shows. Awaited, so the server never sends more than the app takes in. */
  apply: (event: FeedEvent) => Promise<void> | void;
  /** Told when the connection is lost and each time it is back, e.g. for an icon. */
  onConnection?: (isConnected: boolean) => void;
  /** Default: the platform's WebSocket. */
  webSocketImpl?: unknown;
  /** How often to ask whether the server is still there. Default 10 s. */
  pingIntervalMs?: number;
}

export interface OwnerFeed {
  /** Resolves when the feed has stopped; rejects for what no new attempt can mend, e.g. FORBIDDEN. */
  done: Promise<void>;
  stop: () => Promise<void>;
}

const document = `subscription OwnerFeed($after: String) {
  customerFileChanged(after: $after) {
    cursor type occurredAt customerId version entityId changes { field oldValue newValue }
  }
}`;

/** The server does not know this token, or no longer. */
const refusedCode = 4403;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

export function followOwnerFeed(options: OwnerFeedOptions): OwnerFeed {
  // Otherwise each attempt would fail like a lost connection, and be repeated for ever.
  if (!options.webSocketImpl && typeof WebSocket === 'undefined')
    throw new Error('This platform has no WebSocket: pass webSocketImpl, e.g. that of the package "ws".');
  const stopping = new AbortController();
  let connection: Connection | undefined;
  const run = async () => {
    const seen = new Map<string, number>();
    let isRefused = false;
    let pauseMs = firstPauseMs;
    let after = await options.cursor.load();

    const startAnew = async () => {
      // After a restore of the server, versions may be counted again from an earlier one.
      seen.clear();
      after = await options.reload();
      await options.cursor.save(after);
    };
    const process = async (event: FeedEvent) => {
      if (event.type === 'BULK_CHANGED') await options.reload();
      else if (isNew(seen, event)) await options.apply(event);
      remember(seen, event);
      after = event.cursor;
      await options.cursor.save(event.cursor);
    };

    while (!stopping.signal.aborted) {
      try {
        if (after === null) await startAnew();
        connection = connect(options, isRefused);
        for await (const result of connection.results(after)) {
          isRefused = false;
          pauseMs = firstPauseMs;
          const event = eventIn(result);
          if (event) await process(event);
          else await startAnew();
          if (!event || stopping.signal.aborted) break;
        }
      } catch (error) {
        if (stopping.signal.aborted) break;
        if (hasCode(error, 'CURSOR_EXPIRED')) after = null;
        else if (closeCodeOf(error) === refusedCode) isRefused = true;
        else if (isFinal(error)) throw error;
      } finally {
        options.onConnection?.(false);
        connection?.end();
      }
      if (stopping.signal.aborted) break;
      // Spread out, so that a server that comes back is not met by everybody at once.
      await pause(pauseMs * (0.5 + Math.random()), stopping.signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  };
  const done = run();
  return {
    done,
    stop: async () => {
      stopping.abort();
      connection?.end();
      await done.catch(() => {});
    },
  };
}

interface Connection {
  /** What the server sends after a cursor. Errors: those it sent, and the end of the connection. */
  results: (after: string | null) => AsyncIterable<unknown>;
  end: () => void;
}

/** One connection; whoever resumes makes a new one, because graphql-ws would resume from where this one began. */
function connect(options: OwnerFeedOptions, isRefused: boolean): Connection {
  const { url, getToken, onConnection, webSocketImpl, pingIntervalMs = 10_000 } = options;
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  let isOpen = false;
  let end: () => void = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = () => reject(new Error('The connection ended.'));
  });
  ended.catch(() => {});
  /** Something was sent that has to be answered; a connection that swallows it is dead, whatever the network says. */
  const watch = () => {
    clearTimeout(unanswered);
    unanswered = setTimeout(end, pingIntervalMs / 2);
  };
  const answered = () => clearTimeout(unanswered);
  const client = createClient({
    url,
    webSocketImpl,
    retryAttempts: 0,
    keepAlive: pingIntervalMs,
    connectionParams: async () => ({ authorization: `Bearer ${await getToken(isRefused)}` }),
    on: {
      connecting: watch,
      opened: () => {
        isOpen = true;
        watch();
      },
      connected: () => {
        answered();
        onConnection?.(true);
      },
      ping: (isReceived) => {
        if (!isReceived) watch();
      },
      pong: (isReceived) => {
        if (isReceived) answered();
      },
      closed: answered,
    },
  });
  return {
    async *results(after) {
      const results = client.iterate({ query: document, variables: { after } });
      for (;;) {
        const { value, done } = await Promise.race([results.next(), ended]);
        if (done) return;
        yield value;
      }
    },
    end: () => {
      answered();
      end();
      // While it is still being made there is nothing to cut; it is closed as soon as it is there.
      if (isOpen) client.terminate();
      void Promise.resolve(client.dispose()).catch(() => {});
    },
  };
}

/** Whether an event has not been applied yet. */
const isNew = (seen: Map<string, number>, { customerId, version }: FeedEvent): boolean =>
  customerId === null || version === null || version > (seen.get(customerId) ?? 0);

/** Only after it was applied: one that could not be is to come again. */
function remember(seen: Map<string, number>, { customerId, version }: FeedEvent): void {
  if (customerId !== null && version !== null)
    seen.set(customerId, Math.max(version, seen.get(customerId) ?? 0));
}

type FeedResult = ExecutionResult<{ customerFileChanged?: FeedEvent }, unknown>;

/** The event of a result; null when the cursor has expired on the way. Errors: any other the server sent. */
function eventIn(result: unknown): FeedEvent | null {
  const { data, errors } = result as FeedResult;
  if (hasCode(errors, 'CURSOR_EXPIRED')) return null;
  const event = data?.customerFileChanged;
  if (!event) throw errors ?? new Error('A result without an event.');
  return event;
}

const codesOf = (error: unknown): unknown[] =>
  Array.isArray(error) ? error.map((one) => one?.extensions?.code) : [];
const hasCode = (error: unknown, code: string): boolean => codesOf(error).includes(code);
const closeCodeOf = (error: unknown): number | undefined => (error as { code?: number } | null)?.code;

/** The server's answer would be the same again. What it calls its own failure, and a lost connection, may pass. */
const isFinal = (error: unknown): boolean =>
  codesOf(error).some((code) =>
    ['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'].includes(String(code)),
  );

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
