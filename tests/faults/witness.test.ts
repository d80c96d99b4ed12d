import { expect, test } from 'vitest';
import type { FeedEvent } from '../../examples/owner-feed-client.ts';
import { compare, type Witness } from './witness.ts';

const witnessOf = (...versions: number[]) =>
  ({
    applied: versions.map((version) => ({ event: { customerId: 'a', version } as FeedEvent, atMs: 0 })),
  }) as unknown as Witness;
const happened = new Map([['a', [2, 3, 4]]]);

test('a client that processed each event once and in order differs in nothing', () => {
  expect(compare(witnessOf(2, 3, 4), happened)).toEqual({
    expected: 3,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
  });
});

test('what a client lost, processed twice or out of order is counted', () => {
  expect(compare(witnessOf(2, 4), happened)).toMatchObject({ lost: 1, duplicated: 0, outOfOrder: 0 });
  expect(compare(witnessOf(2, 3, 3, 4), happened)).toMatchObject({ lost: 0, duplicated: 1, outOfOrder: 0 });
  expect(compare(witnessOf(2, 4, 3), happened)).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 1 });
});
