import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';

/** Receives a command's output. */
export type Log = (message: string) => void;

/** Without a terminal, a line this often at most. */
const lineEveryMs = 10_000;

/** Shows how far the reading of a file is: as a bar on a terminal, else as a line now and then. */
export interface Progress {
  onBytes: (bytes: number) => void;
  onProgress: (line: number, rows: number) => void;
  /** Seconds since the beginning. */
  seconds: () => number;
  end: () => void;
}

export async function openProgress(
  path: string,
  passes: number,
  log: Log,
  { isTerminal = process.stderr.isTTY, now = () => performance.now(), everyMs = lineEveryMs } = {},
): Promise<Progress> {
  const { size } = await stat(path);
  const startedMs = now();
  const seconds = () => (now() - startedMs) / 1000;
  if (isTerminal) {
    const format = `${basename(path)} [{bar}] {percentage}% | {eta_formatted} left`;
    const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true });
    bar.start(size * passes, 0);
    return { onBytes: (bytes) => bar.increment(bytes), onProgress: () => {}, seconds, end: () => bar.stop() };
  }
  let readBytes = 0;
  let saidMs = startedMs;
  return {
    onBytes: (bytes) => {
      readBytes += bytes;
    },
    onProgress: (line, rows) => {
      if (now() - saidMs < everyMs) return;
      saidMs = now();
      const percent = Math.floor((100 * readBytes) / Math.max(size * passes, 1));
      log(
        `${basename(path)}: line ${line}, ${rows} rows, ${percent} % read after ${seconds().toFixed(0)} s ` +
          `(第${line}行，共${rows}行，已读${percent}%)`,
      );
    },
    seconds,
    end: () => {},
  };
}
