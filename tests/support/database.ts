import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { type Connection, connect } from '../../src/core/database/database.ts';
import { apiRole } from './api-role.ts';

export interface TestDatabase extends Connection {
  url: string;
  /** The same database as the role that serves the API. */
  apiUrl: string;
  /**
   * Texts of the statements sent on `db` and `client`, in order; set `length = 0`
   * to count from here. `begin` and `commit` are statements too.
   */
  statements: string[];
}

/**
 * A database of the test file's own, cloned from the migrated template. Call in
 * `beforeAll`, and `close()` in `afterAll`: it drops the database.
 */
export async function createTestDatabase({
  poolSize = 10,
  isOneSession = false,
  adminUrl = inject('adminUrl'),
  templateName = inject('templateName'),
} = {}): Promise<TestDatabase> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {}, fetch_types: false });
  const name = `test_${randomBytes(8).toString('hex')}`;
  // Copied as files: by default every page of the template goes through the log, which takes twice as long.
  await admin.unsafe(`create database ${name} template ${templateName} strategy file_copy`);
  const address = new URL(adminUrl);
  address.pathname = `/${name}`;
  const url = address.href;
  address.username = apiRole;
  const apiUrl = address.href;
  const statements: string[] = [];
  const connection = connect({
    url,
    poolSize,
    isOneSession,
    onStatement: (text) => statements.push(text.trim()),
  });
  const close = async () => {
    await connection.close();
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end({ timeout: 5 });
  };
  return { ...connection, url, apiUrl, statements, close };
}
