import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { AccessLog, FileReads, Occasion, Refusal } from '../access/file-reads.ts';
import { analysts } from '../access/policy.ts';
import type { Context, Viewer } from '../context.ts';
import { queryBytes } from '../database/database.ts';
import { asking } from '../database/row-lookups.ts';
import { createStatements } from '../database/statements.ts';
import { publicError } from '../graphql/public-error.ts';
import { runOperation } from '../graphql/run-operation.ts';
import { createContext, type Surroundings } from '../request-context.ts';
import { isNobodys } from './customer-file-event.service.ts';
import type { ToldEvent } from './deliveries.ts';
import {
  type DeliveryOrder,
  eachAlone,
  failAll,
  isToldAlike,
  joined,
  type Receiver,
  settleAll,
  type Waiting,
} from './delivery-order.ts';
import { createDeliveryQueue } from './delivery-queue.ts';
import { type Standing, standingQuestion } from './standing.ts';

/** Tells events to viewers. */
export type DeliveryDesk = (order: DeliveryOrder, receiver: Receiver) => void;

/** Orders of one moment whose rights changed between judging and reading are judged anew so often, then alone. */
const passesTogether = 3;

/** An order whose viewer is told something. */
interface Judged {
  waiting: Waiting;
  viewer: Viewer;
  standing: Standing;
  visible: ToldEvent;
}

/**
 * Delivers what becomes due at one moment together: one statement says who all these viewers are and what they may
 * read of these files, as it is now. Who is told the same (the same event, selection, role and rights on the file)
 * shares one reading and one text.
 *
 * The shared reading is made with the rights of one of them. In its own snapshot, or a later one, everybody's standing
 * is asked again, and who stands otherwise by then is judged anew: nobody is told what they could not have read.
 */
export function createDeliveryDesk(surroundings: Surroundings, log: Logger): DeliveryDesk {
  const queue = createDeliveryQueue<Waiting>(seqOf, (due) => deliver(due, passesTogether));

  const deliver = (due: Waiting[], passes: number): Promise<void> =>
    queue.during(new Set(due.map(seqOf)).size, () =>
      judgeAll(passes > 0 ? joined(due) : due.flatMap(eachAlone), passes),
    );

  const judgeAll = async (due: Waiting[], passes: number): Promise<void> => {
    try {
      const { statement, read } = standingQuestion(due.map(asked), new Date());
      const answer = await queryBytes(surroundings.db, statement);
      const standings = read(JSON.parse(String(answer)));
      const groups = new Map<string, Judged[]>();
      const anew: Waiting[] = [];
      due.forEach((one, i) => {
        const judged = judge(one, standings[i] as Standing, anew);
        if (!judged) return;
        const key = passes > 0 ? groupKey(judged) : `${i}`;
        const group = groups.get(key);
        if (group) group.push(judged);
        else groups.set(key, [judged]);
      });
      for (const group of groups.values()) void queue.during(placesOf(group), () => tell(group, passes));
      if (anew.length > 0) await deliver(anew, passes);
    } catch (error) {
      for (const one of due) failAll(one, error);
    }
  };

  const tell = async (group: Judged[], passes: number): Promise<void> => {
    try {
      const [first] = group;
      if (first && group.length === 1 && first.waiting.receivers.length === 1) await tellOne(first);
      else await deliverAgain(await tellAlike(group), passes - 1);
    } catch (error) {
      for (const { waiting } of group) failAll(waiting, error);
    }
  };
  const deliverAgain = async (due: Waiting[], passes: number): Promise<void> => {
    if (due.length > 0) await deliver(due, passes);
  };

  const answerTo = async (
    { waiting: { order, receivers }, viewer, visible }: Judged,
    change: Partial<Context>,
  ): Promise<{ context: Context; answering: () => Promise<string> }> => {
    const context = Object.assign(
      await createContext(surroundings, { viewer, address: receivers[0]?.address ?? '' }),
      change,
    );
    const answering = async () => {
      const args = { ...order.args, rootValue: visible, contextValue: context };
      const { errors, ...result } = await runOperation(args);
      const answer = errors ? { ...result, errors: errors.map((error) => publicError(error, log)) } : result;
      return JSON.stringify(answer);
    };
    return { context, answering };
  };

  const tellOne = async (judged: Judged): Promise<void> => {
    const { answering } = await answerTo(judged, {});
    settleAll(judged.waiting, judged.viewer, await answering());
  };

  /** Tells all of a group but those who stand otherwise by now, and returns them. */
  const tellAlike = async (group: Judged[]): Promise<Waiting[]> => {
    let roundTrips = 0;
    const ask = asking(surroundings.db);
    const statements = createStatements(() => {
      roundTrips += 1;
      return ask;
    });
    const noted = collectNotes(surroundings.accessLog);
    const { context, answering } = await answerTo(group[0] as Judged, {
      statements,
      accessLog: noted.accessLog,
    });
    const question = standingQuestion(
      group.map(({ waiting, viewer }) => ({ ...asked(waiting), viewer })),
      context.now,
    );
    const standAgain = async () => question.read(await statements.load(question.statement));
    const [answer, atOnce] = await Promise.all([answering(), standAgain()]);
    // In one round trip all of it was one statement; else something may have been read after rights were.
    const standings = roundTrips === 1 ? atOnce : await standAgain();
    const stands = group.map(({ standing }, i) => standing.key === standings[i]?.key);
    const others: Waiting[] = [];
    const tellEach = group.map(async ({ waiting, viewer }, i) => {
      // Whose rights it was read with must have had them all the while, or it tells the others too little.
      if (!stands[0] || !stands[i]) others.push(waiting);
      else if (noted.isEmpty()) settleAll(waiting, viewer, answer);
      else others.push(...(await logAndSettle(waiting, viewer)));
    });
    await Promise.all(tellEach);
    return others;

    /** Returns the receivers who may not have the answer, because something in it could not be logged for them. */
    async function logAndSettle({ order, receivers }: Waiting, viewer: Viewer): Promise<Waiting[]> {
      const unlogged: Receiver[] = [];
      const log = receivers.map(async (receiver) => {
        const { address, settle } = receiver;
        const isLogged = await noted.repeatFor({ viewer, operationName: context.operationName, address });
        if (isLogged) settle(viewer, answer);
        else unlogged.push(receiver);
      });
      await Promise.all(log);
      return unlogged.length > 0 ? [{ order, receivers: unlogged }] : [];
    }
  };

  return (order, receiver) => {
    const { viewer, delivery } = order;
    if (isNobodys(delivery.event, viewer.id)) receiver.settle(viewer, null);
    else queue.add({ order, receivers: [receiver] });
  };
}

