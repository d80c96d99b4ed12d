import { sql } from 'drizzle-orm';
import { afterAll, beforeAll } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { Mail, MailOutcome } from '../../src/core/mail/mail.types.ts';
import { sendNext } from '../../src/core/outgoing/outgoing-worker.ts';
import { openRuns } from '../../src/core/run/run.write.ts';
import { attemptChunk } from '../../src/core/run/run-worker.ts';
import { initialSettings } from '../../src/core/settings/settings.ts';
import { digestRun } from '../../src/features/notification/morning-digest.ts';
import { outgoingKinds } from '../../src/runs.ts';
import { type StaffName, startTestServer, type TestServer } from '../support/server.ts';

export interface NotificationWorld {
  server: TestServer;
  /** Where pages are. */
  origin: string;
  /** Lets the time come to an instant: plans the day's digests, if it is time for them, and sends what is due. */
  live: (instant: string) => Promise<Mail[]>;
  /** A task of an employee; in no file unless one is named. */
  openTask: (of: StaffName, task: { title: string; dueAt: string; file?: string }) => Promise<void>;
  openFile: (of: StaffName, name: string) => Promise<string>;
}

const silent = { error: (...line: unknown[]) => console.error(...line) };

/** A server, and mails that are written and sent by the clock that a test says. */
export function startNotificationWorld(config: Partial<Config> = {}): NotificationWorld {
  const world = {} as NotificationWorld;
  beforeAll(async () => {
    const server = await startTestServer({ config });
    const { db } = server;
    const link = { run: <T>(work: (one: typeof db) => Promise<T>) => work(db) };
    Object.assign(world, {
      server,
      origin: new URL(server.url).origin,
      live: async (instant: string) => {
        const clock = { now: new Date(instant), settings: initialSettings };
        const sent: Mail[] = [];
        const send = async (mail: Mail): Promise<MailOutcome> => {
          sent.push(mail);
          return { state: 'DONE', detail: '250' };
        };
        await openRuns(db, [digestRun], clock);
        while (await attemptChunk(link, [digestRun], clock, silent));
        while (
          await sendNext(
            link,
            outgoingKinds,
            { mail: { send }, robot: null },
            { ...clock, publicUrl: world.origin },
          )
        );
        return sent;
      },
      openTask: async (
        of: StaffName,
        { title, dueAt, file = null }: { title: string; dueAt: string; file?: string | null },
      ) => {
        await db.execute(sql`
          insert into task (customer_id, kind, title, assignee_id, due_at)
          values (${file}, 'FOLLOW_UP', ${title}, ${server.as(of).uuid}, ${dueAt})`);
      },
      openFile: async (of: StaffName, name: string) => {
        const [made] = await db.execute<{ id: string }>(
          sql`insert into customer (name, owner_id) values (${name}, ${server.as(of).uuid}) returning id`,
        );
        return made?.id as string;
      },
    });
  });
  afterAll(() => world.server.close());
  return world;
}
