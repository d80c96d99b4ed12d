import type { AccessLog } from '../access/access-log-port.ts';
import { analysts } from '../access/policy.ts';
import type { Context } from '../context.ts';
import { queryBytes } from '../database/database.ts';
import { executorOf } from '../database/row-loader.ts';
import { createStatements, rowsReadOnce, rowsReadTogether } from '../database/statements.ts';
import { type ErrorReport, publicError } from '../graphql/execution/public-error.ts';
import { stringifyResult } from '../graphql/execution/raw-json.ts';
import { outageIn, runOperation } from '../graphql/execution/run-operation.ts';
import { type AppContext, createContext } from '../request-context.ts';
import { type AccessSnapshot, accessSnapshotQuery } from './access-snapshot.ts';
import { deliveredBatch } from './delivery-batch.ts';
import {
  type AuthorizedDelivery,
  authorizeDelivery,
  cohortKey,
  deliverableCount,
  isAlone,
  isPage,
  readTogether,
} from './delivery-cohort.ts';
import { createDeliveryQueue, slotsOf } from './delivery-queue.ts';
import {
  type DeliveryRequest,
  type DeliveryResult,
  failAll,
  mergeEqual,
  nothingDelivered,
  type PendingDelivery,
  resolveAll,
  type Subscriber,
  splitBySubscriber,
} from './delivery-request.ts';
import { isUndeliverable } from './event-source.ts';
import { createRecordingAccessLog } from './recording-access-log.ts';

/** Queues a delivery request; the result goes to the subscriber. */
export type DeliveryMultiplexer = (request: DeliveryRequest, subscriber: Subscriber) => void;

/**
 * If rights change between authorization and reading, the requests are authorized again this many times as a batch,
 * then individually.
 */
const passesTogether = 3;

/** The result for a cohort, and the access-log entries that must be written for each member before delivery. */
interface Reading {
  delivered: DeliveryResult;
  recorded: ReturnType<typeof createRecordingAccessLog>;
  operationName: string | null;
}

/**
 * Delivers the requests that are due at the same time together. One statement reads who the viewers are and what they
 * may read of these files now. A cohort (the same event, selection, role and rights on the file) shares one execution
 * and one serialized result.
 *
 * The shared execution uses the rights of one member. Access is re-checked in the same or a later snapshot. Subscribers
 * whose access changed are re-evaluated, so nobody receives what they could not have read.
 *
 * For a follower with a backlog, a page of events is authorized and read like a single event, at one moment, and sent
 * at once. If a right on any of its files changes between authorization and reading, the whole page is re-evaluated.
 */
