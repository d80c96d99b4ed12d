import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { type DocumentNode, getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';
import type { GraphQLAnswer, Sessions } from './session.ts';

const isUnauthenticated = (answer: GraphQLAnswer) =>
  answer.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED') ?? false;

/** Close codes with which the server refuses a token: graphql-transport-ws "Unauthorized" and "Forbidden". */
const refusedTokenCodes = [4401, 4403];

/** Sends queries and mutations over HTTP and subscriptions over the socket, each with the tab's current token. */
export function createFetcher(graphqlPath: string, sessions: Sessions) {
  async function post(params: FetcherParams, headers: Record<string, string>): Promise<GraphQLAnswer> {
    const accessToken = await sessions.accessToken();
    const response = await fetch(graphqlPath, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
        ...headers,
      },
      body: JSON.stringify(params),
    });
    const answer: GraphQLAnswer = await response.json();
    if (accessToken && isUnauthenticated(answer)) sessions.distrust(accessToken);
    return answer;
  }

  let socketToken: string | null = null;
  const url = new URL(graphqlPath, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = createClient({
    url: url.href,
    // Called for every connection, so a reconnect after a token has expired uses the next one.
    connectionParams: async () => {
      socketToken = await sessions.accessToken();
      return { authorization: `Bearer ${socketToken}` };
    },
    // The first reconnect, as after an expired token, is immediate, since events missed in between are not shown.
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retries && 1_000 * 2 ** retries)),
    on: {
      closed: (event) => {
        const { code } = event as CloseEvent;
        if (socketToken && refusedTokenCodes.includes(code)) sessions.distrust(socketToken);
      },
    },
  });

  async function send(params: FetcherParams, options: Parameters<Fetcher>[1]) {
    const headers = options?.headers ?? {};
    if (isSubscription(options?.documentAST, params.operationName)) {
      return withReadableErrors(socket.iterate({ ...params, query: params.query }));
    }
    const answer = await post(params, headers);
    return isUnauthenticated(answer) && sessions.state().viewer ? post(params, headers) : answer;
  }

  // GraphiQL renders what `post` and the socket return; only its type requires GraphQLError instances.
  return { fetcher: send as Fetcher, close: () => void socket.dispose() };
}

function isSubscription(
  document: DocumentNode | undefined,
  operationName: string | null | undefined,
): boolean {
  return document ? getOperationAST(document, operationName)?.operation === 'subscription' : false;
}

/** Shows the code and reason of a close event, which as JSON would be just `{"isTrusted":true}`. */
function withReadableErrors<T>(results: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
  // Not an async generator, whose `return()` would wait for the next event before it stopped.
  return {
    ...results,
    next: () =>
      results.next().catch((error: unknown) => {
        if (!(error instanceof CloseEvent)) throw error;
        throw new Error(`The socket was closed: ${`${error.code} ${error.reason}`.trim()}. (连接已关闭。)`);
      }),
    return: () => results.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
