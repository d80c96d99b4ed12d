import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { declareRun } from '../../src/core/run/run.types.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

/** The second of three chunks fails as long as the test wants it to. */
let isBroken = true;
const brittle = declareRun<number>({
  name: 'brittle',
  period: () => 'once',
  cut: async () => [1, 2, 3],
  work: async (tx, chunk) => {
    await tx.execute(sql`insert into tag (value) values (${`第${chunk}段`})`);
    if (chunk === 2 && isBroken) throw new Error('The second is broken.');
    return 10;
  },
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ runs: [brittle] });
});
afterAll(() => server.close());

const fields =
  'id kind period state chunkCount chunksDone chunksFailed itemCount failureCount lastFailure finishedAt';
const read = async () =>
  (await server.as('ADMIN').query(`{ runs { nodes { ${fields} } } }`)).data.runs.nodes as Record<
    string,
    unknown
  >[];

test('what fails leaves no trace but its failure, is tried again, given up in the end, and goes on when an administrator says so', async () => {
  await vi.waitFor(
    async () => expect(await read()).toMatchObject([{ failureCount: 1, chunksDone: 2 }]),
    8_000,
  );
  const [failing] = await read();
  expect(failing).toMatchObject({
    kind: 'brittle',
    period: 'once',
    state: 'RUNNING',
    chunkCount: 3,
    itemCount: 20,
    lastFailure: 'The second is broken.',
    finishedAt: null,
  });
  // Its last attempt.
  await server.db.execute(sql`update run_chunk set failure_count = 23, due_at = now() where state = 'OPEN'`);
  await vi.waitFor(async () => expect(await read()).toMatchObject([{ state: 'FAILED' }]), 8_000);
  expect(await read()).toMatchObject([{ chunksDone: 2, chunksFailed: 1, finishedAt: expect.any(String) }]);
  isBroken = false;
  const retry = `mutation ($id: ID!) { retryRun(input: { id: $id }) { run { state chunksFailed finishedAt } } }`;
  const { data } = await server.as('ADMIN').query(retry, { id: failing?.id });
  expect(data.retryRun.run).toEqual({ state: 'RUNNING', chunksFailed: 0, finishedAt: null });
  await vi.waitFor(async () => expect(await read()).toMatchObject([{ state: 'DONE' }]), 8_000);
  expect(await read()).toMatchObject([{ chunksDone: 3, chunksFailed: 0, itemCount: 30 }]);
  const tags = await server.db.execute<{ value: string }>(sql`select value from tag order by value`);
  expect(tags.map(({ value }) => value)).toEqual(['第1段', '第2段', '第3段']);
  const again = await server.as('ADMIN').query(retry, { id: failing?.id });
  expect(again.data.retryRun.run.state).toBe('DONE');
});

test('runs are for managers and administrators alone, by id too, and only the latter have one tried again', async () => {
  const [{ id }] = (await read()) as [{ id: string }];
  const codes = async (name: StaffName) => {
    const { data, errors } = await server.as(name).query(`{ runs { totalCount } node(id: "${id}") { id } }`);
    const retried = await server
      .as(name)
      .query(`mutation { retryRun(input: { id: "${id}" }) { run { id } } }`);
    return [data?.node ?? null, errors?.[0]?.extensions.code, retried.errors?.[0]?.extensions.code];
  };
  expect(await codes('MANAGER')).toEqual([{ id }, undefined, 'FORBIDDEN']);
  for (const name of ['SALES', 'DATA_STEWARD', 'ANALYST'] as const)
    expect(await codes(name)).toEqual([null, 'FORBIDDEN', 'FORBIDDEN']);
});
