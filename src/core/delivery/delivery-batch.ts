import type { EncodedResult } from '../graphql/transport/websocket-frame.ts';
import type { DeliveryResult } from './delivery-request.ts';

/** Events of a backlog told to one follower at one moment at most. */
const maxEvents = 50;
/** A page is asked for as long as it is likely to be of this size. */
const usualBytes = 64 * 1024;
/** What a page may grow to, should its answers be larger than those before. Far less than may wait for one client. */
const maxBytes = 256 * 1024;

/** Events that a follower can be told at one moment before anything is known of how large their answers are. */
export const firstPageSize = 1;

/** So many next time, by what was told last. */
export function nextPageSize({ answers }: DeliveryResult): number {
  const largestBytes = answers.reduce((largest, { length }) => Math.max(largest, length), 1);
  return Math.max(1, Math.min(maxEvents, Math.floor(usualBytes / largestBytes)));
}

/**
 * The first of these answers, null for events of which nothing is told: as many as a page may hold, and at least one.
 * What a follower has not taken yet is in memory, so a thousand of them must not have much each.
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
