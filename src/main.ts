import { loadConfig } from './config.ts';
import { createServer } from './server.ts';

/**
 * Ctrl-C under `npm start` arrives twice, from the terminal and forwarded by npm,
 * so only a signal this much later than the first means "now, I said".
 */
const repeatedSignalAfterMs = 1000;

let stop = async () => process.exit();
let stoppingSinceMs: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const nowMs = performance.now();
    if (stoppingSinceMs === undefined) {
      stoppingSinceMs = nowMs;
      stop().then(() => process.exit(), fail);
    } else if (nowMs - stoppingSinceMs > repeatedSignalAfterMs) process.exit(1);
  });
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

try {
  const server = await createServer(loadConfig());
  stop = server.close;
  console.log(`The customer file is open at ${server.url} (客户档案已就绪)`);
} catch (error) {
  fail(error);
}
