import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../core/database/database.ts';
import { badInputAt, unauthenticated } from '../../core/errors.ts';
import type { Authority } from '../../core/session/authority.ts';
import { newSecretToken } from '../../core/session/secret-token.ts';
import { employee } from '../employee/employee.table.ts';
import { hashRefreshToken } from './refresh-token.ts';
import { refreshToken, type SessionEndReason, session } from './session.table.ts';
import { countSignIn, forgiveSignIn, trimSignInAttempts, withdrawSignIn } from './sign-in-throttle.ts';

/** What a client gets when it signs in or refreshes. */
export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  /** When the access token expires; instant, ISO 8601. */
  expiresAt: string;
  viewerId: string;
  sessionId: string;
}

export interface SignInInput {
  email: string;
  password: string;
  /** Network address of the caller. */
  address: string;
  now: Date;
}

export interface RefreshInput {
  refreshToken: string;
  now: Date;
}

/** Longest possible e-mail address (RFC 5321). */
const maxEmailLength = 254;
const maxPasswordLength = 1_024;

/**
 * How long after its use a refresh token is accepted once more, for a client whose connection broke before the response
 * arrived. See {@link refreshSession}.
 */
const retryGraceMs = 10_000;

/**
 * Signs in with e-mail address and password and opens a session.
 *
 * A wrong password, an unknown or disabled account and one without a password cannot be distinguished: the same
 * statements run, one hash is verified, and all of them are UNAUTHENTICATED. Throws RATE_LIMITED past the limits of
 * {@link countSignIn} or when too many hashes are queued, BAD_USER_INPUT for oversized input.
 */
export async function signIn(
  db: Database,
  authority: Authority,
  { email, password, address, now }: SignInInput,
): Promise<SignedIn> {
  checkCredentials(email, password);
  const attempt = { account: email.trim().toLowerCase(), address, now };
  await countSignIn(db, attempt);
  const [account] = await db.execute<{ id: string; passwordHash: string | null }>(sql`
    select id, password_hash as "passwordHash" from ${employee}
    where lower(email) = ${attempt.account} and disabled_at is null`);
  let matches: boolean;
  try {
    matches = await authority.passwords.verify(account?.passwordHash ?? null, password);
  } catch (error) {
    await withdrawSignIn(db, attempt);
    throw error;
  }
  if (!account || !matches) throw wrongCredentials();
  const token = newSecretToken();
  const sessionId = await openSession(db, authority, {
    employeeId: account.id,
    verified: account.passwordHash as string,
    token,
    now,
  });
  await forgiveSignIn(db, attempt);
  return issue(authority, { employeeId: account.id, sessionId, token, now });
}

/**
 * Exchanges a refresh token for a new pair. Throws UNAUTHENTICATED when the session is over or the token unknown.
 *
 * A token works once. If it is used a second time, two parties hold it and one of them stole it, so the session ends
 * for both. One kind of second use is innocent: a phone whose connection broke before the response arrived. So a used
 * token is exchanged again within 10 seconds, provided that its successor has not been used; that successor is revoked.
 * A thief gains nothing: of the two successors only the newer works, and using the older ends the session. A client
 * must therefore refresh from one place at a time.
 */
export async function refreshSession(
  db: Database,
  authority: Authority,
  input: RefreshInput,
): Promise<SignedIn> {
  const token = newSecretToken();
  const line = await db.transaction((tx) => exchange(tx, authority, input, token));
  // Thrown only now: inside the transaction it would roll back the end of a session whose token was reused.
  if (!line) throw unauthenticated('This session has ended; sign in again. (会话已结束，请重新登录。)');
  return issue(authority, { ...line, token, now: input.now });
}

/** Ends one session at once. Ending an ended session changes nothing. */
export async function endSession(db: Database, sessionId: string, reason: SessionEndReason): Promise<void> {
  await endWhere(db, sql`id = ${sessionId}`, reason);
}

/** Ends all sessions of an employee at once. Returns how many were open. */
export const endSessionsOf = (db: Database, employeeId: string, reason: SessionEndReason): Promise<number> =>
  endWhere(db, sql`employee_id = ${employeeId}`, reason);

/** Ends all sessions of an employee but one. */
export const endOtherSessions = (
  db: Database,
  { id, sessionId }: { id: string; sessionId: string },
  reason: SessionEndReason,
): Promise<number> => endWhere(db, sql`employee_id = ${id} and id <> ${sessionId}`, reason);

/**
 * Notifies every instance, when the transaction commits, to check this employee's rights again. Sockets of ended
 * sessions and of disabled employees are closed then. Like any notification it is only a hint.
 */
export async function announceAccessChange(db: Database, employeeId: string): Promise<void> {
  await db.execute(sql`select pg_notify('access_changed', ${employeeId})`);
}

/** Deletes expired sessions, refresh tokens and sign-in counters and returns how many. Run periodically. */
export async function trimSessions(db: Database, now: Date): Promise<number> {
  const at = now.toISOString();
  const sessions = await db.execute(sql`delete from ${session} where expires_at <= ${at} returning 1`);
  const tokens = await db.execute(sql`delete from ${refreshToken} where expires_at <= ${at} returning 1`);
  return sessions.length + tokens.length + (await trimSignInAttempts(db, now));
}

