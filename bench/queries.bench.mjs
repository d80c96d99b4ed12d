import { ask, askOnce, median } from './load.mjs';
import { processorMs, processorMsWithChildren } from './processor.mjs';
import { questions as published } from './queries.mjs';

/**
 * Asks every server the same question in interleaved rounds, so that whatever else the machine does meets all of
 * them alike; ratios are taken within a round.
 *
 * `questions` by the name of a server, or else by its kind. `sameRows` where it is not enough that answers look alike.
 *
 * @returns per server its rounds, their medians, and its ratio to each other server
 */
export async function compare({
  servers,
  question,
  material,
  headers,
  connections,
  seconds,
  rounds,
  databasePid,
  questions = published,
  sameRows = false,
  log,
}) {
  const requestsOf = ({ name, kind }) => questions[question][name] ?? questions[question][kind];
  const asked = servers.filter(requestsOf);
  const measured = new Map();
  const shapes = new Map();
  for (const server of asked) {
    const requests = requestsOf(server)(material);
    const own = server.kind === 'ours' ? headers : {};
    const { status, answer, bytes } = await askOnce({ url: server.url, request: requests[0], headers: own });
    if (status !== 200 || answer.errors)
      throw new Error(`${server.name}: ${JSON.stringify(answer).slice(0, 400)}`);
    shapes.set(server.name, sameRows ? JSON.stringify(answer.data) : shapeOf(answer.data));
    measured.set(server.name, { requests, own, bytes, rounds: [] });
    await ask({ url: server.url, requests, headers: own, connections, seconds: Math.max(1, seconds / 2) });
  }
  const [first] = shapes.values();
  for (const [name, shape] of shapes) {
    if (shape !== first)
      throw new Error(
        `${name} answers ${question} differently:\n${shape.slice(0, 2_000)}\n${first.slice(0, 2_000)}`,
      );
  }
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another server, so that none always follows the heaviest.
    for (let i = 0; i < asked.length; i += 1) {
      const server = asked[(i + round) % asked.length];
      const { requests, own, rounds: results } = measured.get(server.name);
      const before = [processorMs(server.child.pid), processorMsWithChildren(databasePid)];
      const result = await ask({ url: server.url, requests, headers: own, connections, seconds });
      const answers = result.perSecond * result.seconds;
      results.push({
        ...result,
        serverMs: (processorMs(server.child.pid) - before[0]) / answers,
        databaseMs: (processorMsWithChildren(databasePid) - before[1]) / answers,
      });
    }
    log(
      `${question} ${round + 1}/${rounds}: ${asked.map(({ name }) => `${name} ${Math.round(measured.get(name).rounds[round].perSecond)}`).join(', ')}`,
    );
  }
  return asked.map((server) => {
    const { rounds: results, bytes } = measured.get(server.name);
    const middle = (key) => median(results.map((result) => result[key]));
    return {
      name: server.name,
      rounds: results,
      perSecond: middle('perSecond'),
      p50Ms: middle('p50Ms'),
      p95Ms: middle('p95Ms'),
      p99Ms: middle('p99Ms'),
      serverMs: middle('serverMs'),
      databaseMs: middle('databaseMs'),
      bytes,
      ...server.memory(),
      ratioTo: Object.fromEntries(
        asked.map(({ name }) => [
          name,
          median(results.map(({ perSecond }, i) => perSecond / measured.get(name).rounds[i].perSecond)),
        ]),
      ),
    };
  });
}

/** Counts objects and fields by place: two answers of one shape say the same, whatever their ids look like. */
function shapeOf(value) {
  const counts = new Map();
  const visit = (node, place) => {
    if (Array.isArray(node)) for (const item of node) visit(item, place);
    else if (node && typeof node === 'object')
      for (const [key, child] of Object.entries(node)) visit(child, `${place}.${key}`);
    else counts.set(place, (counts.get(place) ?? 0) + 1);
  };
  visit(value, '');
  return [...counts].sort().join(' ');
}
