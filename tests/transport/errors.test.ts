import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bearer, captureLog, openRaw, openSignedIn, post } from './wire.ts';

const captured = captureLog();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ log: captured.log, config: { requestTimeoutMs: 300 } });
});
afterAll(() => server.close());

const needs = '{ needs(first: 1) { nodes { id } } }';

/** The same operation over both transports: its errors, and everything that was sent for it. */
async function askBoth(query: string, variables?: Record<string, unknown>) {
  const { token } = server.as('MANAGER');
  const http = await post(server.url, { query, variables }, bearer(token));
  const raw = await openSignedIn(server, token);
  const socket = await raw.ask(query, variables);
  raw.socket.close();
  return [
    { errors: http.json.errors, text: http.text },
    { errors: socket.errors, text: JSON.stringify(socket) },
  ];
}

const lockedOut = async (work: () => Promise<void>) => {
  const [row] = await server.db.execute<{ name: string }>('select current_database() as name');
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${row?.name}`;
  const blocker = postgres(url.href, { max: 1 });
  try {
    await blocker.begin(async (tx) => {
      await tx`lock table need in access exclusive mode`;
      await work();
    });
  } finally {
    await blocker.end();
  }
};

test('a statement that takes too long is TIMEOUT on both transports', async () => {
  await lockedOut(async () => {
    for (const { errors, text } of await askBoth(needs)) {
      expect(errors[0].extensions).toEqual({ code: 'TIMEOUT' });
      expect(text).not.toMatch(/statement|cancel/);
    }
  });
});

test('a failure inside shows an id that is in the log, and nothing else', async () => {
  await server.db.execute('alter table need rename to need_lost');
  try {
    for (const { errors, text } of await askBoth(needs)) {
      const [{ message, extensions }] = errors;
      expect(message).toBe('Something went wrong on our side.');
      expect(extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', errorId: expect.any(String) });
      expect(text).not.toMatch(/select|relation|need_|postgres|node_modules|stack|\.ts/i);
      const [line] = captured.lines().filter(({ errorId }) => errorId === extensions.errorId);
      expect(line).toMatchObject({ level: 50, database: { code: '42P01' }, path: 'needs' });
    }
  } finally {
    await server.db.execute('alter table need_lost rename to need');
  }
});

test('the log of a failure names the constraint, not what somebody entered', async () => {
  await server.db.execute(`alter table contact add constraint no_such_name check (name <> '王小明机密')`);
  const [customer] = await server.db.execute<{ id: string }>(
    `insert into customer (name, owner_id) select '华东精密机械有限公司', id from employee where role = 'MANAGER' returning id`,
  );
  const [http] = await askBoth(
    'mutation($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }',
    { input: { customerId: encodeId('cus', customer?.id as string), name: '王小明机密' } },
  );
  expect(http?.errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(captured.text()).toContain('no_such_name');
  expect(captured.text()).not.toContain('王小明机密');
});

test('a database that is away while somebody signs in is an internal error, not a wrong token', async () => {
  await server.db.execute('alter table session rename to session_lost');
  try {
    const { json, text } = await post(server.url, { query: needs }, bearer(server.as('MANAGER').token));
    expect(json.errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', errorId: expect.any(String) });
    expect(text).not.toMatch(/session|select/i);
  } finally {
    await server.db.execute('alter table session_lost rename to session');
  }
});

test('a socket whose sign-in fails inside closes without a word about why', async () => {
  await server.db.execute('alter table session rename to session_lost');
  try {
    const raw = await openRaw(server.socketUrl);
    raw.say({ type: 'connection_init', payload: bearer(server.as('MANAGER').token) });
    expect(await raw.closed).toEqual({ code: 1011, reason: 'Internal server error' });
  } finally {
    await server.db.execute('alter table session_lost rename to session');
  }
});

const misnamed: [what: string, query: string][] = [
  ['a field', '{ viewer { nam } }'],
  ['a root field', '{ custmers { totalCount } }'],
  ['an argument', '{ customers(frst: 1) { totalCount } }'],
  ['a type', 'query($f: CustmerFilter) { customers(filter: $f) { totalCount } }'],
  ['a directive', '{ viewer { name @skp(if: true) } }'],
];

// graphql-js suggests no directives.
test.each(misnamed.slice(0, -1))(
  '%s that does not exist is refused with a hint for who may read the schema',
  async (_what, query) => {
    for (const { errors, text } of await askBoth(query)) {
      expect(errors[0].extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
      expect(text).toContain('Did you mean');
    }
  },
);

test.each(misnamed)(
  '%s that does not exist is refused without a hint for who is not signed in',
  async (_what, query) => {
    const { text } = await post(server.url, { query });
    expect(text).not.toContain('Did you mean');
  },
);

test('an unknown field or enum value in a variable comes with a hint, for who is signed in', async () => {
  const query = 'query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }';
  const variables = { f: { nmae: { eq: 'x' }, stage: { eq: 'WONN' } } };
  for (const { errors } of await askBoth(query, variables)) {
    expect(errors[0].message).toContain('Did you mean "name"?');
    expect(errors[0].message).toContain('Did you mean the enum value "WON"');
  }
  const { text } = await post(server.url, { query, variables });
  expect(text).not.toContain('Did you mean');
});

test('what cannot be parsed or chosen carries its code on both transports', async () => {
  const expected = [
    ['{ viewer {', 'GRAPHQL_PARSE_FAILED'],
    ['query A { viewer { name } } query B { viewer { name } }', 'OPERATION_RESOLUTION_FAILURE'],
    ['fragment F on Employee { name }', 'OPERATION_RESOLUTION_FAILURE'],
  ] as const;
  for (const [query, code] of expected) {
    for (const { errors } of await askBoth(query)) expect(errors[0].extensions).toEqual({ code });
  }
});
