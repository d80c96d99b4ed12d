import type { Logger } from 'pino';
import { mayRewriteHistory, roleOfAddress } from './api-role.ts';
import type { EmbeddedDatabase } from './embedded.ts';
import { migrateDatabase } from './migrate.ts';
import { explainingUnreachable } from './unreachable.ts';

/** Connection URLs of the database, one for each of the two roles that use it. */
export interface ConnectionUrls {
  /** The owner of the tables, for migrations and the demo company. Never used to serve requests. */
  ownerUrl: string;
  /** The role that serves the API: see `grantApiRights`. */
  apiUrl: string;
}

interface Given {
  databaseUrl: string | undefined;
  migrationDatabaseUrl: string | undefined;
}

export interface Preparation {
  /** The database is migrated and the API's role has its rights already: tests copy such a one for each server. */
  isPrepared?: boolean;
}

/**
 * Migrates the database as its owner and grants the API's role its rights.
 *
 * With only a `DATABASE_URL`, one role serves both purposes. This works but is logged as a warning: whoever can send
 * SQL through the API could then rewrite history.
 */
export async function prepareDatabase(
  { databaseUrl, migrationDatabaseUrl }: Given,
  embedded: EmbeddedDatabase | undefined,
  log: Logger,
  { isPrepared = false }: Preparation = {},
): Promise<ConnectionUrls> {
  const apiUrl = databaseUrl ?? embedded?.apiUrl;
  const ownerUrl = databaseUrl ? (migrationDatabaseUrl ?? databaseUrl) : embedded?.url;
  if (!apiUrl || !ownerUrl)
    throw new Error('There is no database: neither DATABASE_URL nor the embedded one.');
  if (isPrepared) return { ownerUrl, apiUrl };
  const apiRole = roleOfAddress(apiUrl);
  const isSplit = apiRole !== roleOfAddress(ownerUrl);
  const setting =
    migrationDatabaseUrl && ownerUrl === migrationDatabaseUrl ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL';
  await explainingUnreachable(setting, ownerUrl, () =>
    migrateDatabase(ownerUrl, { apiRole: isSplit ? apiRole : null }),
  );
  if (await explainingUnreachable('DATABASE_URL', apiUrl, () => mayRewriteHistory(apiUrl))) {
    log.warn(
      'The API connects as a database role that can change the history: name the owner in MIGRATION_DATABASE_URL and a ' +
        'plain role in DATABASE_URL. (API 所用数据库角色可改写历史记录：请在 MIGRATION_DATABASE_URL 中填写属主，在 DATABASE_URL 中使用普通角色。)',
    );
  }
  return { ownerUrl, apiUrl };
}
