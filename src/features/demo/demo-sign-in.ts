import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { and, inArray, isNotNull } from 'drizzle-orm';
import type { Config } from '../../config/config.ts';
import { type Database, writeAs } from '../../core/database/database.ts';
import { readOrCreateSecret } from '../../core/secret-file.ts';
import type { PasswordHasher } from '../../core/session/password.ts';
import { employee } from '../../domains/employee/employee.table.ts';
import { demoEmail, demoStaff } from './demo-accounts.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/**
 * The shared password of the demo accounts, or null where they may not sign in: they may only with the embedded
 * database and while the server listens on a loopback address. It is `DEMO_PASSWORD`, or else a password that is
 * generated on first use and stored in the data folder.
 */
export function demoPassword(
  config: Pick<Config, 'databaseUrl' | 'host' | 'dataDir' | 'demoPassword'>,
): string | null {
  if (config.databaseUrl || !loopback.test(config.host)) return null;
  return (
    config.demoPassword ??
    readOrCreateSecret(join(config.dataDir, 'demo-password'), () => randomBytes(9).toString('base64url'))
  );
}

/**
 * Sets the password of the demo accounts in a seeded database, or removes it for null, since the setting or the address
 * may have changed since the seeding. To be called at start. If nothing changed, it costs one verification; without
 * demo accounts it does nothing.
 */
export async function settleDemoPassword(
  db: Database,
  passwords: Pick<PasswordHasher, 'hash' | 'verify'>,
  password: string | null,
): Promise<void> {
  const emails = demoStaff.map(({ account }) => demoEmail(account));
  const accounts = await db
    .select({ passwordHash: employee.passwordHash })
    .from(employee)
    .where(inArray(employee.email, emails));
  const first = accounts[0];
  if (!first) return;
  const isSettled = password
    ? first.passwordHash !== null && (await passwords.verify(first.passwordHash, password))
    : accounts.every(({ passwordHash }) => passwordHash === null);
  if (isSettled) return;
  const passwordHash = password && (await passwords.hash(password));
  await writeAs(db, { actorId: null, source: 'SEED' }, async (tx) => {
    await tx
      .update(employee)
      .set({ passwordHash })
      .where(
        and(inArray(employee.email, emails), passwordHash ? undefined : isNotNull(employee.passwordHash)),
      );
  });
}
