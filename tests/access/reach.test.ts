import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessClasses, policy } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import {
  type Condition,
  disjointVisibility,
  isVisible,
  readable,
  requireReadable,
  visibleFiles,
  withheldReason,
  withoutGrants,
} from '../../src/core/access/row-predicates.ts';
import { withheld } from '../../src/core/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const file = { id: sql`c.id`, ownerId: sql`c.owner_id` };
/** Files by what they are to the reader; `credit` and `special` are lent with that class, `nothing` without any. */
const files = [
  'own',
  'co-owned',
  'delegated',
  'delegated before',
  'delegated later',
  'nothing',
  'credit',
  'special',
  'ended',
  'expired',
  'lent to another',
  'foreign',
];
const lent = ['nothing', 'credit', 'special'];
const own = ['own', 'co-owned', 'delegated'];
const inTheirOrder = sql`array_position(${`{${files.map((name) => `"${name}"`).join()}}`}::text[], c.name)`;

let database: TestDatabase;
let me: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const people = await database.db.execute<{ id: string }>(sql`
    insert into employee (name, email, role)
    select name, name || '@test.example', 'SALES' from unnest(array['我', '同事']) name returning id`);
  const [mine, other] = people.map(({ id }) => id) as [string, string];
  me = mine;
  for (const name of files) {
    const away = name.startsWith('delegated') ? await absent(name) : null;
    const owner = name === 'own' ? me : (away ?? other);
    const [made] = await database.db.execute<{ id: string }>(
      sql`insert into customer (name, owner_id) values (${name}, ${owner}) returning id`,
    );
    if (name === 'co-owned')
      await database.db.execute(
        sql`insert into customer_coowner (customer_id, employee_id) values (${made?.id as string}, ${me})`,
      );
    if (name === 'foreign' || name === 'co-owned' || away) continue;
    // One's own too: a page read by each way must not show it twice.
    const classes = ['credit', 'special', 'ended', 'expired', 'lent to another'].includes(name)
      ? `{${name === 'special' ? 'special' : 'credit'}}`
      : '{}';
    const grantee = name === 'lent to another' ? other : me;
    await database.db.execute(sql`
      insert into access_grant (customer_id, grantee_id, classes, purpose, consent_reference, expires_at, ended_at)
      values (${made?.id as string}, ${grantee}, ${classes}::text[], '核对', '同意书',
        now() + ${name === 'expired' ? '-1 second' : '1 day'}::interval, ${name === 'ended' ? sql`now()` : sql`null`})`);
  }
});
afterAll(() => database.close());

/** Somebody for whom the reader stands in: now, until yesterday, from tomorrow on. */
async function absent(when: string): Promise<string> {
  const [starts, ends] = { delegated: [-1, 1], 'delegated before': [-2, -1] }[when] ?? [1, 2];
  const [made] = await database.db.execute<{ id: string }>(sql`
    with absent as (insert into employee (name, email, role) values (${when}, ${`${when.replaceAll(' ', '-')}@test.example`}, 'SALES') returning id)
    insert into delegation (employee_id, delegate_id, starts_at, ends_at)
    select id, ${me}, now() + make_interval(days => ${starts}::int), now() + make_interval(days => ${ends}::int) from absent
    returning employee_id as id`);
  return made?.id as string;
}

const found = async (condition: Condition): Promise<string[]> => {
  const where: SQL = typeof condition === 'boolean' ? sql`${condition}` : condition;
  const rows = await database.db.execute<{ name: string }>(
    sql`select c.name from customer c where ${where} order by ${inTheirOrder}`,
  );
  return rows.map(({ name }) => name);
};

describe.each(Object.values(Role))('%s', (role) => {
  const reader = () => ({ role, id: me });

  test('sees all files, or their own and those granted to them for now', async () => {
    const visible = policy[role].files === 'ALL' ? files : [...own, ...lent];
    expect(await found(visibleFiles(reader(), file))).toEqual(visible);
    expect(visibleFiles(reader(), file) === true).toBe(policy[role].files === 'ALL');
    expect(await found(isVisible(reader(), file))).toEqual(visible);
    expect(isVisible(reader(), file) === true).toBe(policy[role].files === 'ALL');
  });

  test.each(accessClasses)('reads %s on the files that the policy page gives', async (access) => {
    const reach = policy[role].read[access];
    const named = access === 'credit' || access === 'special' ? [access] : [];
    const byReach = {
      ALL: files,
      // Only files that are visible are judged, and of those every one opens its card and basic fields.
      OWN: access === 'basic' ? files : [...own, ...named],
      GRANTED: named,
      NONE: [],
    };
    const condition = readable(reader(), access, file);
    expect(await found(condition)).toEqual(byReach[reach]);
    expect(condition === false).toBe(reach === 'NONE');
    expect(condition === true).toBe(reach === 'ALL' || (reach === 'OWN' && access === 'basic'));
    const opened = readable(reader(), access, { ...file, opened: [access] });
    expect(opened).toBe(reach !== 'NONE');
    const otherwise = accessClasses.filter((one) => one !== access);
    expect(await found(readable(reader(), access, { ...file, opened: otherwise }))).toEqual(byReach[reach]);

    const reasons = { ALL: 'ROLE', OWN: 'NOT_OWNER', GRANTED: 'APPROVAL_REQUIRED', NONE: 'ROLE' };
    expect(withheldReason(reader(), { access })).toBe(reasons[reach]);
    const use = () => requireReadable(reader(), { access }, 'Customer.field');
    if (reach !== 'NONE') expect(use).not.toThrow();
    else
      expect(use).toThrow(
        expect.objectContaining({ extensions: withheld('Customer.field', 'ROLE').extensions }),
      );
  });
});

test('whatever leaves the system is read from one’s own files, and from none that are granted', async () => {
  const reader = withoutGrants({ role: 'SALES', id: me });
  expect(await found(visibleFiles(reader, file))).toEqual(own);
  expect(await found(isVisible(reader, file))).toEqual(own);
  expect(await found(readable(reader, 'credit', file))).toEqual(own);
});

test('where files are seen by row, each is reached by exactly one way', async () => {
  const ways = disjointVisibility({ role: 'SALES', id: me }, file);
  expect(await Promise.all(ways.map(found))).toEqual([['own'], ['co-owned', 'delegated', ...lent]]);
  const withoutLent = disjointVisibility(withoutGrants({ role: 'SALES', id: me }), file);
  expect(await Promise.all(withoutLent.map(found))).toEqual([['own'], ['co-owned', 'delegated']]);
});

test('a file without an owner is owned by nobody, and is reached by its grant or co-owner', async () => {
  const ownerless = { id: sql`c.id`, ownerId: sql`null::uuid` };
  const ways = disjointVisibility({ role: 'SALES', id: me }, ownerless);
  expect(await Promise.all(ways.map(found))).toEqual([[], [...own, ...lent]]);
});

test('a reader may be given by a column, each with their own rights', async () => {
  const byColumn = { role: Role.SALES, id: sql`e.id` };
  const rows = await database.db.execute<{ name: string; files: string[] }>(sql`
    select e.name, to_json(array(select c.name from customer c where ${isVisible(byColumn, file) as SQL} order by ${inTheirOrder})) as files
    from employee e where e.name in ('我', '同事') order by e.name desc`);
  const theirs = files.filter((name) => name !== 'own' && !name.startsWith('delegated'));
  expect(rows.map(({ name, files: seen }) => [name, seen])).toEqual([
    ['我', [...own, ...lent]],
    ['同事', theirs],
  ]);
});
