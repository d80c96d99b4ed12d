import WebSocket from 'ws';
import { type FeedEvent, followOwnerFeed, type OwnerFeed } from '../../examples/owner-feed-client.ts';
import type { Owner } from './company.ts';

/** A client that writes down what it processed, with the module that a mobile team would copy. */
export interface Witness {
  owner: Owner;
  /** What was applied, in order. */
  applied: { event: FeedEvent; atMs: number }[];
  reloads: () => number;
  feed: OwnerFeed;
}

/** Follows an owner's files from a cursor on. Tokens come from the outside, as from a sign-in. */
export function watch(owner: Owner, socketUrl: string, cursor: string, pingIntervalMs: number): Witness {
  const applied: Witness['applied'] = [];
  let kept = cursor;
  let reloads = 0;
  const feed = followOwnerFeed({
    url: socketUrl,
    webSocketImpl: WebSocket,
    pingIntervalMs,
    getToken: owner.token,
    cursor: {
      load: async () => kept,
      save: async (next) => {
        kept = next;
      },
    },
    reload: async () => {
      reloads += 1;
      return kept;
    },
    apply: (event) => {
      applied.push({ event, atMs: performance.now() });
    },
  });
  return { owner, applied, reloads: () => reloads, feed };
}

/** How what a client processed differs from what the database says has happened. */
export interface Difference {
  expected: number;
  lost: number;
  duplicated: number;
  outOfOrder: number;
}

/** `happened`: the versions that each of the owner's files went through since the cursor. */
export function compare({ applied }: Witness, happened: Map<string, number[]>): Difference {
  const seen = new Map<string, number[]>();
  for (const { event } of applied) {
    if (event.customerId === null || event.version === null) continue;
    seen.set(event.customerId, [...(seen.get(event.customerId) ?? []), event.version]);
  }
  const difference = { expected: 0, lost: 0, duplicated: 0, outOfOrder: 0 };
  for (const [id, versions] of happened) {
    const got = seen.get(id) ?? [];
    difference.expected += versions.length;
    difference.lost += versions.filter((version) => !got.includes(version)).length;
    difference.duplicated += got.length - new Set(got).size;
    difference.outOfOrder += got.filter(
      (version, index) => index > 0 && version < (got[index - 1] ?? 0),
    ).length;
  }
  return difference;
}
