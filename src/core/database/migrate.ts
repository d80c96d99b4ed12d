import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { grantApiRights } from './api-role.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** Any number: the key of the advisory lock under which one instance at a time migrates. */
const migrationLock = 7_203_411;

export interface MigrateOptions {
  /** Gets the API's rights on what the migrations made; none where the API connects as the owner itself. */
  apiRole?: string | null;
}

/** Brings the database at `url` (its owner's) to the newest migration. Safe to run from several instances at once. */
export async function migrateDatabase(url: string, { apiRole }: MigrateOptions = {}): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await client`select pg_advisory_lock(${migrationLock})`;
    await migrate(drizzle(client), { migrationsFolder });
    // Knows the columns of a file by name.
    await client`select prepare_capture()`;
    if (apiRole) await grantApiRights(client, apiRole);
  } finally {
    await client.end({ timeout: 5 });
  }
}
