import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findViewer } from '../../src/core/session/authenticate.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import {
  endSession,
  refreshSession,
  type SignedIn,
  signIn,
  trimSessions,
} from '../../src/domains/session/session.service.ts';
import { refreshToken, session } from '../../src/domains/session/session.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, dayMs, later, minuteMs, newAuthority, now, password, refusal } from './staff.ts';

let database: TestDatabase;
let employeeId: string;
let opened: SignedIn;
const authority = newAuthority();
const email = 'sales1@demo.example';

beforeAll(async () => {
  database = await createTestDatabase();
  employeeId = await addEmployee(database.db, { email });
});
afterAll(() => database.close());
beforeEach(async () => {
  opened = await signIn(database.db, authority, { email, password, address: '203.0.113.7', now });
});

const refresh = (token: string, at = later(minuteMs)) =>
  refreshSession(database.db, authority, { refreshToken: token, now: at });
const refused = async (token: string, at?: Date) => (await refusal(refresh(token, at))).code;
const sessionRow = async () => {
  const [row] = await database.db.select().from(session).where(eq(session.id, opened.sessionId));
  return row!;
};
const liveTokens = async () => {
  const rows = await database.db
    .select()
    .from(refreshToken)
    .where(sql`session_id = ${opened.sessionId} and used_at is null`);
  return rows.length;
};

describe('a refresh token', () => {
  test('is exchanged for a new pair in the same session', async () => {
    const next = await refresh(opened.refreshToken);
    expect(next.refreshToken).not.toBe(opened.refreshToken);
    expect(next).toMatchObject({ viewerId: employeeId, sessionId: opened.sessionId });
    expect(Date.parse(next.expiresAt)).toBe(later(16 * minuteMs).getTime());
    const claims = await authority.tokens.verify(next.accessToken, later(minuteMs));
    expect(await findViewer(database.db, claims!, later(minuteMs))).toMatchObject({ id: employeeId });
  });

  test('used a second time ends the session for whoever holds any of its tokens', async () => {
    const next = await refresh(opened.refreshToken);
    const newest = await refresh(next.refreshToken);
    expect(await refused(opened.refreshToken, later(2 * minuteMs))).toBe('UNAUTHENTICATED');
    expect(await refused(newest.refreshToken)).toBe('UNAUTHENTICATED');
    const claims = await authority.tokens.verify(newest.accessToken, now);
    expect(await findViewer(database.db, claims!, now)).toBeNull();
    expect(await sessionRow()).toMatchObject({ endReason: 'REUSE' });
  });

  test('used a second time leaves the other sessions of the employee alone', async () => {
    const elsewhere = await signIn(database.db, authority, { email, password, address: '203.0.113.8', now });
    await refresh((await refresh(opened.refreshToken)).refreshToken);
    await refused(opened.refreshToken, later(2 * minuteMs));
    expect((await refresh(elsewhere.refreshToken)).sessionId).toBe(elsewhere.sessionId);
  });

  test.each(['', 'x', '令牌', 'A'.repeat(43), 'A'.repeat(100_000)])('is not %j', async (token) => {
    expect(await refused(token)).toBe('UNAUTHENTICATED');
    expect(await liveTokens()).toBe(1);
  });

  test('is not the access token, and the access token is not one', async () => {
    expect(await refused(opened.accessToken)).toBe('UNAUTHENTICATED');
    expect(await authority.tokens.verify(opened.refreshToken, now)).toBeNull();
  });

  test('expires after 30 days without use, and a session after 90 days of use', async () => {
    const day = (n: number) => later(n * dayMs);
    let token = opened.refreshToken;
    for (const n of [29, 58, 87]) token = (await refresh(token, day(n))).refreshToken;
    expect((await refresh(token, day(89))).sessionId).toBe(opened.sessionId);
    expect(await refused(token, day(90))).toBe('UNAUTHENTICATED');

    const idle = await signIn(database.db, authority, { email, password, address: '203.0.113.7', now });
    expect(await refused(idle.refreshToken, day(30))).toBe('UNAUTHENTICATED');
  });

  test('of an employee who has been disabled is refused', async () => {
    const id = await addEmployee(database.db, { email: 'leaving@demo.example' });
    const theirs = await signIn(database.db, authority, {
      email: 'leaving@demo.example',
      password,
      address: '203.0.113.7',
      now,
    });
    await database.db.update(employee).set({ disabledAt: now.toISOString() }).where(eq(employee.id, id));
    expect(await refused(theirs.refreshToken)).toBe('UNAUTHENTICATED');
  });

  test('of a session that was signed out is refused', async () => {
    await endSession(database.db, opened.sessionId, 'LOGOUT');
    expect(await refused(opened.refreshToken)).toBe('UNAUTHENTICATED');
    expect(await sessionRow()).toMatchObject({ endReason: 'LOGOUT' });
  });
});

