export interface TokenBucketOptions {
  /** What a full bucket holds, in units of the caller's own. */
  capacity: number;
  /** How long an empty bucket takes to be full; it refills evenly. */
  refillMs: number;
  /** Milliseconds; tests have a clock of their own. */
  clock?: () => number;
}

export interface TokenBucket {
  /** What is left at this moment: below zero after more was spent than there was. */
  left: () => number;
  spend: (amount: number) => void;
}

/** Bounds a rate: full at first, so that a burst of `capacity` passes. */
export function createTokenBucket({
  capacity,
  refillMs,
  clock = () => performance.now(),
}: TokenBucketOptions): TokenBucket {
  let leftThen = capacity;
  let thenMs = clock();
  const left = (): number => {
    const nowMs = clock();
    leftThen = Math.min(capacity, leftThen + ((nowMs - thenMs) * capacity) / refillMs);
    thenMs = nowMs;
    return leftThen;
  };
  return {
    left,
    spend: (amount) => {
      leftThen = left() - amount;
    },
  };
}
