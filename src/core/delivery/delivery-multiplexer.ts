import type { AccessLog } from '../access/access-log-port.ts';
import { analysts } from '../access/policy.ts';
import type { Context } from '../context.ts';
import { queryBytes } from '../database/database.ts';
import { executorOf } from '../database/row-loader.ts';
import { createStatements, rowsReadOnce } from '../database/statements.ts';
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
import { createDeliveryQueue, placesOf } from './delivery-queue.ts';
import {
  type DeliveryRequest,
  type DeliveryResult,
  eachAlone,
  failAll,
  joined,
  nothingDelivered,
  type PendingDelivery,
  resolveAll,
  type Subscriber,
} from './delivery-request.ts';
import { isUndeliverable } from './event-source.ts';
import { createRecordingAccessLog } from './recording-access-log.ts';

/** Tells events to viewers. */
export type DeliveryMultiplexer = (order: DeliveryRequest, receiver: Subscriber) => void;

/** Orders of one moment whose rights changed between judging and reading are judged anew so often, then alone. */
const passesTogether = 3;

/** What a group is told, and what has to be in the access log before each of them is. */
interface Reading {
  delivered: DeliveryResult;
  noted: ReturnType<typeof createRecordingAccessLog>;
  operationName: string | null;
}

/**
 * Delivers what becomes due at one moment together: one statement says who all these viewers are and what they may
 * read of these files, as it is now. Who is told the same (the same event, selection, role and rights on the file)
 * shares one reading and one text.
 *
 * The shared reading is made with the rights of one of them. In its own snapshot, or a later one, everybody's standing
 * is asked again, and who stands otherwise by then is judged anew: nobody is told what they could not have read.
 *
 * Of a follower with a backlog a page of events is judged and read like one event, at one moment, and sent at once. When
 * a right on any of its files has changed between judging and reading, all of the page is judged anew.
 */
