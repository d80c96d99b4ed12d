import { isNobodys } from '../../features/event/customer-file-event.service.ts';
import type { AccessLog } from '../access/access-log-port.ts';
import { analysts } from '../access/policy.ts';
import type { Context } from '../context.ts';
import { queryBytes } from '../database/database.ts';
import { asking } from '../database/row-loader.ts';
import { createStatements, rowsReadOnce } from '../database/statements.ts';
import { type ErrorReport, publicError } from '../graphql/execution/public-error.ts';
import { stringifyAnswer } from '../graphql/execution/raw-json.ts';
import { outageIn, runOperation } from '../graphql/execution/run-operation.ts';
import { createContext, type Surroundings } from '../request-context.ts';
import { type Standing, standingQuestion } from './access-snapshot.ts';
import { toldOf } from './delivery-batch.ts';
import {
  groupKey,
  isAlone,
  isPage,
  type Judged,
  judge,
  placesToTell,
  readTogether,
} from './delivery-cohort.ts';
import { createDeliveryQueue, placesOf } from './delivery-queue.ts';
import {
  type DeliveryOrder,
  eachAlone,
  failAll,
  joined,
  nothingTold,
  type Receiver,
  settleAll,
  type Told,
  type Waiting,
} from './delivery-request.ts';
import { collectNotes } from './recording-access-log.ts';

/** Tells events to viewers. */
export type DeliveryDesk = (order: DeliveryOrder, receiver: Receiver) => void;

/** Orders of one moment whose rights changed between judging and reading are judged anew so often, then alone. */
const passesTogether = 3;

