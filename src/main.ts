import { isRunByNpm, loadConfig } from './config/config.ts';
import { createServer } from './server.ts';

/**
 * Ctrl-C under `npm start` arrives twice, from the terminal and forwarded by npm (timeout(1) does the same), so only a
 * signal this much later than the first counts as a request to stop immediately.
 */
const repeatedSignalAfterMs = 1000;
const parentPollMs = 250;

let stop = async (): Promise<void> => process.exit();
let stoppingSinceMs: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, requestStop);
// npm forwards a signal to its shell, and some shells exit without forwarding it to us.
const parent = process.ppid;
if (isRunByNpm()) setInterval(() => process.ppid === parent || requestStop(), parentPollMs).unref();

try {
  const server = await createServer(loadConfig());
  stop = server.close;
  console.log(server.notice);
} catch (error) {
  fail(error);
}

function requestStop(): void {
  const nowMs = performance.now();
  if (stoppingSinceMs === undefined) {
    stoppingSinceMs = nowMs;
    stop().then(() => process.exit(), fail);
  } else if (nowMs - stoppingSinceMs > repeatedSignalAfterMs) process.exit(1);
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