describe('a client that never saw the answer', () => {
  const sent = later(minuteMs);
  const within = new Date(sent.getTime() + 9_000);
  const tooLate = new Date(sent.getTime() + 10_000);

  test('may send the same token again within ten seconds and goes on with the session', async () => {
    await refresh(opened.refreshToken, sent);
    const retried = await refresh(opened.refreshToken, within);
    expect((await refresh(retried.refreshToken, later(10 * minuteMs))).sessionId).toBe(opened.sessionId);
  });

  test('may even lose the second answer', async () => {
    await refresh(opened.refreshToken, sent);
    await refresh(opened.refreshToken, within);
    const retried = await refresh(opened.refreshToken, within);
    expect((await refresh(retried.refreshToken, later(10 * minuteMs))).sessionId).toBe(opened.sessionId);
  });

  test('comes too late after ten seconds, which do not begin again with each retry', async () => {
    await refresh(opened.refreshToken, sent);
    await refresh(opened.refreshToken, within);
    expect(await refused(opened.refreshToken, tooLate)).toBe('UNAUTHENTICATED');
    expect(await sessionRow()).toMatchObject({ endReason: 'REUSE' });
  });

  test('is not to be believed once the successor has been used', async () => {
    const next = await refresh(opened.refreshToken, sent);
    await refresh(next.refreshToken, sent);
    expect(await refused(opened.refreshToken, within)).toBe('UNAUTHENTICATED');
    expect(await sessionRow()).toMatchObject({ endReason: 'REUSE' });
  });

  test('leaves no second line: who presents the withdrawn successor ends the session', async () => {
    const withdrawn = await refresh(opened.refreshToken, sent);
    const retried = await refresh(opened.refreshToken, within);
    expect(await liveTokens()).toBe(1);
    expect(await refused(withdrawn.refreshToken, within)).toBe('UNAUTHENTICATED');
    expect(await refused(retried.refreshToken, within)).toBe('UNAUTHENTICATED');
  });
});

describe('refreshes at the same time', () => {
  test('leave exactly one line of the session alive', async () => {
    const twins = await Promise.all([refresh(opened.refreshToken), refresh(opened.refreshToken)]);
    expect(await liveTokens()).toBe(1);
    const outcomes = [];
    for (const { refreshToken: token } of twins) outcomes.push(await refusal(refresh(token)));
    expect(outcomes.filter(({ code }) => code === 'UNAUTHENTICATED').length).toBeGreaterThanOrEqual(1);
    expect(await liveTokens()).toBe(1);
  });

  test('of a token already used more than ten seconds ago all fail', async () => {
    await refresh(opened.refreshToken);
    const late = later(2 * minuteMs);
    const codes = await Promise.all(Array.from({ length: 10 }, () => refused(opened.refreshToken, late)));
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED']));
    expect(await sessionRow()).toMatchObject({ endReason: 'REUSE' });
  });

  test('forty of three generations neither deadlock nor leave two lines', async () => {
    const second = await refresh(opened.refreshToken);
    const third = await refresh(second.refreshToken);
    const tokens = [opened, second, third].map((pair) => pair.refreshToken);
    const codes = await Promise.all(Array.from({ length: 40 }, (_, n) => refused(tokens[n % 3]!)));
    expect(codes.filter((code) => code !== 'no refusal' && code !== 'UNAUTHENTICATED')).toEqual([]);
    expect(await liveTokens()).toBe(1);
    expect(await sessionRow()).toMatchObject({ endReason: 'REUSE' });
  });
});

test('what is past its time is deleted, and the tokens that reveal reuse are kept until then', async () => {
  await refresh(opened.refreshToken, later(dayMs));
  const kept = async () =>
    (await database.db.select().from(refreshToken).where(eq(refreshToken.sessionId, opened.sessionId)))
      .length;
  await trimSessions(database.db, later(29 * dayMs));
  expect(await kept()).toBe(2);
  await trimSessions(database.db, later(30 * dayMs));
  expect(await kept()).toBe(1);
  await trimSessions(database.db, later(90 * dayMs));
  expect(await sessionRow()).toBeUndefined();
});
