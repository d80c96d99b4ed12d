import { generateKeyPairSync } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Config, readConfig } from '../../src/config/config.ts';
import { Role } from '../../src/core/access/role.ts';
import { encodeHeadCursor } from '../../src/core/changes/cursor.ts';
import type { Database } from '../../src/core/database/database.ts';
import { encodeId } from '../../src/core/graphql/schema/type-id.ts';
import { defaultSocketBounds, type SocketBounds } from '../../src/core/graphql/transport/socket.ts';
import type { MailTransport } from '../../src/core/mail/mail.types.ts';
import type { RobotTransport } from '../../src/core/robot/robot.types.ts';
import type { RunKind } from '../../src/core/run/run.types.ts';
import { createTokenAuthority } from '../../src/core/session/access-token.ts';
import type { BusinessClock } from '../../src/core/time/business-clock.ts';
import { employee, team } from '../../src/domains/employee/employee.table.ts';
import { session } from '../../src/domains/session/session.table.ts';
import { createServer, type Server } from '../../src/server.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { sharedSchema } from './schema.ts';

/** One employee of each role, and a second sales person who owns nothing of the first's. */
export const staffNames = [...Object.values(Role), 'SALES_2'] as const;
export type StaffName = (typeof staffNames)[number];

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers are as varied as queries
  data: any;
  errors?: {
    message: string;
    path?: (string | number)[];
    // biome-ignore lint/suspicious/noExplicitAny: as varied as errors
    extensions: Record<string, any>;
  }[];
  /** SQL statements this operation sent, sign-in check included. Meaningful when nothing else runs at the same time. */
  statements: number;
}

export interface TestClient {
  /** The employee's UUID and TypeID. */
  uuid: string;
  id: string;
  token: string;
  query: (document: string, variables?: Record<string, unknown>) => Promise<Answer>;
}

export interface TestServer {
  url: string;
  socketUrl: string;
  db: Database;
  /** A signed-in client; the same employee each time. */
  as: (name: StaffName) => TestClient;
  anonymous: Pick<TestClient, 'query'>;
  /** Texts of the statements of requests, in order. */
  statements: string[];
  /** Cursor of the log before its first event. */
  beginning: () => Promise<string>;
  /** Starts another instance on the same database, which recognises the same clients. Closed with the server. */
  startAnother: () => Promise<{ url: string; socketUrl: string }>;
  /** Stops the server alone: its database stays until `close`. */
  stop: () => Promise<void>;
  close: () => Promise<void>;
}

export interface TestServerOptions {
  /** What differs from the default configuration. */
  config?: Partial<Config>;
  /** Instead of one cloned from the template; closed with the server. */
  database?: TestDatabase;
  /** The database holds the staff already, as `enterStaff` enters them. */
  hasStaff?: boolean;
  /** What sockets may take, where it differs. */
  socketBounds?: Partial<SocketBounds>;
  /** Whether rules open tasks; by default they do not, and a test's files change by its own writes alone. */
  taskRules?: boolean;
  /** The work that recurs; none by default. */
  runs?: readonly RunKind[];
  /** Sends mails; none are sent by default. */
  mailTransport?: MailTransport;
  /** Posts to robots; none do unless it is given. */
  robots?: RobotTransport;
  /** Business time, of all instances, with `database`; the machine's unless it is given. */
  clock?: BusinessClock;
  /** Takes the log; without it nothing is logged. */
  log?: Logger;
}

/** The real server on a database of the test file's own, with one employee of each role. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase());
  const signingKey = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const statements: string[] = [];
  const addresses = { DATABASE_URL: database.apiUrl, MIGRATION_DATABASE_URL: database.url };
  // Tests ask far more than a person, on machines that are busy.
  const defaults = {
    ...addresses,
    ANALYST_BUDGET: 'PT1H',
    REQUEST_TIMEOUT: 'PT2M',
    PORT: '0',
    LOG_LEVEL: 'silent',
    TOKEN_SIGNING_KEY: signingKey,
  };
  const config = { ...readConfig(defaults), ...options.config };
  const start = () =>
    createServer(config, {
      schema: sharedSchema(),
      isPrepared: true,
      ...(options.log && { log: options.log }),
      ...(options.clock && { clock: options.clock }),
      taskRules: options.taskRules ?? false,
      runs: options.runs ?? [],
      robots: options.robots ?? null,
      ...(options.mailTransport && { mailTransport: options.mailTransport }),
      socketBounds: { ...defaultSocketBounds, ...options.socketBounds },
      onStatement: (text) => statements.push(text.trim()),
    });
  const server = await start();
  const others: Server[] = [];
  const addressesOf = (instance: Server) => {
    const url = `${instance.url}/graphql`;
    return { url, socketUrl: url.replace(/^http/, 'ws') };
  };
  const { url, socketUrl } = addressesOf(server);

  const post = async (
    token: string | null,
    document: string,
    variables?: Record<string, unknown>,
  ): Promise<Answer> => {
    const before = statements.length;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-language': 'en',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: document, variables }),
    });
    const answer = (await response.json()) as Omit<Answer, 'statements'>;
    return { ...answer, statements: statements.length - before };
  };

  if (!options.hasStaff) await enterStaff(database.db);
  const clients = await signInStaff(
    database.db,
    signingKey,
    config,
    (token) => (document, variables) => post(token, document, variables),
  );
  return {
    url,
    socketUrl,
    db: database.db,
    statements,
    beginning: async () => {
      const [head] = await database.db.execute<{ epoch: string }>(sql`select epoch from stream_head`);
      return encodeHeadCursor(signingKey, { epoch: head?.epoch as string, seq: 0 });
    },
    as: (name) => clients.get(name) as TestClient,
    anonymous: { query: (document, variables) => post(null, document, variables) },
    startAnother: async () => {
      const another = await start();
      others.push(another);
      return addressesOf(another);
    },
    stop: server.close,
    close: async () => {
      for (const instance of [server, ...others]) await instance.close();
      await database.close();
    },
  };
}

/** Enters the staff, each with an open session. */
export async function enterStaff(db: Database): Promise<void> {
  const [first] = await db.insert(team).values({ name: '一队' }).returning();
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  for (const name of staffNames) {
    const role = name === 'SALES_2' ? Role.SALES : name;
    const [row] = await db
      .insert(employee)
      .values({ name, email: `${name.toLowerCase()}@test.example`, role, teamId: first?.id })
      .returning();
    await db.insert(session).values({ employeeId: row?.id as string, expiresAt });
  }
}

/** A client for each of the staff, without the cost of a password. */
async function signInStaff(
  db: Database,
  signingKey: string,
  config: { tokenIssuer: string; tokenAudience: string; accessTokenTtlMs: number },
  queryWith: (token: string) => TestClient['query'],
): Promise<Map<StaffName, TestClient>> {
  const tokens = createTokenAuthority({
    signingKey,
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    accessTokenTtlMs: config.accessTokenTtlMs,
  });
  const staff = await db
    .select({ name: employee.name, employeeId: employee.id, sessionId: session.id })
    .from(session)
    .innerJoin(employee, eq(employee.id, session.employeeId));
  const clients = new Map<StaffName, TestClient>();
  for (const { name, employeeId, sessionId } of staff) {
    const { token } = await tokens.sign({ employeeId, sessionId }, new Date());
    const id = encodeId('emp', employeeId);
    clients.set(name as StaffName, { uuid: employeeId, id, token, query: queryWith(token) });
  }
  return clients;
}
