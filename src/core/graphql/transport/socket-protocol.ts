import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { WebSocket } from 'ws';
import { readPurpose } from '../../access/read-purpose.ts';
import { tooComplex } from '../../errors.ts';
import { localeOf } from '../../locale.ts';
import { type PreparedOperation, prepareOperation } from '../execution/operation.ts';
import { type ErrorReport, publicError } from '../execution/public-error.ts';
import { runOperation } from '../execution/run-operation.ts';
import type { Admitted, OpenSockets } from './open-sockets.ts';
import type { Subscribers } from './socket-subscriber.ts';
import {
  type SubscriberConnection,
  subscribeWithFreshContext,
  whenAvailable,
} from './socket-subscription.ts';
import { type AttachedSocket, tooManyRequests } from './socket-transport.ts';

type Params = { authorization?: unknown; Authorization?: unknown; purpose?: unknown; locale?: unknown };

interface ProtocolOptions {
  schema: GraphQLSchema;
  open: OpenSockets;
  subscribers: Subscribers;
  bounds: { initTimeoutMs: number; operations: number };
  report: ErrorReport;
}

/** What graphql-ws calls for a message: admits a socket, prepares its operations and runs them. */
export function protocolOf({
  schema,
  open,
  subscribers: { contextOf, subscriberOf },
  bounds,
  report,
}: ProtocolOptions): ServerOptions<Params, AttachedSocket> {
  return {
    connectionInitWaitTimeout: bounds.initTimeoutMs,
    onConnect: async ({ connectionParams, extra }) => {
      // Written with a capital too, like the header.
      const authorization = connectionParams?.authorization ?? connectionParams?.Authorization;
      const authenticated = await open.authenticate(
        typeof authorization === 'string' ? authorization : undefined,
      );
      return (
        authenticated !== null &&
        open.admit(extra, authenticated, {
          purpose: readPurpose(connectionParams?.purpose),
          locale: localeOf(connectionParams?.locale, extra.acceptedLanguages),
        })
      );
    },
    onSubscribe: async (connection, id, payload) => {
      const admitted = connection.extra as Admitted;
      if (Object.keys(connection.subscriptions).length > bounds.operations) {
        admitted.socket.close(tooManyRequests, 'Too many operations');
        return [tooComplex(`A socket runs at most ${bounds.operations} operations. (同时执行的操作过多。)`)];
      }
      const { operations } = admitted;
      const signal = operations.begin(id);
      const end = () => operations.end(id, signal);
      try {
        const isWanted = () =>
          id in connection.subscriptions && admitted.socket.readyState === WebSocket.OPEN;
        // Detected by the keyword alone: nothing is parsed before the sender is known.
        const context = await (/\bsubscription\b/.test(String(payload.query))
          ? whenAvailable(() => contextOf(admitted, signal), isWanted)
          : contextOf(admitted, signal));
        const args = await prepareOperation(schema, payload, context);
        if (!isRefusal(args)) {
          if (isMutation(args)) operations.beginWrite(id);
          // graphql-ws passes the value returned here to `execute` and `subscribe`, so these travel with it.
          return Object.assign(args, { subscriber: subscriberOf(admitted, id, args), end });
        }
        end();
        return args;
      } catch (error) {
        end();
        if (error instanceof GraphQLError) return [error];
        return [new GraphQLError('', { originalError: error as Error })];
      }
    },
    execute: (args) => runOperation(args).finally((args as FreshArgs).end),
    subscribe: (args) =>
      subscribeWithFreshContext(args as FreshArgs, (args as FreshArgs).subscriber).finally(
        (args as FreshArgs).end,
      ),
    onComplete: ({ extra }, id) => (extra as Admitted).operations.endWrite(id),
    onError: ({ extra }, _id, _payload, errors) =>
      errors.map((error) => publicError(error, report, (extra as Admitted).locale)),
    onNext: ({ extra }, _id, _payload, _args, result) =>
      result.errors
        ? ({
            ...result,
            errors: result.errors.map((error) => publicError(error, report, (extra as Admitted).locale)),
          } as never)
        : undefined,
  };
}

interface FreshArgs extends PreparedOperation {
  subscriber: SubscriberConnection;
  /** Called once the operation is answered, or its stream is open. */
  end: () => void;
}

const isMutation = ({ document, operationName }: PreparedOperation): boolean =>
  getOperationAST(document, operationName)?.operation === 'mutation';

const isRefusal = (
  outcome: PreparedOperation | readonly GraphQLError[],
): outcome is readonly GraphQLError[] => Array.isArray(outcome);
