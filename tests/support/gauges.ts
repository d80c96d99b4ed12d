import type { TestServer } from './server.ts';

type Watched = Pick<TestServer, 'url'>;

/** What `/metrics` says of a gauge of ours, `customer_file_` left out of its name. */
async function readGauge({ url }: Watched, name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(new RegExp(`^customer_file_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** How many sockets are open at the server. */
export const countSockets = (server: Watched): Promise<number> => readGauge(server, 'sockets');

/** Waits until exactly so many subscriptions stand: whatever is committed from then on, they are told. */
export async function subscriptionsStand(server: Watched, count: number): Promise<void> {
  while ((await readGauge(server, 'live_subscriptions')) !== count);
}

/** How many answers came about in each way: written as bytes, or resolved and why. */
export async function countAnswers({ url }: Watched): Promise<Record<string, number>> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const lines = text.matchAll(/^customer_file_answers_total\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
}
