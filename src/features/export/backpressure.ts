import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes a chunk of a file; resolves when there is room for more. */
export type BackpressuredWrite = (piece: string) => Promise<void>;

export interface PushOptions {
  /** Stops waiting and rejects with its reason. */
  signal: AbortSignal;
  /** How long a reader may take nothing before `onStall` is called. */
  stallTimeoutMs: number;
  onStall: () => void;
}

/** Written at once. Each slice that a slow reader takes shows that it is still reading. */
const sliceBytes = 32_768;

/** Writes to a stream no faster than it is read, so that buffered data does not grow with the file. */
export const pushTo =
  (stream: Writable, { signal, stallTimeoutMs, onStall }: PushOptions): BackpressuredWrite =>
  async (piece) => {
    const bytes = Buffer.from(piece);
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      signal.throwIfAborted();
      if (stream.write(bytes.subarray(at, at + sliceBytes))) continue;
      const timer = setTimeout(onStall, stallTimeoutMs);
      try {
        await once(stream, 'drain', { signal });
      } finally {
        clearTimeout(timer);
      }
    }
  };
