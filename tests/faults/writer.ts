import { setTimeout as pause } from 'node:timers/promises';
import type { Owner } from './company.ts';

/** A client that writes without end, and writes down what the server acknowledged. */
export interface Writer {
  acknowledged: string[];
  /** Attempts that got no answer, or an error, and were made again. */
  retries: () => number;
  /** Finishes the write under way. */
  stop: () => Promise<void>;
}

const document = `mutation Write($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }`;
/** How long a client waits for an answer. */
const patienceMs = 3_000;

/**
 * Adds contacts to files of an owner, one after the other. A write without an answer is made again with the same
 * idempotency key until there is one, so that each has to be found exactly once.
 */
export function startWriter(owner: Owner, url: string, name: string, pauseMs: number): Writer {
  const acknowledged: string[] = [];
  let retries = 0;
  let stopped = false;
  const write = async (mark: string, customerId: string, token: string): Promise<boolean> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        signal: AbortSignal.timeout(patienceMs),
        headers: {
          'content-type': 'application/json',
          'accept-language': 'en',
          authorization: `Bearer ${token}`,
          connection: 'close',
        },
        body: JSON.stringify({
          query: document,
          variables: { input: { customerId, name: mark, idempotencyKey: mark } },
        }),
      });
      const { data } = (await response.json()) as { data?: { createContact?: object } };
      return data?.createContact != null;
    } catch {
      return false;
    }
  };
  const run = async () => {
    const token = await owner.token();
    for (let count = 0; !stopped; count += 1) {
      const mark = `${name}-${count}`;
      const file = owner.files[count % owner.files.length]!;
      while (!(await write(mark, file.id, token))) {
        retries += 1;
        await pause(100);
      }
      acknowledged.push(mark);
      await pause(pauseMs);
    }
  };
  const running = run();
  return {
    acknowledged,
    retries: () => retries,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