/** What a group is told, and what has to be in the access log before each of them is. */
interface Reading {
  told: Told;
  noted: ReturnType<typeof collectNotes>;
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
export function createDeliveryDesk(surroundings: Surroundings, report: ErrorReport): DeliveryDesk {
  const queue = createDeliveryQueue<Waiting>(
    ({ order: { events } }) => ({ seq: events[0].seq, events: events.length }),
    (due) => deliver(due, passesTogether),
  );

  const deliver = (due: Waiting[], passes: number): Promise<void> =>
    queue.during(placesOfAll(due), () =>
      judgeAll(passes > 0 ? joined(due.flatMap(analystsAlone)) : due.flatMap(eachAlone), passes),
    );

  const judgeAll = async (due: Waiting[], passes: number): Promise<void> => {
    try {
      const { statement, read } = standingQuestion(due.map(asked), new Date());
      const answer = await queryBytes(surroundings.db, statement);
      const standings = read(JSON.parse(String(answer)));
      const groups = new Map<string, Judged[]>();
      due.forEach((one, i) => {
        const judged = judge(one, standings[i] as Standing);
        if (!judged) return;
        const key = passes > 0 ? groupKey(judged) : `${i}`;
        const group = groups.get(key);
        if (group) group.push(judged);
        else groups.set(key, [judged]);
      });
      for (const together of readTogether([...groups.values()]))
        void queue.during(placesToTell(together), () => tell(together, passes));
    } catch (error) {
      for (const one of due) failAll(one, error);
    }
  };

  const tell = async (groups: Judged[][], passes: number): Promise<void> => {
    try {
      const [[first]] = groups as [[Judged]];
      if (isAlone(groups)) await tellOne(first);
      else await deliverAgain(await tellAlike(groups), passes - 1);
    } catch (error) {
      for (const { waiting } of groups.flat()) failAll(waiting, error);
    }
  };
  const deliverAgain = async (due: Waiting[], passes: number): Promise<void> => {
    if (due.length > 0) await deliver(due, passes);
  };

  const contextFor = (
    { waiting: { receivers }, viewer }: Judged,
    shared: { accessLog?: AccessLog; statements?: Context['statements']; now?: Date } = {},
  ): Promise<Context> => {
    const { accessLog = surroundings.accessLog, ...others } = shared;
    return createContext(
      { ...surroundings, accessLog },
      { viewer, address: receivers[0]?.address ?? '', purpose: receivers[0]?.purpose ?? null, ...others },
    );
  };

  const answerTo = async (
    { waiting: { order }, visible }: Judged,
    contexts: readonly Context[],
    takesBytes: boolean,
  ): Promise<Told> => {
    const answering = visible.map(async (rootValue, i) => {
      if (!rootValue) return null;
      const contextValue = contexts[i] as Context;
      const args = { ...order.args, rootValue, contextValue, takesBytes };
      const { errors, ...result } = await runOperation(args);
      const outage = outageIn({ errors, ...result }, contextValue);
      if (outage) throw outage;
      const answer = errors
        ? { ...result, errors: errors.map((error) => publicError(error, report)) }
        : result;
      return stringifyAnswer(answer);
    });
    return toldOf(await Promise.all(answering));
  };

  const tellOne = async (judged: Judged): Promise<void> => {
    const told = await answerTo(judged, [await contextFor(judged)], false);
    settleAll(judged.waiting, judged.viewer, told);
  };

  /** Tells all of these groups but those who stand otherwise by now, and returns them. */
  const tellAlike = async (groups: Judged[][]): Promise<Waiting[]> => {
    let roundTrips = 0;
    const ask = asking(surroundings.db);
    const statements = createStatements(() => {
      roundTrips += 1;
      return ask;
    });
    const all = groups.flat();
    const question = standingQuestion(
      all.map(({ waiting, viewer }) => ({ ...asked(waiting), viewer })),
      new Date(),
    );
    const standAgain = async () => question.read(await statements.load(question.statement));
    // Of pages the files are read by a statement of their own; a single event has one for everything.
    const isPages = isPage(groups[0] as Judged[]);
    const [readings, atOnce] = await Promise.all([
      readAlike(groups, isPages ? rowsReadOnce(statements) : statements),
      isPages ? [] : standAgain(),
    ]);
    // In one round trip all of it was one statement; else something may have been read after rights were.
    const standings = roundTrips === 1 && !isPages ? atOnce : await standAgain();
    const stands = new Set(all.filter(({ standing }, i) => standing.key === standings[i]?.key));
    const others = groups.map(async (group, i) => {
      const [first] = group as [Judged];
      // Whose rights it was read with must have had them all the while, or it tells the others too little.
      const isSound = stands.has(first);
      return Promise.all(
        group.map(async (judged) => {
          if (!isSound || !stands.has(judged)) return [judged.waiting];
          return settleLogged(judged, readings[i] as Reading);
        }),
      );
    });
    return (await Promise.all(others)).flat(2);
  };

  /** What each group is told, by the rights of its first. */
  const readAlike = (groups: Judged[][], statements: Context['statements']): Promise<Reading[]> =>
    Promise.all(
      groups.map(async (group) => {
        const [first] = group as [Judged];
        const noted = collectNotes(surroundings.accessLog);
        // One context for each event, as everywhere; only what they read from is shared.
        // At one instant, so that what goes by the clock is asked once for all events of a file.
        const shared = { accessLog: noted.accessLog, statements, now: new Date() };
        const contexts = await Promise.all(first.visible.map(() => contextFor(first, shared)));
        const told = await answerTo(first, contexts, isPage(group));
        const operationName = contexts.find((context) => context.operationName !== null)?.operationName;
        return { told, noted, operationName: operationName ?? null };
      }),
    );

  /** Returns the receivers who may not have the answer, because something in it could not be logged for them. */
  const settleLogged = async (
    { waiting: { order, receivers }, viewer }: Judged,
    { told, noted, operationName }: Reading,
  ): Promise<Waiting[]> => {
    if (noted.isEmpty()) {
      settleAll({ order, receivers }, viewer, told);
      return [];
    }
    const unlogged: Receiver[] = [];
    const log = receivers.map(async (receiver) => {
      const { address, purpose } = receiver;
      const isLogged = await noted.repeatFor({ viewer, operationName, address, purpose });
      if (isLogged) receiver.settle(viewer, told);
      else unlogged.push(receiver);
    });
    await Promise.all(log);
    return unlogged.length > 0 ? [{ order, receivers: unlogged }] : [];
  };

  return (order, receiver) => {
    const { viewer, events } = order;
    if (events.every((event) => isNobodys(event, viewer.id))) receiver.settle(viewer, nothingTold(order));
    else queue.add({ order, receivers: [receiver] });
  };
}

/** Analysts read within a budget and on connections of their own, which a page would go past. */
const analystsAlone = (waiting: Waiting): Waiting[] =>
  analysts.includes(waiting.order.viewer.role) ? eachAlone(waiting) : [waiting];

/** Those who are told the same events take their places once. */
function placesOfAll(due: Waiting[]): number {
  const placesBySeq = new Map<number, number>();
  for (const { order } of due) {
    const [{ seq }] = order.events;
    placesBySeq.set(seq, Math.max(placesOf(order.events.length), placesBySeq.get(seq) ?? 0));
  }
  return [...placesBySeq.values()].reduce((sum, places) => sum + places, 0);
}

const asked = ({ order: { events, jointly, viewer } }: Waiting) => ({
  viewer,
  fileIds: events.map((event) => jointly.fileToJudge(event, viewer.id)),
  versions: jointly.rule?.versions,
});
