import { parentPort, workerData } from 'node:worker_threads';

/** Sends one document, each time as a text not seen before, so many at once, until told to stop. */
const { url, headers, document, atOnce } = workerData;
let sent = 0;
let stopped = false;

async function send() {
  while (!stopped) {
    sent += 1;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: `${document} #${sent}`, operationName: 'A' }),
    });
    await response.arrayBuffer();
  }
}

const running = Array.from({ length: atOnce }, send);
parentPort.once('message', async () => {
  stopped = true;
  await Promise.all(running);
  parentPort.postMessage({ sent });
});
