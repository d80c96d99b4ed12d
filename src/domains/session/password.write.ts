import { eq, sql } from 'drizzle-orm';
import type { Viewer } from '../../core/access/viewer.ts';
import type { Database } from '../../core/database/database.ts';
import { badInput, forbidden, type Issue, notFound, unauthenticated } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import type { Authority } from '../../core/session/authority.ts';
import { checkPassword, maxPasswordLength } from '../employee/employee.check.ts';
import { employee } from '../employee/employee.table.ts';
import { endOtherSessions, endSessionsOf } from './session.service.ts';
import { countSignIn, forgiveAccount, forgiveSignIn, withdrawSignIn } from './sign-in-throttle.ts';

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
  /** Network address of the caller. */
  address: string;
  now: Date;
}

/**
 * Replaces the viewer's own password and ends their other sessions.
 *
 * Wrong current passwords count like failed sign-ins. Errors: BAD_USER_INPUT naming every violation (WRONG_PASSWORD also
 * for an account without a password), RATE_LIMITED like `signIn`.
 */
export async function changePassword(
  db: Database,
  { passwords }: Pick<Authority, 'passwords'>,
  viewer: Viewer,
  { currentPassword, newPassword, address, now }: PasswordChange,
): Promise<void> {
  const issues = checkPassword(newPassword, ['input', 'newPassword']);
  // Nothing longer can be one, and hashing it would take time.
  if ([...currentPassword].length > maxPasswordLength) issues.push(wrongPassword());
  if (issues.length > 0) throw badInput(issues);
  const [account] = await db
    .select({ email: employee.email, passwordHash: employee.passwordHash })
    .from(employee)
    .where(eq(employee.id, viewer.id));
  const attempt = { account: (account?.email ?? '').toLowerCase(), address, now };
  await countSignIn(db, attempt);
  let matches: boolean;
  try {
    matches = await passwords.verify(account?.passwordHash ?? null, currentPassword);
  } catch (error) {
    await withdrawSignIn(db, attempt);
    throw error;
  }
  if (!matches) throw badInput([wrongPassword()]);
  const passwordHash = await passwords.hash(newPassword);
  await db.transaction(async (tx) => {
    // Unless an administrator or another device has set it meanwhile, which ended this session.
    if (!(await replacePassword(tx, viewer, account?.passwordHash as string, passwordHash)))
      throw unauthenticated();
    await endOtherSessions(tx, viewer, 'PASSWORD');
  });
  await forgiveSignIn(db, attempt);
}

/**
 * Sets an employee's password and ends all their sessions; for administrators. Failed sign-ins are forgiven.
 *
 * Errors: NOT_FOUND, FORBIDDEN for one's own (see {@link changePassword}), BAD_USER_INPUT naming every violation,
 * RATE_LIMITED when too many passwords are being hashed.
 */
export async function resetPassword(
  db: Database,
  { passwords }: Pick<Authority, 'passwords'>,
  viewer: Viewer,
  input: { id: string; password: string },
): Promise<string> {
  const id = requireId(
    'emp',
    input.id,
    ['input', 'id'],
    checkPassword(input.password, ['input', 'password']),
  );
  if (id === viewer.id) throw forbidden();
  const [account] = await db.select({ email: employee.email }).from(employee).where(eq(employee.id, id));
  if (!account) throw notFound();
  const passwordHash = await passwords.hash(input.password);
  await db.transaction(async (tx) => {
    await setPassword(tx, id, passwordHash);
    await endSessionsOf(tx, id, 'PASSWORD');
  });
  await forgiveAccount(db, account.email.toLowerCase());
  return id;
}

/** Replaces the password that was verified, from a session that is still open. False if either has changed. */
async function replacePassword(
  tx: Database,
  { id, sessionId }: Viewer,
  verified: string,
  passwordHash: string,
): Promise<boolean> {
  const replaced = await tx.execute(sql`
    update ${employee} set password_hash = ${passwordHash}
    where id = ${id} and password_hash = ${verified} and disabled_at is null
      and exists (select from session where session.id = ${sessionId} and ended_at is null)
    returning 1`);
  return replaced.length > 0;
}

async function setPassword(tx: Database, id: string, passwordHash: string): Promise<void> {
  await tx.update(employee).set({ passwordHash }).where(eq(employee.id, id));
}

const wrongPassword = (): Issue => ({
  path: ['input', 'currentPassword'],
  code: 'WRONG_PASSWORD',
  message: 'This is not your current password. (当前密码不正确。)',
});
