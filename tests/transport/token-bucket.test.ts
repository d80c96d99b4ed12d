import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenBucket } from '../../src/core/token-bucket.ts';

test('a token bucket lets a burst of its capacity pass, and from then on what has refilled', () => {
  let nowMs = 0;
  const bucket = createTokenBucket({ capacity: 30, refillMs: 1_000, clock: () => nowMs });
  const pass = () => {
    let passed = 0;
    for (; bucket.left() >= 1; passed += 1) bucket.spend(1);
    return passed;
  };
  expect(pass()).toBe(30);
  nowMs += 100;
  expect(pass()).toBe(3);
  nowMs += 3_600_000;
  expect(pass()).toBe(30);
});

test('whatever is spent and whenever, no more is left than capacity and time have given', () => {
  const step = fc.record({ afterMs: fc.nat(5_000), amount: fc.nat(200) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step), (capacity, steps) => {
      let nowMs = 0;
      let spent = 0;
      const bucket = createTokenBucket({ capacity, refillMs: 1_000, clock: () => nowMs });
      for (const { afterMs, amount } of steps) {
        nowMs += afterMs;
        const left = bucket.left();
        expect(left).toBeLessThanOrEqual(capacity);
        expect(left).toBeLessThanOrEqual(capacity + (nowMs * capacity) / 1_000 - spent + 1e-6);
        bucket.spend(amount);
        expect(bucket.left()).toBeCloseTo(left - amount, 6);
        spent += amount;
      }
    }),
  );
});
