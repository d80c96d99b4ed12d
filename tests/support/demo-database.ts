import { seedDemoCompany } from '../../src/features/demo/demo-company.ts';
import type { TestDatabase } from './database.ts';
import { createSeededDatabase } from './seeded-database.ts';

/** 31 August: six months earlier there is no 31st. */
export const demoSeededAt = new Date('2026-08-31T04:30:00.000Z');

/** A database of the test file's own that holds the demo company. */
export const createDemoDatabase = (): Promise<TestDatabase> =>
  createSeededDatabase('demo', (db) => seedDemoCompany(db, { passwordHash: null, now: demoSeededAt }));
