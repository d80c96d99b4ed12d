import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { connect, type Database } from '../../src/core/database/database.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/**
 * A database of the test file's own that holds what `seed` enters under this name; the first file of a run that wants one
 * seeds it for all.
 */
export async function createSeededDatabase(
  name: string,
  seed: (db: Database) => Promise<unknown>,
): Promise<TestDatabase> {
  const templateName = `${inject('templateName')}_${name}`;
  const admin = postgres(inject('adminUrl'), { max: 1, onnotice: () => {} });
  try {
    // Held until the connection ends.
    await admin`select pg_advisory_lock(hashtext(${templateName}))`;
    const [seeded] = await admin`select from pg_database where datname = ${templateName}`;
    if (!seeded) await seedTemplate(admin, templateName, seed);
  } finally {
    await admin.end({ timeout: 5 });
  }
  return createTestDatabase({ templateName });
}

/** Under its name only when it is complete. */
async function seedTemplate(
  admin: postgres.Sql,
  templateName: string,
  seed: (db: Database) => Promise<unknown>,
): Promise<void> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await admin.unsafe(`create database ${name} template ${inject('templateName')} strategy file_copy`);
  const address = new URL(inject('adminUrl'));
  address.pathname = `/${name}`;
  const { db, close } = connect({ url: address.href, poolSize: 1 });
  try {
    await seed(db);
  } finally {
    await close();
  }
  await admin.unsafe(`alter database ${name} rename to ${templateName}`);
}
