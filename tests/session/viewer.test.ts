import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/core/access/viewer.ts';
import { queryBytes } from '../../src/core/database/database.ts';
import { accessSnapshotQuery } from '../../src/core/delivery/access-snapshot.ts';
import { createOpenSockets } from '../../src/core/graphql/transport/open-sockets.ts';
import type { AccessTokenClaims } from '../../src/core/session/access-token.ts';
import { authenticate, findViewer } from '../../src/core/session/authenticate.ts';
import { loadViewer } from '../../src/core/session/viewer.loader.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import {
  announceAccessChange,
  endSession,
  endSessionsOf,
  refreshSession,
  type SignedIn,
  signIn,
} from '../../src/domains/session/session.service.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, dayMs, later, newAuthority, now, password } from './staff.ts';

let database: TestDatabase;
let employeeId: string;
let opened: SignedIn;
let claims: AccessTokenClaims;
const authority = newAuthority();
const email = 'sales1@demo.example';
const open = () => signIn(database.db, authority, { email, password, address: '203.0.113.7', now });

beforeAll(async () => {
  database = await createTestDatabase();
  employeeId = await addEmployee(database.db, { email });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db
    .update(employee)
    .set({ disabledAt: null, role: 'SALES' })
    .where(eq(employee.id, employeeId));
  opened = await open();
  claims = (await authority.tokens.verify(opened.accessToken, now))!;
});

const change = (values: Partial<typeof employee.$inferInsert>) =>
  database.db.update(employee).set(values).where(eq(employee.id, employeeId));

describe('the viewer', () => {
  test('is found by one statement', async () => {
    database.statements.length = 0;
    expect(await findViewer(database.db, claims, now)).toMatchObject({ id: employeeId });
    expect(database.statements).toHaveLength(1);
  });

  test('is the same by every statement that finds them, with the teams they lead in order', async () => {
    const teams = await database.db.execute<{ id: string }>(
      sql`insert into team (name, leader_id) values ('西区', ${employeeId}), ('东区', ${employeeId}), ('北区', null) returning id`,
    );
    const viewer = await findViewer(database.db, claims, now);
    expect(viewer?.leads).toEqual(
      teams
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    );
    expect(await loadViewer(database.db, claims, now)).toEqual(viewer);
    const known = { ...(viewer as Viewer), name: '' };
    const { statement, read } = accessSnapshotQuery([{ viewer: known, fileIds: [] }], now);
    const answer = JSON.parse(String(await queryBytes(database.db, statement)));
    expect(read(answer)[0]?.viewer).toEqual(viewer);
    await database.db.execute(sql`update team set leader_id = null`);
    expect((await findViewer(database.db, claims, now))?.leads).toEqual([]);
  });

  test('is nobody from the instant the employee is disabled, whatever the token says', async () => {
    await change({ disabledAt: now.toISOString() });
    expect(await authority.tokens.verify(opened.accessToken, now)).not.toBeNull();
    expect(await findViewer(database.db, claims, now)).toBeNull();
  });

  test('has the role the database says now, not that of the sign-in', async () => {
    await change({ role: 'ANALYST' });
    expect(await findViewer(database.db, claims, now)).toMatchObject({ role: 'ANALYST' });
  });

  test('is nobody once the session is signed out, while other sessions go on', async () => {
    const elsewhere = await open();
    await endSession(database.db, opened.sessionId, 'LOGOUT');
    expect(await findViewer(database.db, claims, now)).toBeNull();
    const others = await authority.tokens.verify(elsewhere.accessToken, now);
    expect(await findViewer(database.db, others!, now)).toMatchObject({ sessionId: elsewhere.sessionId });
  });

  test('is nobody once the session has run its 90 days', async () => {
    expect(await findViewer(database.db, claims, later(89 * dayMs))).not.toBeNull();
    expect(await findViewer(database.db, claims, later(90 * dayMs))).toBeNull();
  });

  test('is nobody if the session is somebody else’s', async () => {
    const other = await addEmployee(database.db, { email: 'sales2@demo.example' });
    expect(await findViewer(database.db, { ...claims, employeeId: other }, now)).toBeNull();
  });
});

