import { afterAll, beforeAll, expect, test } from 'vitest';
import { executorOf, lookUpRow, rowStatement } from '../../src/core/database/row-loader.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { staffNames, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let database: TestDatabase;
let files: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startTestServer();
  const owners = [server.as('SALES').uuid, server.as('SALES_2').uuid];
  const rows = await server.db
    .insert(customer)
    .values(
      Array.from({ length: 40 }, (_, i) => ({
        name: `客户${i}`,
        ownerId: owners[i % 2] as string,
        creditLimit: '1',
      })),
    )
    .returning();
  files = rows.map(({ id }) => encodeId('cus', id));
});
afterAll(async () => {
  await server.close();
  await database.close();
});

const document = 'query ($id: ID!) { customer(id: $id) { id name creditLimit owner { id name } } }';

test('everybody who requests a file while others do gets what they get alone', async () => {
  const asked = files.flatMap((id, i) => {
    const client = server.as(staffNames[i % staffNames.length] as (typeof staffNames)[number]);
    return [{ client, id }];
  });
  const alone: unknown[] = [];
  for (const { client, id } of asked) alone.push(await outcome(client.query(document, { id })));
  const together = await Promise.all(asked.map(({ client, id }) => outcome(client.query(document, { id }))));
  expect(together).toEqual(alone);
});

const outcome = async (answer: ReturnType<TestServer['anonymous']['query']>) => {
  const { data, errors } = await answer;
  return { data, errors: errors?.map(({ path, extensions }) => ({ path, extensions })) };
};

const uuid = (n: number) => `00000000-0000-7000-8000-0000000000${10 + n}`;
const marks = { viewerId: 'viewer', rowId: 'row' };
const keys = Array.from({ length: 40 }, (_, i) => ({ viewerId: uuid(i % 7), rowId: uuid(i) }));

test('each is answered for the viewer and the row they requested, in any number, by one statement for sixteen', async () => {
  const statement = rowStatement(
    { text: 'json_build_array($1::int, $2::uuid, $3::uuid)', params: [7, 'viewer', 'row'] },
    marks,
  );
  database.statements.length = 0;
  const answers = await Promise.all(keys.map((key) => lookUpRow(executorOf(database.db), statement, key)));
  expect(answers.map((bytes) => JSON.parse(String(bytes)))).toEqual(
    keys.map(({ viewerId, rowId }) => [7, viewerId, rowId]),
  );
  expect(database.statements).toHaveLength(3);
});

test('one that the database cannot answer fails alone', async () => {
  const broken = uuid(0);
  const statement = rowStatement(
    { text: 'to_json(1 / (case when $1 = $2::uuid then 0 else 1 end))', params: ['row', broken] },
    marks,
  );
  const outcomes = await Promise.allSettled(
    keys.slice(0, 5).map((key) => lookUpRow(executorOf(database.db), statement, key)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...Array(4).fill('fulfilled')]);
});