export function createDeliveryMultiplexer(appContext: AppContext, report: ErrorReport): DeliveryMultiplexer {
  const queue = createDeliveryQueue<PendingDelivery>(
    ({ request: { events } }) => ({ seq: events[0].seq, events: events.length }),
    (due) => deliver(due, passesTogether),
  );

  const deliver = (due: PendingDelivery[], passes: number): Promise<void> =>
    queue.during(slotsOfAll(due), () =>
      authorizeAll(
        passes > 0 ? mergeEqual(due.flatMap(splitForAnalysts)) : due.flatMap(splitBySubscriber),
        passes,
      ),
    );

  const authorizeAll = async (due: PendingDelivery[], passes: number): Promise<void> => {
    try {
      const { statement, read } = accessSnapshotQuery(due.map(snapshotRequestOf), new Date());
      const answer = await queryBytes(appContext.db, statement);
      const snapshots = read(JSON.parse(String(answer)));
      const groups = new Map<string, AuthorizedDelivery[]>();
      due.forEach((pending, i) => {
        const authorized = authorizeDelivery(pending, snapshots[i] as AccessSnapshot);
        if (!authorized) return;
        const key = passes > 0 ? cohortKey(authorized) : `${i}`;
        const group = groups.get(key);
        if (group) group.push(authorized);
        else groups.set(key, [authorized]);
      });
      for (const together of readTogether([...groups.values()]))
        void queue.during(deliverableCount(together), () => deliverCohort(together, passes));
    } catch (error) {
      for (const pending of due) failAll(pending, error);
    }
  };

  const deliverCohort = async (groups: AuthorizedDelivery[][], passes: number): Promise<void> => {
    try {
      const [[first]] = groups as [[AuthorizedDelivery]];
      if (isAlone(groups)) await deliverOne(first);
      else await deliverAgain(await deliverShared(groups), passes - 1);
    } catch (error) {
      for (const { pending } of groups.flat()) failAll(pending, error);
    }
  };
  const deliverAgain = async (due: PendingDelivery[], passes: number): Promise<void> => {
    if (due.length > 0) await deliver(due, passes);
  };

  const contextFor = (
    { pending: { request, subscribers }, viewer }: AuthorizedDelivery,
    shared: { accessLog?: AccessLog; statements?: Context['statements']; now?: Date } = {},
  ): Promise<Context> => {
    const { accessLog = appContext.accessLog, ...others } = shared;
    return createContext(
      { ...appContext, accessLog },
      {
        viewer,
        address: subscribers[0]?.address ?? '',
        purpose: subscribers[0]?.purpose ?? null,
        locale: request.locale,
        ...others,
      },
    );
  };

  const answerTo = async (
    { pending: { request }, visible }: AuthorizedDelivery,
    contexts: readonly Context[],
  ): Promise<DeliveryResult> => {
    const answering = visible.map(async (rootValue, i) => {
      if (!rootValue) return null;
      const contextValue = contexts[i] as Context;
      const args = { ...request.args, rootValue, contextValue, acceptsRawJson: true };
      const { errors, ...result } = await runOperation(args);
      const outage = outageIn({ errors, ...result }, contextValue);
      if (outage) throw outage;
      const answer = errors
        ? { ...result, errors: errors.map((error) => publicError(error, report, request.locale)) }
        : result;
      return stringifyResult(answer);
    });
    return deliveredBatch(await Promise.all(answering));
  };

  const deliverOne = async (authorized: AuthorizedDelivery): Promise<void> => {
    const context = await contextFor(authorized);
    context.statements = rowsReadTogether(context.statements);
    const delivered = await answerTo(authorized, [context]);
    resolveAll(authorized.pending, authorized.viewer, delivered);
  };

  /** Delivers to all of these groups, except to members whose access has changed; returns those. */
  const deliverShared = async (groups: AuthorizedDelivery[][]): Promise<PendingDelivery[]> => {
    let roundTrips = 0;
    const query = executorOf(appContext.db);
    const statements = createStatements(() => {
      roundTrips += 1;
      return query;
    });
    const all = groups.flat();
    const snapshotQuery = accessSnapshotQuery(
      all.map(({ pending, viewer }) => ({ ...snapshotRequestOf(pending), viewer })),
      new Date(),
    );
    const stillAuthorized = async () => snapshotQuery.read(await statements.load(snapshotQuery.statement));
    // Pages read their files in separate statements; a single event reads everything in one.
    const isPages = isPage(groups[0] as AuthorizedDelivery[]);
    const [readings, atOnce] = await Promise.all([
      readShared(groups, (isPages ? rowsReadOnce : rowsReadTogether)(statements)),
      isPages ? [] : stillAuthorized(),
    ]);
    // A single round trip was a single statement; otherwise something may have been read after the rights were.
    const snapshots = roundTrips === 1 && !isPages ? atOnce : await stillAuthorized();
    const isUnchanged = new Set(all.filter(({ snapshot }, i) => snapshot.key === snapshots[i]?.key));
    const others = groups.map(async (group, i) => {
      const [first] = group as [AuthorizedDelivery];
      // The member whose rights were used must have kept them throughout, or the others would receive too little.
      const isSound = isUnchanged.has(first);
      return Promise.all(
        group.map(async (authorized) => {
          if (!isSound || !isUnchanged.has(authorized)) return [authorized.pending];
          return settleLogged(authorized, readings[i] as Reading);
        }),
      );
    });
    return (await Promise.all(others)).flat(2);
  };

  /** Executes once per group, with the rights of its first member. */
  const readShared = (
    groups: AuthorizedDelivery[][],
    statements: Context['statements'],
  ): Promise<Reading[]> =>
    Promise.all(
      groups.map(async (group) => {
        const [first] = group as [AuthorizedDelivery];
        const recorded = createRecordingAccessLog(appContext.accessLog);
        // One context per event, as everywhere; they share only the loader, and one instant, so that time-dependent
        // results are read once for all events of a file.
        const shared = { accessLog: recorded.accessLog, statements, now: appContext.clock.now() };
        const contexts = await Promise.all(first.visible.map(() => contextFor(first, shared)));
        const delivered = await answerTo(first, contexts);
        const operationName = contexts.find((context) => context.operationName !== null)?.operationName;
        return { delivered, recorded, operationName: operationName ?? null };
      }),
    );

  /** Returns the subscribers that may not have the result, because something in it could not be logged for them. */
  const settleLogged = async (
    { pending: { request, subscribers }, viewer }: AuthorizedDelivery,
    { delivered, recorded, operationName }: Reading,
  ): Promise<PendingDelivery[]> => {
    if (recorded.isEmpty()) {
      resolveAll({ request, subscribers }, viewer, delivered);
      return [];
    }
    const unlogged: Subscriber[] = [];
    const log = subscribers.map(async (subscriber) => {
      const { address, purpose } = subscriber;
      const isLogged = await recorded.repeatFor({ viewer, operationName, address, purpose });
      if (isLogged) subscriber.resolve(viewer, delivered);
      else unlogged.push(subscriber);
    });
    await Promise.all(log);
    return unlogged.length > 0 ? [{ request, subscribers: unlogged }] : [];
  };

  return (request, subscriber) => {
    const { viewer, events } = request;
    if (events.every((event) => isUndeliverable(event, viewer.id)))
      subscriber.resolve(viewer, nothingDelivered(request));
    else queue.add({ request, subscribers: [subscriber] });
  };
}

/** Analysts read within a budget on separate connections; a shared page would bypass both. */
const splitForAnalysts = (pending: PendingDelivery): PendingDelivery[] =>
  analysts.includes(pending.request.viewer.role) ? splitBySubscriber(pending) : [pending];

/** The slots taken by these requests; requests for the same events are counted once. */
function slotsOfAll(due: PendingDelivery[]): number {
  const slotsBySeq = new Map<number, number>();
  for (const { request } of due) {
    const [{ seq }] = request.events;
    slotsBySeq.set(seq, Math.max(slotsOf(request.events.length), slotsBySeq.get(seq) ?? 0));
  }
  return [...slotsBySeq.values()].reduce((sum, slots) => sum + slots, 0);
}

const snapshotRequestOf = ({ request: { events, authorizer, viewer } }: PendingDelivery) => ({
  viewer,
  fileIds: events.map((event) => authorizer.fileToAuthorize(event, viewer.id)),
  versions: authorizer.rule?.versions,
});
