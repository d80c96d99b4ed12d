import type { EncodedResult } from './websocket-frame.ts';

/** Encodes the results of an operation for the wire, all of them together. */
export type EncodeResults = (operationId: string, results: readonly EncodedResult[]) => Buffer;

/**
 * Maximum number of operation ids per result whose encoding is cached: most clients use few ids, some a new one each
 * time.
 */
const maxKept = 50;

/**
 * Caches what `encode` returns as long as the results live, because the next client is likely to receive the same.
 */
export function keepEncoded(encode: EncodeResults): EncodeResults {
  const keptByResults = new WeakMap<readonly EncodedResult[], Map<string, Buffer>>();
  return (operationId, results) => {
    let kept = keptByResults.get(results);
    if (!kept || kept.size === maxKept) {
      kept = new Map();
      keptByResults.set(results, kept);
    }
    const encoded = kept.get(operationId) ?? encode(operationId, results);
    kept.set(operationId, encoded);
    return encoded;
  };
}