const seqOf = ({ order: { delivery } }: Waiting): number => delivery.event.seq;

/** Analysts read on connections of their own, which keep nobody else waiting. */
const placesOf = ([first]: Judged[]): number => (first && analysts.includes(first.viewer.role) ? 0 : 1);

const asked = ({ order: { delivery, viewer } }: Waiting) => ({
  viewer,
  fileId: delivery.jointly.fileToJudge(delivery.event, viewer.id),
  versions: delivery.jointly.rule?.versions,
});

/** What a viewer is told, or null when that is settled: nothing, or to be asked `anew` because their role is another. */
function judge(waiting: Waiting, standing: Standing, anew: Waiting[]): Judged | null {
  const { order } = waiting;
  const { viewer, rights } = standing;
  if (viewer && viewer.role !== order.viewer.role) {
    order.viewer = viewer;
    anew.push(waiting);
    return null;
  }
  const { event, jointly } = order.delivery;
  if (viewer && jointly.rule && !(standing.seesVersions && viewer.role === jointly.rule.role)) {
    settleAll(waiting, viewer, undefined);
    return null;
  }
  const visible = viewer && jointly.tell(event, viewer.id, rights);
  if (visible) return { waiting, viewer, standing, visible };
  settleAll(waiting, viewer, null);
  return null;
}

let unlikeAnyOther = 0;

/** Whoever has the same key is told the same. */
function groupKey({ waiting: { order }, standing, visible }: Judged): string {
  const { cursor, occurredAt, type, version, entityId } = visible;
  const selected = isToldAlike(order) ? `${order.selection?.id}` : `alone ${++unlikeAnyOther}`;
  return [selected, standing.key, cursor, occurredAt, type, version, entityId].join(' ');
}

/** Keeps what an operation tells the access log, to repeat it for each viewer that the answer is for (R106). */
function collectNotes(log: AccessLog) {
  const reads: { files: FileReads[]; unless: 'OWN' | undefined }[] = [];
  const refusals: Refusal[] = [];
  const accessLog: AccessLog = {
    ...log,
    noteReads: async (_occasion, files, unless) => {
      reads.push({ files, unless });
      return [];
    },
    noteRefusal: (_occasion, refusal) => refusals.push(refusal),
  };
  return {
    accessLog,
    isEmpty: () => reads.length + refusals.length === 0,
    /** Whether the viewer may have the answer: everything in it that must be logged is. */
    repeatFor: async (who: Omit<Occasion, 'requestId'>): Promise<boolean> => {
      const occasion = { ...who, requestId: randomUUID() };
      const unlogged = await Promise.all(
        reads.map(({ files, unless }) => log.noteReads(occasion, files, unless)),
      );
      if (unlogged.some((classes) => classes.length > 0)) return false;
      for (const refusal of refusals) log.noteRefusal(occasion, refusal);
      return true;
    },
  };
}
