import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { readConfig } from '../config/config.ts';
import { Role } from '../core/access/role.ts';
import { connect, queryJson } from '../core/database/database.ts';
import { createPasswordHasher } from '../core/session/password.ts';
import { offsetMs } from '../core/time/zone.ts';
import { employee, team } from '../domains/employee/employee.table.ts';
import { type MovableClock, openMovableClock } from '../features/demo/movable-clock.ts';
import { createServer } from '../server.ts';
import { type Colleague, type Language, post, Unexpected, until } from './lifecycle.client.ts';
import { openSmtpInbox, type SmtpInbox } from './smtp-inbox.ts';

export const timeZone = 'Asia/Shanghai';
const dayMs = 86_400_000;

const people = {
  admin: ['方启宁', Role.ADMIN],
  manager: ['沈维国', Role.MANAGER],
  steward: ['孟静怡', Role.DATA_STEWARD],
  sales: ['陆子轩', Role.SALES],
  colleague: ['郭雨涵', Role.SALES],
  service: ['汤丽萍', Role.CUSTOMER_SERVICE],
  marketing: ['谢思远', Role.MARKETING],
  finance: ['蔡敏', Role.FINANCE],
  analyst: ['梁博文', Role.ANALYST],
} as const;
export type PersonName = keyof typeof people;

/** Where the story takes place: a company of nine with a server of its own, whose clock can be set forward. */
export interface World {
  url: string;
  language: Language;
  as: (name: PersonName) => Colleague;
  clock: MovableClock;
  inbox: SmtpInbox;
  close: () => Promise<void>;
}

export interface WorldOptions {
  /** A migrated database without files, as the owner of its tables and as the role that serves the API. */
  ownerUrl: string;
  apiUrl: string;
  language: Language;
}

/** Founds the company and opens its server, at nine o’clock of the next Monday. */
export async function openWorld({ ownerUrl, apiUrl, language }: WorldOptions): Promise<World> {
  const started: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    const owner = connect({ url: ownerUrl, poolSize: 2 });
    started.push(owner.close);
    const clock = await openMovableClock(owner.db);
    await clock.forwardTo(nextMonday(clock.now()));
    const password = randomBytes(12).toString('base64url');
    const passwordHash = await createPasswordHasher().hash(password);
    const [sales] = await owner.db.insert(team).values({ name: '销售一部' }).returning();
    for (const [account, [name, role]] of Object.entries(people))
      await owner.db.insert(employee).values({
        ...{ name, role, email: `${account}@demo.example`, passwordHash },
        ...(role === Role.SALES || role === Role.MANAGER ? { teamId: sales?.id as string } : {}),
      });
    await owner.db.execute(sql`update team set leader_id = (select id from employee where role = 'MANAGER')`);
    const inbox = await openSmtpInbox();
    started.push(inbox.close);
    const signingKey = generateKeyPairSync('ed25519').privateKey;
    const config = readConfig({
      ...{ DATABASE_URL: apiUrl, MIGRATION_DATABASE_URL: ownerUrl, PORT: '0', LOG_LEVEL: 'silent' },
      ...{ ORGANISATION_TIME_ZONE: timeZone, SMTP_URL: inbox.url, MAIL_FROM: 'customer-file@demo.example' },
      TOKEN_SIGNING_KEY: signingKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    });
    const server = await createServer(config, { clock, robots: null, isPrepared: true });
    started.push(server.close);
    const colleagues = new Map<PersonName, Colleague>();
    for (const name of Object.keys(people) as PersonName[])
      colleagues.set(name, await signIn(server.url, language, name, password));
    // What was there before the rules look for the first time is no news to them.
    await until(
      'The rules',
      async () =>
        (await queryJson<string>(owner.db, sql`select to_json(epoch) from task_rule_head`)) || undefined,
    );
    return {
      url: server.url,
      language,
      as: (name) => colleagues.get(name) as Colleague,
      clock,
      inbox,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function signIn(
  url: string,
  language: Language,
  name: PersonName,
  password: string,
): Promise<Colleague> {
  const input = { email: `${name}@demo.example`, password };
  const document =
    'mutation SignIn($input: LoginInput!) { login(input: $input) { accessToken viewer { id name } } }';
  const { data, errors } = await post(url, language, null, document, { input });
  if (errors) throw new Unexpected(`login: ${errors[0]?.message}`);
  const { accessToken, viewer } = data.login;
  return { ...viewer, query: (...given) => post(url, language, accessToken, ...given) };
}

/** Nine o’clock in the organisation’s zone. */
function nextMonday(from: Date): Date {
  const wallMs = from.getTime() + offsetMs(timeZone, from.getTime());
  const midnightMs = Math.floor(wallMs / dayMs) * dayMs;
  const weekday = new Date(midnightMs).getUTCDay();
  const mondayMs = midnightMs + ((8 - weekday) % 7 || 7) * dayMs + 9 * 3_600_000;
  return new Date(mondayMs - offsetMs(timeZone, from.getTime()));
}