const wrongCredentials = () =>
  unauthenticated('The e-mail address or the password is wrong. (邮箱或密码错误。)');

function checkCredentials(email: string, password: string): void {
  if (email.length > maxEmailLength || email.includes('\0')) {
    throw badInputAt(['input', 'email'], 'INVALID', 'This is not an e-mail address. (邮箱地址无效。)');
  }
  if (password.length > maxPasswordLength) {
    throw badInputAt(
      ['input', 'password'],
      'TOO_LONG',
      `A password has at most ${maxPasswordLength} characters. (密码最多 ${maxPasswordLength} 个字符。)`,
    );
  }
}

interface Opening {
  employeeId: string;
  token: string;
  now: Date;
}

async function openSession(
  db: Database,
  authority: Authority,
  { employeeId, verified, token, now }: Opening & { verified: string },
): Promise<string> {
  const [opened] = await db.execute<{ sessionId: string }>(sql`
    with opened as (
      insert into ${session} (employee_id, created_at, expires_at)
      select id, ${now.toISOString()}::timestamptz, ${later(now, authority.sessionTtlMs)}
      from ${employee} where id = ${employeeId} and disabled_at is null and password_hash = ${verified}
      for share of ${employee}
      returning id
    )
    insert into ${refreshToken} (token_hash, session_id, created_at, expires_at)
    select ${hashRefreshToken(token)}, id, ${now.toISOString()}::timestamptz,
           ${later(now, Math.min(authority.refreshTokenTtlMs, authority.sessionTtlMs))} from opened
    returning session_id as "sessionId"`);
  // The employee was disabled, or their password set, while the hash was computed. The row is locked, so that whoever sets
  // it either is waited for here or finds this session and ends it.
  if (!opened) throw wrongCredentials();
  return opened.sessionId;
}

type Line = { sessionId: string; employeeId: string };

/** Replaces the session's valid token by `successor`; null if the session has none, or has none any more. */
async function exchange(
  tx: Database,
  authority: Authority,
  { refreshToken: presented, now }: RefreshInput,
  successor: string,
): Promise<Line | null> {
  const tokenHash = hashRefreshToken(presented);
  const at = sql`${now.toISOString()}::timestamptz`;
  // One statement locks and the next reads: a statement that had to wait for the lock would still see the tokens as
  // they were before it waited.
  await tx.execute(sql`
    select 1 from ${session}
    where id = (select session_id from ${refreshToken} where token_hash = ${tokenHash}) for no key update`);
  const [line] = await tx.execute<Line & { unused: boolean; retried: boolean }>(sql`
    select s.id as "sessionId", s.employee_id as "employeeId", t.used_at is null as unused,
           coalesce(t.used_at > ${later(now, -retryGraceMs)}, false) and exists (
             select from ${refreshToken} successor
             where successor.predecessor_hash = t.token_hash and successor.session_id = s.id
               and successor.used_at is null) as retried
    from ${refreshToken} t
    join ${session} s on s.id = t.session_id
    join ${employee} e on e.id = s.employee_id
    where t.token_hash = ${tokenHash} and t.expires_at > ${at}
      and s.ended_at is null and s.expires_at > ${at} and e.disabled_at is null`);
  if (!line) return null;
  if (!line.unused && !line.retried) {
    await endSession(tx, line.sessionId, 'REUSE');
    return null;
  }
  // The token presented or, on a retry, its successor that never arrived.
  await tx.execute(sql`
    update ${refreshToken} set used_at = ${at} where session_id = ${line.sessionId} and used_at is null`);
  await tx.execute(sql`
    insert into ${refreshToken} (token_hash, session_id, created_at, expires_at, predecessor_hash)
    select ${hashRefreshToken(successor)}, id, ${at}, least(expires_at, ${later(now, authority.refreshTokenTtlMs)}),
           ${tokenHash}
    from ${session} where id = ${line.sessionId}`);
  return line;
}

async function endWhere(db: Database, condition: SQL, reason: SessionEndReason): Promise<number> {
  // The statement that ends sessions also sends the notification, so that no caller can forget it.
  const rows = await db.execute(sql`
    with ended as (
      update ${session} set ended_at = now(), end_reason = ${reason}
      where ${condition} and ended_at is null returning employee_id
    )
    select pg_notify('access_changed', employee_id::text) from ended`);
  return rows.length;
}

async function issue(
  { tokens }: Authority,
  { employeeId, sessionId, token, now }: Line & Opening,
): Promise<SignedIn> {
  const access = await tokens.sign({ employeeId, sessionId }, now);
  return {
    accessToken: access.token,
    refreshToken: token,
    expiresAt: access.expiresAt,
    viewerId: employeeId,
    sessionId,
  };
}

const later = (now: Date, ms: number): SQL => sql`${new Date(now.getTime() + ms).toISOString()}::timestamptz`;
