import { pino } from 'pino';
import {
  type Changes,
  type ChangesOptions,
  type FollowedEvent,
  startChanges,
} from '../../src/core/changes/changes.ts';

/** Starts the change log as one instance of the server does. */
export const startInstance = (url: string, options: Partial<ChangesOptions> = {}): Promise<Changes> =>
  startChanges({
    url,
    signingKey: 'test key',
    retentionMs: 72 * 3_600_000,
    log: pino({ level: 'silent' }),
    ...options,
  });

/** The next `count` events of a stream; waits for them as long as the test may run. */
export async function take(stream: AsyncIterator<FollowedEvent>, count: number): Promise<FollowedEvent[]> {
  const events: FollowedEvent[] = [];
  while (events.length < count) {
    const { value, done } = await stream.next();
    if (done) throw new Error(`The stream ended after ${events.length} of ${count} events.`);
    events.push(value);
  }
  return events;
}

/** Events until one says that `isLast`, that one included. */
export async function takeUntil(
  stream: AsyncIterator<FollowedEvent>,
  isLast: (event: FollowedEvent) => boolean,
): Promise<FollowedEvent[]> {
  const events = await take(stream, 1);
  while (!isLast(events.at(-1)!)) events.push(...(await take(stream, 1)));
  return events;
}
