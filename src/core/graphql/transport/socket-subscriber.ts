import { isDeepStrictEqual } from 'node:util';
import { analysts } from '../../access/policy.ts';
import type { Viewer } from '../../access/viewer.ts';
import type { Context } from '../../context.ts';
import { firstPageSize, nextPageSize } from '../../delivery/delivery-batch.ts';
import { createDeliveryMultiplexer } from '../../delivery/delivery-multiplexer.ts';
import type { DeliveryRequest, Subscriber } from '../../delivery/delivery-request.ts';
import { batchDeliveries } from '../../delivery/event-source.ts';
import { unauthenticated } from '../../errors.ts';
import { type AppContext, createContext } from '../../request-context.ts';
import { viewerStatement } from '../../session/authenticate.ts';
import { loadViewer } from '../../session/viewer.loader.ts';
import type { PreparedOperation } from '../execution/operation.ts';
import type { ErrorReport } from '../execution/public-error.ts';
import { type SharedSelection, sharedSelection } from '../execution/viewer-independence.ts';
import type { Admitted, OpenSockets } from './open-sockets.ts';
import type { EventContext, SubscriberConnection } from './socket-subscription.ts';

export interface SubscribersOptions {
  appContext: AppContext;
  open: OpenSockets;
  report: ErrorReport;
}

/** What runs on behalf of a socket's viewer, with the rights they have at that moment. */
export interface Subscribers {
  /** The context of one operation. Errors: UNAUTHENTICATED if the viewer is gone; the socket then closes. */
  contextOf: (admitted: Admitted, signal?: AbortSignal) => Promise<Context>;
  /** The client of one subscription. */
  subscriberOf: (admitted: Admitted, operationId: string, args: PreparedOperation) => SubscriberConnection;
}

/** Connects subscriptions to the deliveries that all of them share. */
export function createSubscribers({ appContext, open, report }: SubscribersOptions): Subscribers {
  const multiplexer = createDeliveryMultiplexer(appContext, report);

  const contextOf: Subscribers['contextOf'] = async (admitted, signal) => {
    const { claims, address, purpose, locale } = admitted;
    const viewer = await loadViewer(appContext.db, claims, new Date());
    if (!open.staysWith(admitted, viewer)) throw unauthenticated();
    return createContext(appContext, { viewer, address, purpose, locale, signal });
  };

  const eventContextOf = async (admitted: Admitted): Promise<EventContext> => {
    const { viewer, claims, address, purpose, locale } = admitted;
    // Analysts read within a budget on separate connections; verification must not use these up.
    if (analysts.includes(viewer.role)) {
      const context = await contextOf(admitted);
      return { assumed: context, confirmed: Promise.resolve(context) };
    }
    const assumed = await createContext(appContext, { viewer, address, purpose, locale });
    return {
      assumed,
      confirmed: confirm(admitted, assumed, assumed.statements.load(viewerStatement(claims, new Date()))),
    };
  };

  const confirm = async (admitted: Admitted, assumed: Context, found: Promise<unknown>): Promise<Context> => {
    const viewer = (await found) as Viewer | undefined;
    const isAsAssumed = isDeepStrictEqual(viewer, admitted.viewer);
    if (!open.staysWith(admitted, viewer)) throw unauthenticated();
    if (isAsAssumed) return assumed;
    const { address, purpose, locale } = admitted;
    return createContext(appContext, { viewer, address, purpose, locale });
  };

  const subscriberOf: Subscribers['subscriberOf'] = (admitted, id, args) => {
    let selection: SharedSelection | null | undefined;
    let pageSize = firstPageSize;
    return {
      openEventContext: () => eventContextOf(admitted),
      pageSize: () => pageSize,
      deliverTogether: (deliveries, { isWanted, done, alone, fail }) => {
        const [first, ...others] = batchDeliveries(deliveries);
        if (!first) return false;
        if (selection === undefined) selection = sharedSelection(args);
        const settle: Subscriber['resolve'] = (viewer, result) => {
          if (!open.staysWith(admitted, viewer)) return fail(unauthenticated());
          if (!result) return alone();
          pageSize = nextPageSize(result);
          if (result.answers.length === 0 || !isWanted()) return done(result.events);
          admitted.sendEncoded(admitted.encode(id, result.answers), (error) =>
            error ? fail(error) : done(result.events),
          );
        };
        const events: DeliveryRequest['events'] = [first.event, ...others.map(({ event }) => event)];
        multiplexer(
          {
            events,
            authorizer: first.authorizer,
            viewer: admitted.viewer,
            locale: admitted.locale,
            args,
            selection,
          },
          { address: admitted.address, purpose: admitted.purpose, resolve: settle, fail },
        );
        return true;
      },
    };
  };

  return { contextOf, subscriberOf };
}
