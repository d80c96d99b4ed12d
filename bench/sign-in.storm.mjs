import { parentPort, workerData } from 'node:worker_threads';

/** Signs people in, so many at a time, until told to stop: as everybody does at nine in the morning. */
const { url, emails, password, atOnce } = workerData;
const document = 'mutation ($input: LoginInput!) { login(input: $input) { expiresAt } }';
let next = 0;
let stopped = false;
let admitted = 0;
let refused = 0;

async function signIn() {
  while (!stopped) {
    const email = emails[next++ % emails.length];
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: document, variables: { input: { email, password } } }),
    });
    const { errors } = await response.json();
    if (errors) refused += 1;
    else admitted += 1;
  }
}

const running = Array.from({ length: atOnce }, signIn);
parentPort.once('message', async () => {
  stopped = true;
  await Promise.all(running);
  parentPort.postMessage({ admitted, refused });
});
