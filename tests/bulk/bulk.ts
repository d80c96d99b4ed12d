import { sql } from 'drizzle-orm';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import { customer } from '../../src/domains/customer/customer.table.ts';
import type { Colleague, Outcome, Writing } from '../support/writing.ts';

const selection = `{
  outcome { matched changed unchanged refused state refusals { code count customerIds reasons { path code message } } }
  warnings { path code }
}`;

export type Mutation = 'updateCustomers' | 'tagCustomers' | 'untagCustomers';

/** Calls a mutation about many files. */
export const bulk = (by: Colleague, mutation: Mutation, input: object): Promise<Outcome> =>
  by.write(mutation, input, selection);

/** "code reasons… count" of each refusal. */
export const refusalsOf = ({ payload }: Outcome): string[] =>
  payload.outcome.refusals.map(
    ({ code, count, reasons }: { code: string; count: number; reasons: { code: string }[] }) =>
      [code, ...reasons.map((reason) => reason.code), count].join(' '),
  );

export const countsOf = ({ payload }: Outcome): number[] => {
  const { matched, changed, unchanged, refused } = payload.outcome;
  return [matched, changed, unchanged, refused];
};

let made = 0;

/** Enters files of an owner at once and returns their ids (UUIDs). */
export async function openFiles(
  { db }: Writing,
  owner: Colleague,
  size: number,
  values: Partial<typeof customer.$inferInsert> = {},
): Promise<string[]> {
  const rows = await db
    .insert(customer)
    .values(
      Array.from({ length: size }, () => {
        made += 1;
        return { name: `苏州第${made}精密机械有限公司`, ...values, ownerId: uuidOf(owner.id) };
      }),
    )
    .returning({ id: customer.id });
  return rows.map(({ id }) => id);
}

/** Everything that a write could leave a trace in, of all files. */
export async function allTraces({ db }: Writing): Promise<unknown> {
  const [row] = await db.execute(sql`
    select (select count(*) from file_history) as history, (select sum(version) from customer) as versions,
           (select count(*) from outbox) + (select count(*) from event_log) as events,
           (select count(*) from tag) as tags, (select count(*) from customer_tag) as links,
           (select count(*) from idempotency_key) as keys`);
  return { ...row };
}

/** The end of the log, with everything in it that is committed. */
export async function cursorNow({ db, server }: Writing): Promise<string> {
  await db.execute(sql`select sequence_events(1000000)`);
  const { data } = await server.as('SALES').query('{ customerFileEvents { pageInfo { endCursor } } }');
  return data.customerFileEvents.pageInfo.endCursor;
}

/** Events for the owner after a cursor. */
export async function eventsAfter({ db, server }: Writing, after: string) {
  await db.execute(sql`select sequence_events(1000000)`);
  const { data } = await server
    .as('SALES')
    .query('query($after: String) { customerFileEvents(after: $after) { nodes { type customerId } } }', {
      after,
    });
  return data.customerFileEvents.nodes as { type: string; customerId: string | null }[];
}
