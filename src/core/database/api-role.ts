import postgres from 'postgres';

/**
 * Rights of the API's role on tables it may not freely read and write.
 *
 * Logs are append-only: an attacker who takes over the API, or sends SQL through it, still cannot rewrite history. The
 * two functions that move events along (sequence_events, trim_event_log) run with their owner's rights.
 */
const restricted: Record<string, string> = {
  file_change: 'select',
  file_history: 'select',
  waiting_history: 'select',
  outbox: 'select, insert',
  event_log: 'select',
  event_sharer: 'select',
  stream_head: 'select',
  access_log: 'select, insert',
  handover: 'select, insert, update (confirmed_at)',
  handover_reception: 'select, insert, update (confirmed_at, confirmed_by_id)',
  handover_file: 'select, insert',
  segment_definition: 'select, insert',
  verification_step: 'select, insert',
  field_check: 'select, insert, update (ended_at)',
  archive_counter: 'select, insert, update',
  cancelled_number: 'select, insert',
  confirmed_value: 'select, insert, update (ended_at)',
  confirmation_request: 'select, insert, update',
  proposed_change: 'select, insert, update',
  settings: 'select, update',
  scoped_change: 'select, insert',
  // These come with the migrations.
  completeness_field: 'select',
  han_syllable: 'select',
  han_letter: 'select',
  han_pair: 'select',
  // R99: files are archived, never deleted; former employees stay in the history.
  customer: 'select, insert, update',
  employee: 'select, insert, update',
  team: 'select, insert, update',
  department: 'select, insert, update',
  access_grant: 'select, insert, update',
  access_request: 'select, insert, update',
  run: 'select, insert, update',
  task: 'select, insert, update',
  task_step: 'select, insert, update (until)',
  delegation: 'select, insert, update',
};

/** Functions that run as their owner; only the API's role may call them. */
const ownersFunctions = [
  'sequence_events(integer)',
  'trim_event_log(timestamptz, integer)',
  'lapse_grants(integer)',
  'turn_delegation()',
  'frequent_grams()',
];

/**
 * Grants a role exactly the rights the API needs: it owns nothing, cannot alter a table, and cannot change or delete
 * log entries. `owner` is connected as the owner of the tables. Atomic, so that an instance running alongside never
 * lacks a right.
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
        // Read-only: the readiness check verifies that migrations are up to date.
        `grant select on drizzle.__drizzle_migrations to ${name}`,
        `grant usage on all sequences in schema public to ${name}`,
        ...statements,
        ...functions,
      ].join('; '),
    );
  });
}

/** The role in a connection URL; null if it names none. */
export const roleOfAddress = (url: string): string | null =>
  decodeURIComponent(new URL(url).username) || null;

/** Whether the role of `url` could rewrite history, i.e. is the owner of the tables or a superuser. */
export async function mayRewriteHistory(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false });
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
