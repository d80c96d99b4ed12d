import postgres from 'postgres';

/**
 * What the role that serves the API may do with a table, where that is less than reading and writing it.
 *
 * The logs only grow: who takes over the API, or finds a way to send SQL through it, still cannot rewrite what
 * happened. The two functions that move events along (sequence_events, trim_event_log) run with their owner's rights.
 */
const restricted: Record<string, string> = {
  file_change: 'select',
  file_history: 'select',
  waiting_history: 'select',
  outbox: 'select, insert',
  event_log: 'select',
  stream_head: 'select',
  access_log: 'select, insert',
  handover: 'select, insert, update (confirmed_at)',
  handover_reception: 'select, insert, update (confirmed_at, confirmed_by_id)',
  handover_file: 'select, insert',
  segment_definition: 'select, insert',
  // R99: files are archived, never deleted; people who left stay in the history.
  customer: 'select, insert, update',
  employee: 'select, insert, update',
  team: 'select, insert, update',
  access_grant: 'select, insert, update',
  access_request: 'select, insert, update',
};

/** Functions that run as their owner; for nobody but the API's role. */
const ownersFunctions = [
  'sequence_events(integer)',
  'trim_event_log(timestamptz, integer)',
  'lapse_grants(integer)',
];

/**
 * Gives a role the rights the API needs and no others: it owns nothing, cannot alter a table, and cannot change or
 * delete a line of the logs. `owner` is connected as the owner of the tables. All or nothing, so that an instance that
 * runs beside never misses a right.
 */
export async function grantApiRights(owner: postgres.Sql, role: string): Promise<void> {
  const name = quoted(role);
  await owner.begin(async (tx) => {
    const tables = await tx<{ name: string }[]>`
      select tablename as name from pg_tables where schemaname = 'public'
      union all select viewname from pg_views where schemaname = 'public'`;
    const statements = tables.flatMap(({ name: table }) => [
      `revoke all on ${quoted(table)} from ${name}`,
      `grant ${restricted[table] ?? 'select, insert, update, delete'} on ${quoted(table)} to ${name}`,
    ]);
    const functions = ownersFunctions.flatMap((signature) => [
      `revoke execute on function ${signature} from public`,
      `grant execute on function ${signature} to ${name}`,
    ]);
    await tx.unsafe(
      [
        `grant usage on schema public, drizzle to ${name}`,
        // Read-only: whether it is up to date is part of being ready.
        `grant select on drizzle.__drizzle_migrations to ${name}`,
        `grant usage on all sequences in schema public to ${name}`,
        ...statements,
        ...functions,
      ].join('; '),
    );
  });
}

/** The role a connection address signs in as; null where the address names none. */
export const roleOfAddress = (url: string): string | null =>
  decodeURIComponent(new URL(url).username) || null;

/** Whether the role at `url` could rewrite the history: it is the owner of the tables, or a superuser. */
export async function mayRewriteHistory(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [answer] = await client<
      { may: boolean }[]
    >`select has_table_privilege('file_change', 'update') as may`;
    return answer?.may ?? true;
  } finally {
    await client.end({ timeout: 5 });
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
