// Many subscribers in a process of their own, so that what they cost is not the server's nor the measuring one's.
import { subscribe } from './socket.client.mjs';

let sockets = [];
/** By subscriber: events that came, and the last version heard of each file. */
let heard = [];
let latenciesMs = [];
const failed = [];
/** Events of one file that came with no younger version than the one before. */
let repeated = 0;
/** Versions of files that were passed over: whoever may read all of a file hears of each. */
let skipped = 0;
let awaited = Number.POSITIVE_INFINITY;
const caughtUpMs = [];

const nowMs = () => performance.timeOrigin + performance.now();

const orders = {
  /** Opens all, `atOnce` at a time; those that the server did not take are counted, not opened again. */
  open: async ({ url, query, subscribers, atOnce, events }) => {
    const startedMs = nowMs();
    awaited = events ?? awaited;
    heard = subscribers.map(() => ({ events: 0, versions: new Map() }));
    sockets = new Array(subscribers.length);
    const connectMs = [];
    let next = 0;
    const openNext = async () => {
      while (next < subscribers.length) {
        const nth = next++;
        const beganMs = nowMs();
        try {
          const onEvent = (payload) => note(nth, payload, startedMs);
          sockets[nth] = await subscribe({ url, query, ...subscribers[nth], onEvent });
          connectMs.push(nowMs() - beganMs);
        } catch (error) {
          failed.push(error.message);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, subscribers.length) }, openNext));
    return { tookMs: nowMs() - startedMs, connectMs };
  },
  /** What was heard since the last time, and by how many all they wait for. */
  report: () => {
    const report = {
      events: heard.map(({ events }) => events),
      latenciesMs,
      caughtUpMs,
      repeated,
      skipped,
      failed,
      open: sockets.filter((socket) => socket?.readyState === socket?.OPEN).length,
    };
    latenciesMs = [];
    return report;
  },
  /** Stops reading what comes for the first `amount`: their connections fill. */
  stopReading: ({ amount }) => {
    for (const socket of sockets.slice(0, amount)) socket._socket.pause();
  },
  readAgain: () => {
    for (const socket of sockets) socket?._socket?.resume();
  },
  close: () => {
    for (const socket of sockets) socket?.terminate();
    process.disconnect();
  },
};

function note(nth, { data, errors }, startedMs) {
  const event = Object.values(data ?? {})[0];
  if (errors || !event) {
    failed.push(JSON.stringify(errors ?? data).slice(0, 200));
    return;
  }
  if (event.type === 'BOOKMARK') return;
  latenciesMs.push(nowMs() - Date.parse(event.occurredAt));
  const own = heard[nth];
  own.events += 1;
  if (event.version !== undefined) {
    const before = own.versions.get(event.customerId) ?? event.version - 1;
    if (event.version <= before) repeated += 1;
    else skipped += event.version - before - 1;
    own.versions.set(event.customerId, event.version);
  }
  if (own.events === awaited) caughtUpMs.push(nowMs() - startedMs);
}

process.on('message', async ({ order, ...rest }) => {
  const answer = await orders[order](rest);
  if (process.connected) process.send(answer ?? {});
});
