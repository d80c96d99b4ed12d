import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rateLimited } from '../../src/core/errors.ts';
import { signIn, trimSessions } from '../../src/domains/session/session.service.ts';
import { signInAttempt } from '../../src/domains/session/session.table.ts';
import { networkOf } from '../../src/domains/session/sign-in-throttle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addEmployee,
  countVerifications,
  later,
  minuteMs,
  newAuthority,
  now,
  password,
  refusal,
} from './staff.ts';

let database: TestDatabase;
const authority = newAuthority();

beforeAll(async () => {
  database = await createTestDatabase();
  await addEmployee(database.db, { email: 'known@demo.example' });
  await addEmployee(database.db, { email: 'colleague@demo.example' });
});
afterAll(() => database.close());
beforeEach(() => database.db.delete(signInAttempt));

interface Guess {
  email?: string;
  secret?: string;
  address?: string;
  at?: Date;
  by?: typeof authority;
}
const attempt = ({
  email = 'known@demo.example',
  secret = 'wrong',
  address = '203.0.113.7',
  at = now,
  by = authority,
}: Guess = {}) => signIn(database.db, by, { email, password: secret, address, now: at });
const guess = async (options: Guess = {}) => (await refusal(attempt(options))).code;
/** The authority with another judge of passwords, where the hash itself does not matter. */
const judging = (verify: typeof authority.passwords.verify) => ({
  ...authority,
  passwords: { ...authority.passwords, verify },
});
const times = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));
const tally = (codes: unknown[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const code of codes) sums[`${code}`] = (sums[`${code}`] ?? 0) + 1;
  return sums;
};

describe('wrong passwords', () => {
  test.each(['known@demo.example', 'nobody@demo.example'])(
    '50 at once for %s are throttled at exactly the tenth',
    async (email) => {
      const counting = countVerifications(authority);
      const codes = await times(50, (n) =>
        guess({ email, address: `203.0.113.${n}`, by: counting.authority }),
      );
      expect(tally(codes)).toEqual({ UNAUTHENTICATED: 10, RATE_LIMITED: 40 });
      expect(counting.verified).toHaveLength(10);
    },
  );

  test('150 at once from one address, each for another account, are throttled at exactly the hundredth', async () => {
    const instant = judging(async () => false);
    const codes = await times(150, (n) => guess({ email: `n${n}@demo.example`, by: instant }));
    expect(tally(codes)).toEqual({ UNAUTHENTICATED: 100, RATE_LIMITED: 50 });
  });

  test('from a throttled address no longer count against the accounts they name', async () => {
    const instant = judging(async () => false);
    await times(100, (n) => guess({ email: `n${n}@demo.example`, by: instant }));
    await times(30, () => guess());
    expect((await attempt({ secret: password, address: '198.51.100.1' })).viewerId).toBeDefined();
  });

  test('however an account is written, they count against the same one', async () => {
    const spellings = ['known@demo.example', 'KNOWN@DEMO.EXAMPLE', ' Known@demo.example '];
    const codes = await times(12, (n) => guess({ email: spellings[n % 3]! }));
    expect(tally(codes)).toEqual({ UNAUTHENTICATED: 10, RATE_LIMITED: 2 });
  });
});

describe('a throttled account', () => {
  beforeEach(() => times(10, () => guess()));

  test('refuses the right password too, and says how long to wait', async () => {
    const error = await attempt({ secret: password, at: later(5 * minuteMs) }).catch((thrown) => thrown);
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 600 });
  });

  test('opens again when the window is over, however often it was tried in between', async () => {
    await times(5, () => guess({ at: later(14 * minuteMs) }));
    expect((await attempt({ secret: password, at: later(15 * minuteMs) })).viewerId).toBeDefined();
  });

  test('leaves other accounts alone', async () => {
    expect((await attempt({ email: 'colleague@demo.example', secret: password })).viewerId).toBeDefined();
  });
});

describe('a success', () => {
  test('gives the account its full allowance back', async () => {
    await times(9, () => guess());
    await attempt({ secret: password });
    expect(tally(await times(11, () => guess()))).toEqual({ UNAUTHENTICATED: 10, RATE_LIMITED: 1 });
  });

  test('costs the address nothing, so an office may sign in behind one router', async () => {
    const instant = judging(async () => true);
    for (let n = 0; n < 120; n += 1) await attempt({ secret: password, by: instant });
  });

  test('does not wipe out the failures of its address', async () => {
    const refusing = judging(async () => false);
    await times(99, (n) => guess({ email: `n${n}@demo.example`, by: refusing }));
    await attempt({ secret: password });
    expect(await guess({ email: 'a@demo.example', by: refusing })).toBe('UNAUTHENTICATED');
    expect(await guess({ email: 'b@demo.example', by: refusing })).toBe('RATE_LIMITED');
  });
});

test('attempts the server had no room to check do not count', async () => {
  const full = judging(() => Promise.reject(rateLimited(2)));
  for (let n = 0; n < 15; n += 1) expect(await guess({ by: full })).toBe('RATE_LIMITED');
  expect((await attempt({ secret: password })).viewerId).toBeDefined();
  const counters = await database.db.select().from(signInAttempt);
  expect(counters.map(({ failures }) => failures)).toEqual([0]);
});

test('the counters hold no e-mail address and no network address', async () => {
  await guess({ email: 'nobody@demo.example' });
  const stored = JSON.stringify(await database.db.select().from(signInAttempt));
  expect(stored).not.toContain('nobody');
  expect(stored).not.toContain('203.0.113.7');
});

test('counters are deleted once their window is over, and not before', async () => {
  await guess();
  expect(await trimSessions(database.db, later(14 * minuteMs))).toBe(0);
  expect(await trimSessions(database.db, later(15 * minuteMs))).toBe(2);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('callers from %j are counted as %j', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
