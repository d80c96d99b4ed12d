import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { demoStaff } from '../../src/features/demo/demo-accounts.ts';
import { demoPassword, settleDemoPassword } from '../../src/features/demo/demo-sign-in.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const passwords = createPasswordHasher();
let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 2 });
  dataDir = await mkdtemp(join(tmpdir(), 'customer-file-demo-'));
  await database.db.insert(employee).values([
    { email: 'admin@demo.example', name: '方启宁', role: 'ADMIN' },
    { email: 'sales1@demo.example', name: '陆子轩', role: 'SALES' },
    { email: 'someone@else.example', name: '某人', role: 'ADMIN', passwordHash: 'kept' },
  ]);
});
afterAll(async () => {
  await database.close();
  await rm(dataDir, { recursive: true });
});

describe('the demo password', () => {
  const local = { databaseUrl: undefined, host: '127.0.0.1', demoPassword: undefined };

  test('exists only with the embedded database on a loopback address', () => {
    const given = { ...local, dataDir, demoPassword: 'from the setting' };
    expect(demoPassword(given)).toBe('from the setting');
    for (const host of ['localhost', '::1', '127.0.0.2'])
      expect(demoPassword({ ...given, host })).not.toBeNull();
    for (const host of ['0.0.0.0', '::', '192.168.1.7', 'crm.example', '127.0.0.1.crm.example']) {
      expect(demoPassword({ ...given, host })).toBeNull();
    }
    expect(demoPassword({ ...given, databaseUrl: 'postgres://crm@db.example/crm' })).toBeNull();
  });

  test('is made once when none is set', () => {
    const made = demoPassword({ ...local, dataDir });
    expect(made).toHaveLength(12);
    expect(demoPassword({ ...local, dataDir })).toBe(made);
  });
});

describe('at a start', () => {
  const hashes = async () => {
    const rows = await database.db.select().from(employee).orderBy(sql`${employee.email}`);
    return rows.map(({ passwordHash }) => passwordHash);
  };

  test('the demo accounts take on the password of that start, and nobody else does', async () => {
    await settleDemoPassword(database.db, passwords, 'first password');
    const [admin, sales1, someone] = await hashes();
    expect(await passwords.verify(admin ?? null, 'first password')).toBe(true);
    expect(sales1).toBe(admin);
    expect(someone).toBe('kept');
    await settleDemoPassword(database.db, passwords, 'second password');
    expect(await passwords.verify((await hashes())[1] ?? null, 'second password')).toBe(true);
  });

  test('a password that still holds is left as it is', async () => {
    const before = await hashes();
    await settleDemoPassword(database.db, passwords, 'second password');
    expect(await hashes()).toEqual(before);
  });

  test('the demo accounts lose their password where they may not sign in', async () => {
    await settleDemoPassword(database.db, passwords, null);
    expect(await hashes()).toEqual([null, null, 'kept']);
  });
});

test('no two people share an account', () => {
  expect(new Set(demoStaff.map(({ account }) => account)).size).toBe(demoStaff.length);
});
