import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { connect } from '../../src/core/database/database.ts';
import { seedDemoCompany } from '../../src/features/demo/demo-company.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** 31 August: six months earlier there is no 31st. */
export const demoSeededAt = new Date('2026-08-31T04:30:00.000Z');

/** A database of the test file's own that holds the demo company; the first file of a run that wants one seeds it for all. */
export async function createDemoDatabase(): Promise<TestDatabase> {
  const templateName = `${inject('templateName')}_demo`;
  const admin = postgres(inject('adminUrl'), { max: 1, onnotice: () => {} });
  try {
    // Held until the connection ends.
    await admin`select pg_advisory_lock(hashtext(${templateName}))`;
    const [seeded] = await admin`select from pg_database where datname = ${templateName}`;
    if (!seeded) await seedTemplate(admin, templateName);
  } finally {
    await admin.end({ timeout: 5 });
  }
  return createTestDatabase({ templateName });
}

/** Under its name only when it is complete. */
async function seedTemplate(admin: postgres.Sql, templateName: string): Promise<void> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await admin.unsafe(`create database ${name} template ${inject('templateName')} strategy file_copy`);
  const address = new URL(inject('adminUrl'));
  address.pathname = `/${name}`;
  const { db, close } = connect({ url: address.href, poolSize: 1 });
  try {
    await seedDemoCompany(db, { passwordHash: null, now: demoSeededAt });
  } finally {
    await close();
  }
  await admin.unsafe(`alter database ${name} rename to ${templateName}`);
}
