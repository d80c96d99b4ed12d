import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findViewer } from '../../src/core/session/authenticate.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { signIn } from '../../src/domains/session/session.service.ts';
import { signInAttempt } from '../../src/domains/session/session.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, countVerifications, minuteMs, newAuthority, now, password, refusal } from './staff.ts';

let database: TestDatabase;
let knownId: string;
const authority = newAuthority();
const address = '203.0.113.7';

beforeAll(async () => {
  database = await createTestDatabase();
  knownId = await addEmployee(database.db, { email: 'Known@demo.example' });
  await addEmployee(database.db, { email: 'disabled@demo.example', disabledAt: now.toISOString() });
  await addEmployee(database.db, { email: 'sso-only@demo.example', passwordHash: null });
});
afterAll(() => database.close());
beforeEach(() => database.db.delete(signInAttempt));

const attempt = (email: string, secret: string, by = authority) =>
  signIn(database.db, by, { email, password: secret, address, now });

describe('sign-in', () => {
  test('with the right password opens a session that its access token leads back to', async () => {
    const session = await attempt('known@demo.example', password);
    expect(session.viewerId).toBe(knownId);
    expect(Date.parse(session.expiresAt)).toBe(now.getTime() + 15 * minuteMs);
    const claims = await authority.tokens.verify(session.accessToken, now);
    expect(await findViewer(database.db, claims!, now)).toEqual({
      id: knownId,
      name: '王芳',
      email: 'Known@demo.example',
      role: 'SALES',
      teamId: null,
      sessionId: session.sessionId,
      leads: [],
      groups: [],
    });
  });

  test('takes the e-mail address in any case and with blanks around it', async () => {
    expect((await attempt('  KNOWN@Demo.example ', password)).viewerId).toBe(knownId);
  });

  test('hands out 256 random bits for refreshing and stores neither them nor the access token', async () => {
    const { refreshToken, accessToken } = await attempt('known@demo.example', password);
    expect(Buffer.from(refreshToken, 'base64url')).toHaveLength(32);
    const [{ stored }] = (await database.db.execute(sql`
      select json_agg(t)::text || json_agg(s)::text as stored from session s join refresh_token t on t.session_id = s.id`)) as unknown as [
      { stored: string },
    ];
    expect(stored).not.toContain(refreshToken);
    expect(stored).not.toContain(accessToken);
  });

  test('answers alike for a wrong password and for accounts unknown, disabled or without a password', async () => {
    const strangers = [
      ['known@demo.example', 'wrong'],
      ['nobody@demo.example', 'wrong'],
      ['disabled@demo.example', password],
      ['sso-only@demo.example', password],
      ['sso-only@demo.example', ''],
      ["' or true --", password],
      ['', ''],
    ] as const;
    const answers = [];
    for (const [email, secret] of strangers) {
      const counting = countVerifications(authority);
      database.statements.length = 0;
      const answer = await refusal(attempt(email, secret, counting.authority));
      answers.push({ ...answer, hashes: counting.verified.length, statements: [...database.statements] });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ code: 'UNAUTHENTICATED', hashes: 1 });
  });

  test('of an employee disabled while the hash was computed is refused', async () => {
    const id = await addEmployee(database.db, { email: 'leaving@demo.example' });
    const slow: typeof authority = {
      ...authority,
      passwords: {
        ...authority.passwords,
        verify: async (passwordHash, secret) => {
          const matches = await authority.passwords.verify(passwordHash, secret);
          await database.db
            .update(employee)
            .set({ disabledAt: now.toISOString() })
            .where(eq(employee.id, id));
          return matches;
        },
      },
    };
    expect((await refusal(attempt('leaving@demo.example', password, slow))).code).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['an endless e-mail address', `${'a'.repeat(300)}@demo.example`, password],
    ['an e-mail address PostgreSQL cannot hold', 'known\0@demo.example', password],
    ['an endless password', 'known@demo.example', 'x'.repeat(1_025)],
  ])('refuses %s as bad input without hashing', async (_what, email, secret) => {
    const counting = countVerifications(authority);
    expect((await refusal(attempt(email, secret, counting.authority))).code).toBe('BAD_USER_INPUT');
    expect(counting.verified).toEqual([]);
  });
});
