export interface TokenBucketOptions {
  /** Amount in a full bucket, in the caller's own unit. */
  capacity: number;
  /** Time an empty bucket takes to fill; it refills evenly. */
  refillMs: number;
  /** Returns milliseconds; replaced in tests. */
  clock?: () => number;
}

export interface TokenBucket {
  /** The current amount: negative if more was spent than there was. */
  left: () => number;
  spend: (amount: number) => void;
}

/** Limits a rate. Full at first, so that a burst of `capacity` passes. */
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