describe('whoever opens a socket', () => {
  test.each([
    ['once', 'somebody else’s rights change', () => '01890000-0000-7000-8000-00000000dead', 1],
    ['again', 'their own do', () => employeeId, 2],
  ])('is looked for %s when %s meanwhile', async (_times, _whose, changed, expected) => {
    const at = new Date();
    const { accessToken } = await signIn(database.db, authority, {
      email,
      password,
      address: '203.0.113.7',
      now: at,
    });
    const { db } = database;
    const sockets = createOpenSockets({ db, reviewDb: db, authority, socketsPerEmployee: 1 });
    const looks = () => database.statements.filter((text) => text.includes("'leads'")).length;
    let recognised: ReturnType<typeof sockets.authenticate> | undefined;
    await db.transaction(async (tx) => {
      // The answer cannot come before the change is heard of.
      await tx.execute(sql`lock table session in access exclusive mode`);
      database.statements.length = 0;
      recognised = sockets.authenticate(`Bearer ${accessToken}`);
      await expect.poll(looks).toBe(1);
      await sockets.review(changed());
    });
    expect((await recognised)?.viewer.id).toBe(employeeId);
    expect(looks()).toBe(expected);
  });
});

describe('an authorization header', () => {
  const sender = async (header: string | undefined) =>
    (await authenticate(database.db, authority, header, now))?.viewer.id ?? null;

  test('with an access token names its sender, and when the token expires', async () => {
    const recognised = await authenticate(database.db, authority, `Bearer ${opened.accessToken}`, now);
    expect(recognised?.viewer.id).toBe(employeeId);
    expect(recognised?.claims.expiresAt).toBe(opened.expiresAt);
    expect(await sender(`bearer ${opened.accessToken}`)).toBe(employeeId);
  });

  test('with anything else names nobody', async () => {
    const { accessToken, refreshToken } = opened;
    const headers = [undefined, '', 'Bearer', 'Bearer ', accessToken, `Basic ${accessToken}`];
    for (const header of [...headers, `Bearer ${refreshToken}`, `Bearer ${accessToken} x`]) {
      expect(await sender(header)).toBeNull();
    }
  });

  test('of a disabled employee or an ended session names nobody', async () => {
    await change({ disabledAt: now.toISOString() });
    expect(await sender(`Bearer ${opened.accessToken}`)).toBeNull();
    await change({ disabledAt: null });
    expect(await sender(`Bearer ${opened.accessToken}`)).toBe(employeeId);
    await endSession(database.db, opened.sessionId, 'LOGOUT');
    expect(await sender(`Bearer ${opened.accessToken}`)).toBeNull();
  });
});

describe('every instance hears at once', () => {
  /** Listens before `work` and resolves with the employee announced first. */
  const announcedBy = async (work: () => Promise<unknown>): Promise<string> => {
    let hear!: (employeeId: string) => void;
    const heard = new Promise<string>((resolve) => {
      hear = resolve;
    });
    const { unlisten } = await database.client.listen('access_changed', hear);
    try {
      await work();
      return await heard;
    } finally {
      await unlisten();
    }
  };

  test('of a sign-out', async () => {
    expect(await announcedBy(() => endSession(database.db, opened.sessionId, 'LOGOUT'))).toBe(employeeId);
  });

  test('of a session that ended because a token was reused', async () => {
    const exchange = (refreshToken: string, ms: number) =>
      refreshSession(database.db, authority, { refreshToken, now: later(ms) });
    await exchange(opened.refreshToken, 1_000);
    const reuse = () => exchange(opened.refreshToken, 60_000).catch(() => {});
    expect(await announcedBy(reuse)).toBe(employeeId);
  });

  test('of all sessions ended when an employee is disabled', async () => {
    await open();
    let ended = 0;
    const end = async () => {
      ended = await endSessionsOf(database.db, employeeId, 'DISABLED');
    };
    expect(await announcedBy(end)).toBe(employeeId);
    expect(ended).toBeGreaterThanOrEqual(2);
    expect(await endSessionsOf(database.db, employeeId, 'DISABLED')).toBe(0);
  });

  test('of any other change of rights that is announced, and only if its transaction commits', async () => {
    const abandoned = await addEmployee(database.db, { email: 'sales3@demo.example' });
    const work = async () => {
      await database.db
        .transaction(async (tx) => {
          await announceAccessChange(tx, abandoned);
          throw new Error('rolled back');
        })
        .catch(() => {});
      await announceAccessChange(database.db, employeeId);
    };
    expect(await announcedBy(work)).toBe(employeeId);
  });
});
