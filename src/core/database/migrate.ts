import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { grantApiRights } from './api-role.ts';
import { refuseForeignMigrations } from './migration-state.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** An arbitrary number: the key of the advisory lock that lets only one instance migrate at a time. */
const migrationLock = 7_203_411;

export interface MigrateOptions {
  /** Role that is granted the API's rights on the migrated tables; none if the API connects as the owner. */
  apiRole?: string | null;
}

/**
 * Migrates the database at `url` (connecting as its owner) to the latest version. Safe to run from several instances at
 * once. Throws, and changes nothing, where other migrations than ours made the tables.
 */
export async function migrateDatabase(url: string, { apiRole }: MigrateOptions = {}): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false });
  try {
    await client`select pg_advisory_lock(${migrationLock})`;
    await refuseForeignMigrations(client);
    await migrate(drizzle(client), { migrationsFolder });
    // Rebuilds the capture functions, which name a file's columns.
    await client`select prepare_capture()`;
    await client`select complete_figures()`;
    if (apiRole) await grantApiRights(client, apiRole);
  } finally {
    await client.end({ timeout: 5 });
  }
}
