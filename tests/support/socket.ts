import { type Client, createClient, type ExecutionResult } from 'graphql-ws';
import WebSocket from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: results are as varied as queries
export type Result = ExecutionResult<any, any>;

/** A subscription as a test reads it: results in order, and named moments to wait for. */
export interface Stream {
  /** The next result but bookmarks; fails the test when none comes within a minute. */
  next: () => Promise<Result>;
  /** Results that came and were not read, but bookmarks. */
  unread: () => Result[];
  /** Resolves with the errors, or undefined for a clean end. */
  ended: Promise<unknown>;
  stop: () => void;
}

export interface SocketClient {
  subscribe: (query: string, variables?: Record<string, unknown>) => Stream;
  /** Runs a query or mutation over the socket. Its answer also proves that everything sent before was received. */
  query: (query: string, variables?: Record<string, unknown>) => Promise<Result>;
  /** Resolves with the code when the socket closes. */
  closed: Promise<number>;
  close: () => Promise<void>;
}

const patienceMs = 60_000;

/** An event that says nothing but its cursor comes whenever a stream has been quiet: never what a test waits for. */
const isBookmark = ({ data }: Result): boolean =>
  Object.values(data ?? {}).some((event) => (event as { type?: unknown } | null)?.type === 'BOOKMARK');

/** Connects to the real socket with a token. */
export function connectSocket(url: string, token: string | null): SocketClient {
  let tellClosed: (code: number) => void = () => {};
  const closed = new Promise<number>((resolve) => {
    tellClosed = resolve;
  });
  const client: Client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    connectionParams: { locale: 'en', ...(token && { authorization: `Bearer ${token}` }) },
    on: { closed: (event) => tellClosed((event as { code: number }).code) },
  });
  return {
    subscribe: (query, variables) => openStream(client, query, variables),
    query: async (query, variables) => openStream(client, query, variables).next(),
    closed,
    close: async () => client.dispose(),
  };
}

function openStream(client: Client, query: string, variables: Record<string, unknown> = {}): Stream {
  const results: Result[] = [];
  const readers: ((result: Result) => void)[] = [];
  let tellEnded: (errors: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => {
    tellEnded = resolve;
  });
  const stop = client.subscribe(
    { query, variables },
    {
      next: (result) => {
        if (isBookmark(result as Result)) return;
        const reader = readers.shift();
        if (reader) reader(result as Result);
        else results.push(result as Result);
      },
      error: tellEnded,
      complete: () => tellEnded(undefined),
    },
  );
  const next = () =>
    new Promise<Result>((resolve, reject) => {
      const waiting = results.shift();
      if (waiting) return resolve(waiting);
      const timer = setTimeout(() => reject(new Error('No result came.')), patienceMs);
      readers.push((result) => {
        clearTimeout(timer);
        resolve(result);
      });
    });
  return { next, unread: () => results, ended, stop };
}
