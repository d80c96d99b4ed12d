import type { Logger } from 'pino';
import { openReconnectingPool, type ReconnectingPool } from '../database/reconnecting-pool.ts';
import { failureText } from '../failure-text.ts';
import { startPeriodic } from '../periodic.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { BusinessClock } from '../time/business-clock.ts';
import type { ClaimedMail, ComposeContext, Composed, OutgoingKind, Transports } from './outgoing.types.ts';
import { claimMail, recordEnding } from './outgoing.write.ts';

/** How late a mail may be sent. */
const lookEveryMs = 500;
/** Mails and posts that are sent at the same time. */
const lanes = 4;

export interface OutgoingOptions {
  url: string;
  kinds: readonly OutgoingKind[];
  transports: Transports;
  settings: LiveSettings;
  log: Logger;
  publicUrl: () => string;
  clock: BusinessClock;
}

/**
 * Sends what transactions have left to be sent, each mail and post at most once whatever happens to this process: it is claimed in a
 * transaction of its own before anything is sent. Every instance does it. Returns a function that stops it.
 */
export function startOutgoing({
  url,
  kinds,
  transports,
  settings,
  log,
  publicUrl,
  clock,
}: OutgoingOptions): () => Promise<void> {
  const link = openReconnectingPool({ url, poolSize: 2 });
  const context = () => ({ now: clock.now(), settings: settings.current(), publicUrl: publicUrl() });
  let isFailing = false;
  const look = async (isOpen: () => boolean) => {
    const lane = async () => {
      while (isOpen() && (await sendNext(link, kinds, transports, context())));
    };
    // Mostly there is nothing, and one look says so.
    if (await sendNext(link, kinds, transports, context()))
      await Promise.all(Array.from({ length: lanes }, lane));
    isFailing = false;
  };
  const stop = startPeriodic(lookEveryMs, look, (error) => {
    if (!isFailing) log.warn({ err: error }, 'outgoing: will retry');
    isFailing = true;
  });
  return async () => {
    await stop();
    await link.close();
  };
}

/** Sends the next mail that is due; false if there is none. */
export async function sendNext(
  link: Pick<ReconnectingPool, 'run'>,
  kinds: readonly OutgoingKind[],
  transports: Transports,
  context: Omit<ComposeContext, 'db'>,
): Promise<boolean> {
  const claimed = await link.run((db) =>
    claimMail(
      db,
      kinds.filter(({ channel }) => transports[channel]).map(({ name }) => name),
      context.now,
    ),
  );
  if (!claimed) return false;
  const ending = await attempt(link, claimed, kinds, transports, context);
  await link.run((db) => recordEnding(db, claimed, ending, context.now));
  return true;
}

async function attempt(
  link: Pick<ReconnectingPool, 'run'>,
  claimed: ClaimedMail,
  kinds: readonly OutgoingKind[],
  transports: Transports,
  context: Omit<ComposeContext, 'db'>,
): Promise<Parameters<typeof recordEnding>[2]> {
  const kind = kinds.find(({ name }) => name === claimed.kind);
  if (!kind) throw new Error(`No mails of the kind ${claimed.kind} are known.`);
  let composed: Composed;
  try {
    composed = await link.run((db) => kind.compose(claimed, { ...context, db }));
  } catch (error) {
    return { state: 'RETRY', detail: `Not written: ${failureText(error)}`.slice(0, 300) };
  }
  if (composed === null) return { state: 'DROPPED', detail: 'Nothing was to be sent any more.' };
  if ('notBefore' in composed) return { state: 'LATER', notBefore: composed.notBefore };
  const { mail, robot } = transports;
  const sent = 'mail' in composed ? mail?.send(composed.mail, claimed.ids[0]) : robot?.send(composed.post);
  return sent ?? { state: 'RETRY', detail: 'Nothing here carries it.' };
}
