import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { filesBelow, read } from './sources.ts';

/** Source files that read the machine's clock, and what for: never for when something happens to people (decision 0081). */
const technical: Record<string, string> = {
  'src/cli/seed.ts': 'a program without a server',
  'src/core/access/analyst-pool.ts': 'a budget of database time',
  'src/core/changes/changes.ts': 'retention of events',
  'src/core/changes/follow.ts': 'a mark in a stream, of no event',
  'src/core/database/columns.ts': 'columns of technical time',
  'src/core/database/embedded-home.ts': 'the name of a folder',
  'src/core/delivery/delivery-multiplexer.ts': 'sessions',
  'src/core/graphql/execution/refused-uses.ts': 'a statement that is never run',
  'src/core/graphql/transport/open-sockets.ts': 'sessions',
  'src/core/graphql/transport/socket-subscriber.ts': 'sessions',
  'src/core/mail/demo-mailbox.ts': 'when a mail came',
  'src/core/outgoing/outgoing.write.ts': 'claims, attempts and retention',
  'src/core/page/page-token.write.ts': 'tokens',
  'src/core/robot/robot-transport.ts': 'signatures',
  'src/core/run/run.write.ts': 'retries and retention',
  'src/core/time/business-clock.ts': 'where business time comes from',
  'src/domains/customer/customer.check.ts': 'a default for callers without a clock',
  'src/domains/handover/handover-list.route.ts': 'signed links and sessions',
  'src/domains/handover/handover.resolver.ts': 'signed links',
  'src/domains/segment/segment-use.service.ts': 'exports that wait for their download',
  'src/domains/session/session.resolver.ts': 'sessions',
  'src/domains/session/session.service.ts': 'sessions',
  'src/features/access-log/access-log.queue.ts': 'the access log',
  'src/features/demo/backdate-history.ts': 'the past of the demo company',
  'src/features/demo/movable-clock.ts': 'where business time is set forward',
  'src/features/demo/open-demo.ts': 'the past of the demo company',
  'src/features/export/customer-export.download.ts': 'how long an export waits for its download',
  'src/features/export/customer-export.route.ts': 'sessions',
  'src/features/export/customer-export.write.ts': 'how long an export waits for its download',
  'src/features/export/export-run.ts': 'sessions',
  'src/features/export/recheck-access.ts': 'sessions',
  'src/features/import/import.command.ts': 'a program without a server',
  'src/features/import/progress.write.ts': 'how long an import takes',
  'src/features/membership/materialized-segment.write.ts': 'how long a segment was not followed',
  'src/features/membership/membership-worker.ts': 'how long a segment was not followed',
  'src/http/http.ts': 'sessions',
  'src/scheduled-jobs.ts': 'retention and sessions',
};

const readsMachine = /new Date\(\)|Date\.now\(\)|(?<![\w.])now\(\)|clock_timestamp\(\)/;
/** What an object of ours has for a method, and a comment says. */
const isCode = (line: string) => !/^\s*(?:\/?\*|\/\/)/.test(line) && !/\bnow\(\): /.test(line);

test('business time comes from the clock: the machine’s is read only where it is technical', () => {
  const reading = filesBelow('src').filter((path) =>
    read(path)
      .split('\n')
      .some((line) => isCode(line) && readsMachine.test(line)),
  );
  expect(reading.filter((path) => !(path in technical))).toEqual([]);
  expect(Object.keys(technical).filter((path) => !reading.includes(path))).toEqual([]);
});

test('functions and defaults of the database read the business clock, but for technical time', async () => {
  const database = await createTestDatabase();
  const names = async (text: ReturnType<typeof sql>) =>
    (await database.db.execute<{ name: string }>(text)).map(({ name }) => name);
  expect(
    await names(sql`
      select distinct proname as name from pg_proc
      where pronamespace = 'public'::regnamespace and prosrc ~ '\\mnow\\(\\)|\\mclock_timestamp\\(\\)' order by 1`),
  ).toEqual(['business_clock', 'business_now', 'log_access_right', 'new_id', 'trim_access_log']);
  expect(
    await names(sql`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and column_default ~ '\\mnow\\(\\)|\\mclock_timestamp\\(\\)' order by 1`),
  ).toEqual([
    'access_log.occurred_at',
    'customer_export.created_at',
    'external_key.created_at',
    'idempotency_key.created_at',
    'outgoing.created_at',
    'outgoing_attempt.ended_at',
    'page_token.created_at',
    'refresh_token.created_at',
    'run.started_at',
    'run_chunk.due_at',
    'session.created_at',
  ]);
  await database.close();
});
