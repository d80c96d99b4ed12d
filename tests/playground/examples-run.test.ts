import { sql } from 'drizzle-orm';
import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleGroups } from '../../playground/examples/index.ts';
import type { Role } from '../../src/core/access/role.ts';
import { seedDemoCompany } from '../../src/features/demo/demo-company.ts';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { connectSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  const database = await createTestDatabase();
  await seedDemoCompany(database.db, { passwordHash: null, now: new Date() });
  server = await startTestServer({ database });
  // The one who signs in here as SALES gets the files of sales1.
  await database.db.execute(sql`
    update customer set owner_id = ${server.as('SALES').uuid}
    where owner_id = (select id from employee where email = 'sales1@demo.example')`);
});
afterAll(() => server.close());

const examples = exampleGroups.flatMap(({ title, roles: [role], examples }) =>
  examples.map((example) => ({ name: `${title}: ${example.title}`, role: role as Role, ...example })),
);

/** The answer to an example as its user gets it: variables looked up first, subscriptions only checked to open. */
async function run({ role, operation, variables, fill }: (typeof examples)[number]) {
  const client = server.as(role);
  const found = fill && (await client.query(fill.query, fill.variables));
  const filled = found ? fill?.into(found.data) : variables;
  expect(filled === undefined && fill, fill?.whenNothingFound).toBeFalsy();
  if (getOperationAST(parse(operation))?.operation !== 'subscription') return client.query(operation, filled);
  const socket = connectSocket(server.socketUrl, client.token);
  const stream = socket.subscribe(operation, filled);
  // Its answer proves that the subscription before it was received.
  await socket.query('{ viewer { id } }');
  const [refused] = stream.unread();
  await socket.close();
  return { data: {}, errors: refused?.errors };
}

/** Lists without a row, groups included: an example should show something. */
const emptyLists = (value: unknown, path: string[] = []): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        Array.isArray(inner)
          ? ['nodes', 'groups'].includes(name) && path.length < 2 && inner.length === 0
            ? [[...path, name].join('.')]
            : []
          : emptyLists(inner, [...path, name]),
      );

test.each(examples)('$name: gives its user a sensible answer on the demo company', async (example) => {
  const { data, errors } = await run(example);
  // A segment's size is withheld from whom its rule is; the note of the example says so.
  const isWithheld = ({ path }: { path?: readonly unknown[] }) => path?.at(-1) === 'size';
  expect(
    (errors ?? []).filter((error) => !(example.note?.includes('FORBIDDEN') && isWithheld(error))),
  ).toEqual([]);
  expect(emptyLists(data)).toEqual([]);
});
