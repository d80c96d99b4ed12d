import autocannon from 'autocannon';

/**
 * Asks one server for a while.
 *
 * @returns requests per second, latencies in ms and bytes per answer
 * @throws when any answer is not 200
 */
export async function ask({ url, requests, headers = {}, connections, seconds }) {
  const latenciesMs = [];
  const result = await new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections,
        duration: seconds,
        requests: requests.map((request) => ({ ...request, headers: { ...request.headers, ...headers } })),
      },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
    run.on('response', (_client, _status, _bytes, latencyMs) => latenciesMs.push(latencyMs));
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  }
  return {
    perSecond: result['2xx'] / result.duration,
    seconds: result.duration,
    ...percentiles(latenciesMs),
    bytes: Math.round(result.throughput.total / result['2xx']),
  };
}

/** One answer of a server, for comparing before measuring. */
export async function askOnce({ url, request, headers = {} }) {
  const { path, ...rest } = request;
  const response = await fetch(url + path, { ...rest, headers: { ...request.headers, ...headers } });
  const text = await response.text();
  return { status: response.status, answer: JSON.parse(text), bytes: Buffer.byteLength(text) };
}

export function percentiles(latenciesMs) {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
