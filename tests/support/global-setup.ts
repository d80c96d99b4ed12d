import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../../src/core/database/migrate.ts';
import { apiRole } from './api-role.ts';
import { startThrowawayServer } from './throwaway-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's address of the server the tests run on. */
    adminUrl: string;
    /** The migrated database that each test file's own is cloned from; the API's role has its rights on it. */
    templateName: string;
  }
}

/**
 * One PostgreSQL and one migrated template for the whole run. `TEST_DATABASE_URL`
 * (a superuser's) points the suite at another server, PostgreSQL 15 or later.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { adminUrl: given, stop: async () => {} } : await startThrowawayServer();
  const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
  const templateName = `template_${process.pid}_${Date.now().toString(36)}`;
  const teardown = async () => {
    // And what it was cloned to and seeded.
    const made = await admin<{ name: string }[]>`
      select datname as name from pg_database where starts_with(datname, ${templateName})`;
    for (const { name } of made) await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end({ timeout: 5 });
    await server.stop();
  };
  try {
    await createApiRole(admin, new URL(server.adminUrl).password);
    // template0, because another server's template1 may have a locale without Chinese letters.
    await admin.unsafe(`create database ${templateName} template template0 encoding 'UTF8' locale 'C.UTF-8'`);
    await migrateDatabase(databaseUrl(server.adminUrl, templateName), { apiRole });
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('adminUrl', server.adminUrl);
  project.provide('templateName', templateName);
  return teardown;
}

/** Roles belong to the whole server, so a run beside this one may be making it too. */
async function createApiRole(admin: postgres.Sql, password: string): Promise<void> {
  const secret = password && `password '${decodeURIComponent(password).replaceAll("'", "''")}'`;
  await admin.unsafe(
    `do $$ begin create role ${apiRole} login ${secret}; exception when duplicate_object or unique_violation then null; end $$`,
  );
}

const databaseUrl = (adminUrl: string, name: string): string => {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
};
