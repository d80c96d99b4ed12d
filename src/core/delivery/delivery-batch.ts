import type { EncodedResult } from '../graphql/transport/websocket-frame.ts';
import type { DeliveryResult } from './delivery-request.ts';

/** Maximum number of backlog events delivered to one follower at a time. */
const maxEvents = 50;
/** Pages are requested with as many events as are likely to add up to this size. */
const usualBytes = 64 * 1024;
/**
 * Limit for a page whose results turn out larger than the previous ones. Far below the limit of unsent bytes per
 * client.
 */
const maxBytes = 256 * 1024;

/** Number of events in a follower's first page, when the size of results is not yet known. */
export const firstPageSize = 1;

/** The size of the next page, in events, based on the last results. */
export function nextPageSize({ answers }: DeliveryResult): number {
  const largestBytes = answers.reduce((largest, { length }) => Math.max(largest, length), 1);
  return Math.max(1, Math.min(maxEvents, Math.floor(usualBytes / largestBytes)));
}

/**
 * The first of these results (null for events that deliver nothing): as many as fit in a page, and at least one.
 * Results a follower has not taken yet stay in memory, so with a thousand followers each may hold only little.
 */
export function deliveredBatch(answers: readonly (EncodedResult | null)[]): DeliveryResult {
  let sizeBytes = 0;
  const fits = (answer: EncodedResult | null) => {
    sizeBytes += answer?.length ?? 0;
    return sizeBytes <= maxBytes;
  };
  const end = answers.findIndex((answer, i) => !fits(answer) && i > 0);
  const first = end < 0 ? answers : answers.slice(0, end);
  return { events: first.length, answers: first.filter((answer) => answer !== null) };
}
