import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config.ts';
import { connect } from '../../src/core/database/database.ts';
import { startEmbeddedDatabase } from '../../src/core/database/embedded.ts';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { createServer } from '../../src/server.ts';
import type { Answer } from '../support/server.ts';
import { captureLog } from '../transport/wire.ts';

const account = 'sales1@demo.example';

export interface Reply extends Pick<Answer, 'data' | 'errors'> {
  status: number;
  retryAfter: string | null;
}

/** One of the demo's accounts instead of the whole company, which takes its time to be founded. */
async function hireOne(dataDir: string): Promise<void> {
  const { url, stop } = await startEmbeddedDatabase({ dataDir, log: () => {} });
  await migrateDatabase(url);
  const { db, close } = connect({ url, poolSize: 1 });
  await db.insert(employee).values({ email: account, name: '陆子轩', role: 'SALES' });
  await close();
  await stop();
}

/** The whole server in this process on a PostgreSQL of its own, with somebody signed in. */
export async function startOnOwnDatabase(dataDir: string) {
  await hireOne(dataDir);
  const captured = captureLog();
  const settings = { DATA_DIR: dataDir, PORT: '0', DEMO_PASSWORD: 'correct horse battery' };
  const server = await createServer(readConfig(settings), { log: captured.log });
  const post = async (
    query: string,
    variables?: Record<string, unknown>,
    token?: string | null,
  ): Promise<Reply> => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-language': 'en',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { status, headers } = response;
    return { ...((await response.json()) as Answer), status, retryAfter: headers.get('retry-after') };
  };
  const signIn = () =>
    post('mutation($input: LoginInput!) { login(input: $input) { accessToken } }', {
      input: { email: account, password: settings.DEMO_PASSWORD },
    });
  const { data } = await signIn();
  const token = data.login.accessToken as string;
  const look = async (path: string) => {
    const response = await fetch(new URL(path, server.url));
    return { status: response.status, text: await response.text() };
  };
  return {
    token,
    socketUrl: `${server.url.replace('http', 'ws')}/graphql`,
    exportsUrl: `${server.url}/exports`,
    captured,
    signIn,
    ask: (query: string, variables?: Record<string, unknown>) => post(query, variables, token),
    create: (key: string, more: Record<string, unknown> = {}) =>
      post(
        'mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } } }',
        { input: { name: `上海${key}精密机械有限公司`, idempotencyKey: key, ...more } },
        token,
      ),
    ready: async () => {
      const { status, text } = await look('/readyz');
      const answer = JSON.parse(text) as { checks: Record<string, boolean>; reason?: string };
      return { ...answer, status };
    },
    metric: async (name: string): Promise<number> => {
      const { text } = await look('/metrics');
      const line = text.split('\n').find((one) => one.startsWith(`customer_file_${name} `));
      return Number(line?.split(' ').at(-1));
    },
    /** Of PostgreSQL: the first line of its file. */
    postmaster: () =>
      Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
    port: () => Number(readFileSync(join(dataDir, 'postgres-port'), 'utf8')),
    superuserUrl: () => {
      const [password, port] = ['postgres-password', 'postgres-port'].map((name) =>
        readFileSync(join(dataDir, name), 'utf8').trim(),
      );
      return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    },
    close: server.close,
  };
}

export type OwnDatabaseServer = Awaited<ReturnType<typeof startOnOwnDatabase>>;
