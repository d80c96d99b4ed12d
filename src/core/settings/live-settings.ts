import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { type Connection, type Database, queryJson } from '../database/database.ts';
import { type SettingName, type Settings, settingsFrom } from './settings.ts';

/** How late a change may take effect here if its notification is lost. */
const refreshEveryMs = 5_000;

/** The settings as this process knows them. */
export interface LiveSettings {
  current: () => Settings;
  /** Reads them again: after a change made here, so that whoever made it sees it. */
  refresh: () => Promise<Settings>;
  close: () => Promise<void>;
}

/**
 * Stores values that the server was started with, unless anything has been decided since the database was made: from
 * then on the settings hold.
 */
export async function setInitially(db: Database, values: { [Name in SettingName]?: unknown }): Promise<void> {
  const given = JSON.stringify(values);
  if (given === '{}') return;
  await db.execute(
    sql`update settings set content = content || ${given}::text::jsonb where version = 1 and not content @> ${given}::text::jsonb`,
  );
}

/** The settings as they are stored. */
export async function readSettings(db: Database): Promise<Settings> {
  const row = await queryJson<{ version: number; content: Partial<Settings> }>(
    db,
    sql`select json_build_object('version', version, 'content', content) from settings`,
  );
  return settingsFrom(row.version, row.content);
}

/**
 * Keeps the settings in memory and follows their changes, made by whatever instance. An operation takes them once, into
 * its context, so that its answer is of one version.
 */
export async function followSettings({ client, db }: Connection, log: Logger): Promise<LiveSettings> {
  let held = await readSettings(db);
  const refresh = async (): Promise<Settings> => {
    const found = await readSettings(db);
    // Two reads may overtake each other.
    if (found.version > held.version) held = found;
    return held;
  };
  const attempt = () =>
    void refresh().catch((error) => log.warn({ err: error }, 'settings: not read, will retry'));
  // Read after each connection: notifications sent while there was none were lost.
  const listener = await client.listen('settings_changed', attempt, attempt);
  const timer = setInterval(attempt, refreshEveryMs);
  return {
    current: () => held,
    refresh,
    close: async () => {
      clearInterval(timer);
      await listener.unlisten().catch(() => {});
    },
  };
}