export function createDeliveryMultiplexer(appContext: AppContext, report: ErrorReport): DeliveryMultiplexer {
  const queue = createDeliveryQueue<PendingDelivery>(
    ({ order: { events } }) => ({ seq: events[0].seq, events: events.length }),
    (due) => deliver(due, passesTogether),
  );

  const deliver = (due: PendingDelivery[], passes: number): Promise<void> =>
    queue.during(placesOfAll(due), () =>
      authorizeAll(passes > 0 ? joined(due.flatMap(analystsAlone)) : due.flatMap(eachAlone), passes),
    );

  const authorizeAll = async (due: PendingDelivery[], passes: number): Promise<void> => {
    try {
      const { statement, read } = accessSnapshotQuery(due.map(queried), new Date());
      const answer = await queryBytes(appContext.db, statement);
      const snapshots = read(JSON.parse(String(answer)));
      const groups = new Map<string, AuthorizedDelivery[]>();
      due.forEach((one, i) => {
        const authorized = authorizeDelivery(one, snapshots[i] as AccessSnapshot);
        if (!authorized) return;
        const key = passes > 0 ? cohortKey(authorized) : `${i}`;
        const group = groups.get(key);
        if (group) group.push(authorized);
        else groups.set(key, [authorized]);
      });
      for (const together of readTogether([...groups.values()]))
        void queue.during(deliverableCount(together), () => deliverCohort(together, passes));
    } catch (error) {
      for (const one of due) failAll(one, error);
    }
  };

  const deliverCohort = async (groups: AuthorizedDelivery[][], passes: number): Promise<void> => {
    try {
      const [[first]] = groups as [[AuthorizedDelivery]];
      if (isAlone(groups)) await deliverOne(first);
      else await deliverAgain(await deliverShared(groups), passes - 1);
    } catch (error) {
      for (const { waiting } of groups.flat()) failAll(waiting, error);
    }
  };
  const deliverAgain = async (due: PendingDelivery[], passes: number): Promise<void> => {
    if (due.length > 0) await deliver(due, passes);
  };

  const contextFor = (
    { waiting: { receivers }, viewer }: AuthorizedDelivery,
    shared: { accessLog?: AccessLog; statements?: Context['statements']; now?: Date } = {},
  ): Promise<Context> => {
    const { accessLog = appContext.accessLog, ...others } = shared;
    return createContext(
      { ...appContext, accessLog },
      { viewer, address: receivers[0]?.address ?? '', purpose: receivers[0]?.purpose ?? null, ...others },
    );
  };

  const answerTo = async (
    { waiting: { order }, visible }: AuthorizedDelivery,
    contexts: readonly Context[],
    acceptsRawJson: boolean,
  ): Promise<DeliveryResult> => {
    const answering = visible.map(async (rootValue, i) => {
      if (!rootValue) return null;
      const contextValue = contexts[i] as Context;
      const args = { ...order.args, rootValue, contextValue, acceptsRawJson };
      const { errors, ...result } = await runOperation(args);
      const outage = outageIn({ errors, ...result }, contextValue);
      if (outage) throw outage;
      const answer = errors
        ? { ...result, errors: errors.map((error) => publicError(error, report)) }
        : result;
      return stringifyResult(answer);
    });
    return deliveredBatch(await Promise.all(answering));
  };

  const deliverOne = async (authorized: AuthorizedDelivery): Promise<void> => {
    const delivered = await answerTo(authorized, [await contextFor(authorized)], false);
    resolveAll(authorized.waiting, authorized.viewer, delivered);
  };

  /** Tells all of these groups but those who stand otherwise by now, and returns them. */
  const deliverShared = async (groups: AuthorizedDelivery[][]): Promise<PendingDelivery[]> => {
    let roundTrips = 0;
    const query = executorOf(appContext.db);
    const statements = createStatements(() => {
      roundTrips += 1;
      return query;
    });
    const all = groups.flat();
    const request = accessSnapshotQuery(
      all.map(({ waiting, viewer }) => ({ ...queried(waiting), viewer })),
      new Date(),
    );
    const stillAuthorized = async () => request.read(await statements.load(request.statement));
    // Of pages the files are read by a statement of their own; a single event has one for everything.
    const isPages = isPage(groups[0] as AuthorizedDelivery[]);
    const [readings, atOnce] = await Promise.all([
      readShared(groups, isPages ? rowsReadOnce(statements) : statements),
      isPages ? [] : stillAuthorized(),
    ]);
    // In one round trip all of it was one statement; else something may have been read after rights were.
    const snapshots = roundTrips === 1 && !isPages ? atOnce : await stillAuthorized();
    const isUnchanged = new Set(all.filter(({ snapshot }, i) => snapshot.key === snapshots[i]?.key));
    const others = groups.map(async (group, i) => {
      const [first] = group as [AuthorizedDelivery];
      // Whose rights it was read with must have had them all the while, or it tells the others too little.
      const isSound = isUnchanged.has(first);
      return Promise.all(
        group.map(async (authorized) => {
          if (!isSound || !isUnchanged.has(authorized)) return [authorized.waiting];
          return settleLogged(authorized, readings[i] as Reading);
        }),
      );
    });
    return (await Promise.all(others)).flat(2);
  };

  /** What each group is told, by the rights of its first. */
  const readShared = (
    groups: AuthorizedDelivery[][],
    statements: Context['statements'],
  ): Promise<Reading[]> =>
    Promise.all(
      groups.map(async (group) => {
        const [first] = group as [AuthorizedDelivery];
        const noted = createRecordingAccessLog(appContext.accessLog);
        // One context for each event, as everywhere; only what they read from is shared.
        // At one instant, so that what goes by the clock is asked once for all events of a file.
        const shared = { accessLog: noted.accessLog, statements, now: new Date() };
        const contexts = await Promise.all(first.visible.map(() => contextFor(first, shared)));
        const delivered = await answerTo(first, contexts, isPage(group));
        const operationName = contexts.find((context) => context.operationName !== null)?.operationName;
        return { delivered: delivered, noted, operationName: operationName ?? null };
      }),
    );

  /** Returns the receivers who may not have the answer, because something in it could not be logged for them. */
  const settleLogged = async (
    { waiting: { order, receivers }, viewer }: AuthorizedDelivery,
    { delivered, noted, operationName }: Reading,
  ): Promise<PendingDelivery[]> => {
    if (noted.isEmpty()) {
      resolveAll({ order, receivers }, viewer, delivered);
      return [];
    }
    const unlogged: Subscriber[] = [];
    const log = receivers.map(async (receiver) => {
      const { address, purpose } = receiver;
      const isLogged = await noted.repeatFor({ viewer, operationName, address, purpose });
      if (isLogged) receiver.resolve(viewer, delivered);
      else unlogged.push(receiver);
    });
    await Promise.all(log);
    return unlogged.length > 0 ? [{ order, receivers: unlogged }] : [];
  };

  return (order, receiver) => {
    const { viewer, events } = order;
    if (events.every((event) => isUndeliverable(event, viewer.id)))
      receiver.resolve(viewer, nothingDelivered(order));
    else queue.add({ order, receivers: [receiver] });
  };
}

/** Analysts read within a budget and on connections of their own, which a page would go past. */
const analystsAlone = (waiting: PendingDelivery): PendingDelivery[] =>
  analysts.includes(waiting.order.viewer.role) ? eachAlone(waiting) : [waiting];

/** Those who are told the same events take their places once. */
function placesOfAll(due: PendingDelivery[]): number {
  const placesBySeq = new Map<number, number>();
  for (const { order } of due) {
    const [{ seq }] = order.events;
    placesBySeq.set(seq, Math.max(placesOf(order.events.length), placesBySeq.get(seq) ?? 0));
  }
  return [...placesBySeq.values()].reduce((sum, places) => sum + places, 0);
}

const queried = ({ order: { events, jointly, viewer } }: PendingDelivery) => ({
  viewer,
  fileIds: events.map((event) => jointly.fileToAuthorize(event, viewer.id)),
  versions: jointly.rule?.versions,
});
