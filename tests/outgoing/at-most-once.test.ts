import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleMails } from '../../src/core/outgoing/outgoing.write.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What the server has accepted or read to the end, by recipient. */
const received = new Map<string, number>();
const placeOf = ({ envelope }: SMTPServerSession): string => envelope.rcptTo[0]?.address.split('@')[0] ?? '';
/** Ends the instance that speaks. */
const kill = ({ hostNameAppearsAs }: SMTPServerSession): void => {
  const [, pid] = /^instance-(\d+)/.exec(String(hostNameAppearsAs)) ?? [];
  process.kill(Number(pid), 'SIGKILL');
};
const refusal = (responseCode: number) => Object.assign(new Error('No.'), { responseCode });

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  logger: false,
  onRcptTo: ({ address }, session, done) => {
    const [place] = address.split('@');
    if (place === 'recipient') kill(session);
    if (place === 'refused') return done(refusal(550));
    if (place === 'busy') return done(refusal(451));
    done();
  },
  onData: (stream, session, done) => {
    const place = placeOf(session);
    if (place === 'data') kill(session);
    stream.on('data', () => {
      if (place === 'middle') kill(session);
    });
    stream.on('end', () => {
      received.set(place, (received.get(place) ?? 0) + 1);
      if (place === 'cut') {
        // Not that of the other instance.
        for (const connection of server.connections) if (connection.session === session) connection.close();
        return;
      }
      if (place === 'before') kill(session);
      done();
      if (place === 'after') kill(session);
    });
  },
});
server.on('error', () => {});

let database: TestDatabase;
let smtpUrl: string;
beforeAll(async () => {
  database = await createTestDatabase();
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  smtpUrl = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(resolve));
  await database.close();
});

const script = new URL('send-mails.mjs', import.meta.url).pathname;
const live = async (): Promise<void> => {
  const child = spawn(process.execPath, [script, database.url, smtpUrl], { stdio: 'inherit' });
  await once(child, 'exit');
};
const states = async () => {
  const rows = await database.db.execute<{ place: string; state: string }>(
    sql`select content ->> 'place' as place, state from outgoing order by due_at`,
  );
  return Object.fromEntries(rows.map(({ place, state }) => [place, state]));
};

const deaths = ['writing', 'recipient', 'data', 'middle', 'before', 'after', 'recording'];

test('wherever an instance is killed between the claim and the answer of the server, no mail is received twice', {
  timeout: 120_000,
}, async () => {
  for (const [i, place] of [...deaths, 'cut', 'refused', 'busy', 'well'].entries())
    await database.db.execute(sql`
      insert into outgoing (kind, recipient_id, occasion, content, due_at, expires_at)
      values ('trial', new_id(), ${place}, ${JSON.stringify({ place })}::text::jsonb, now() - interval '1 hour' + ${i}::int * interval '1 s', now() + interval '1 day')`);
  // Two instances, each started again when it has died.
  const open = async () =>
    (await database.db.execute(sql`select from outgoing where state = 'PLANNED' and attempt_count = 0`))
      .length > 0;
  const keepAlive = async () => {
    while (await open()) await live();
  };
  await Promise.all([keepAlive(), keepAlive()]);

  // Whoever finds them later cannot know, and does not send them again.
  await settleMails(database.db, new Date(), 0);
  await live();
  expect(await states()).toEqual({
    ...Object.fromEntries(deaths.map((place) => [place, 'UNKNOWN'])),
    cut: 'UNKNOWN',
    refused: 'FAILED',
    busy: 'PLANNED',
    well: 'DONE',
  });
  // In the middle of a message its end may be on the way already.
  expect(received.get('middle') ?? 1).toBe(1);
  received.delete('middle');
  expect(Object.fromEntries(received)).toEqual({ before: 1, after: 1, recording: 1, cut: 1, well: 1 });
  const [busy] = await database.db.execute(
    sql`select last_failure, attempt_count, due_at > now() - interval '1 hour' as later from outgoing where occasion = 'busy'`,
  );
  expect(busy).toMatchObject({ last_failure: expect.stringContaining('451'), attempt_count: 1, later: true });
});
