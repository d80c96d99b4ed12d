import { generateKeyPairSync } from 'node:crypto';
import type { Database } from '../../src/core/database/database.ts';
import { type Authority, type AuthorityOptions, createAuthority } from '../../src/core/session/authority.ts';
import { createPasswordHasher } from '../../src/core/session/password.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;
export const now = new Date('2025-03-03T08:00:00.000Z');
export const later = (ms: number): Date => new Date(now.getTime() + ms);

export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const newAuthority = (options: Partial<AuthorityOptions> = {}): Authority =>
  createAuthority({
    signingKey: newSigningKey(),
    issuer: 'customer-file',
    audience: 'customer-file-api',
    accessTokenTtlMs: 15 * minuteMs,
    refreshTokenTtlMs: 30 * dayMs,
    ...options,
  });

/** Counts the hashes an authority verifies, and notes which. */
export function countVerifications(authority: Authority): {
  authority: Authority;
  verified: (string | null)[];
} {
  const verified: (string | null)[] = [];
  const passwords: Authority['passwords'] = {
    ...authority.passwords,
    verify: (passwordHash, password) => {
      verified.push(passwordHash);
      return authority.passwords.verify(passwordHash, password);
    },
  };
  return { authority: { ...authority, passwords }, verified };
}

export const password = '正确的密码 correct horse';
const passwordHash = createPasswordHasher().hash(password);

/** Adds an employee with {@link password}; returns the id. */
export async function addEmployee(
  db: Database,
  values: Partial<typeof employee.$inferInsert> & { email: string },
): Promise<string> {
  const row = { name: '王芳', role: 'SALES' as const, passwordHash: await passwordHash, ...values };
  const [added] = await db.insert(employee).values(row).returning({ id: employee.id });
  return added!.id;
}

/** The error a promise is rejected with, as a client sees it. */
export const refusal = (work: Promise<unknown>): Promise<{ code: unknown; message: string }> =>
  work.then(
    () => ({ code: 'no refusal', message: '' }),
    (error) => ({ code: error.extensions?.code ?? error, message: error.message }),
  );
