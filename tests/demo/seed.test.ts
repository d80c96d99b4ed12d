import { asc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileChange } from '../../src/core/changes/changes.table.ts';
import { customer, VerificationState } from '../../src/domains/customer/customer.table.ts';
import { employee } from '../../src/domains/employee/employee.table.ts';
import { drawDemoCompany, seedDemoCompany } from '../../src/features/demo/demo-company.ts';
import { landmarks, phoneChange, premiumPushSize } from '../../src/features/demo/fixtures.ts';
import type { TestDatabase } from '../support/database.ts';
import { createDemoDatabase, demoSeededAt } from '../support/demo-database.ts';

const now = demoSeededAt;
let database: TestDatabase;
beforeAll(async () => {
  database = await createDemoDatabase();
});
afterAll(() => database.close());

const count = async (statement: ReturnType<typeof sql>): Promise<number> => {
  const [row] = await database.db.execute<{ count: string }>(statement);
  return Number(row?.count);
};

test('the database holds the company as it was drawn, the oldest file with the lowest number', async () => {
  const drawn = drawDemoCompany(now, null);
  const stored = await database.db.select().from(customer).orderBy(asc(customer.fileNumber));
  expect(stored.map(({ id, name }) => [id, name])).toEqual(
    drawn.customers.map(({ row }) => [row.id, row.name]),
  );
  expect(stored[0]?.fileNumber).toBe('CF00000001');
  expect(await count(sql`select count(*) from contact`)).toBe(drawn.contacts.length);
});

test('a database that holds customers is left alone', async () => {
  const before = await count(sql`select count(*) from employee`);
  await expect(seedDemoCompany(database.db, { passwordHash: null, now })).rejects.toThrow(
    'already holds customers',
  );
  expect(await count(sql`select count(*) from employee`)).toBe(before);
});

test("the premium push has its known members by PostgreSQL's own calendar", async () => {
  expect(
    await count(sql`
      select count(distinct customer_id) from need
      where budget_min >= 500000
        and created_at >= (${now.toISOString()}::timestamptz at time zone 'Asia/Shanghai' - interval 'P6M')
                          at time zone 'Asia/Shanghai'`),
  ).toBe(premiumPushSize);
});

test('the history says who changed the phone from which number to which, and when (AC-7)', async () => {
  const [file] = await database.db.select().from(customer).where(eq(customer.name, landmarks.phoneHistory));
  const lines = await database.db
    .select({ line: fileChange, actorEmail: employee.email })
    .from(fileChange)
    .leftJoin(employee, eq(employee.id, fileChange.actorId))
    .where(eq(fileChange.customerId, file?.id ?? ''))
    .orderBy(asc(fileChange.version));
  const change = lines.find(({ line }) => line.field === 'phone');
  expect(change?.actorEmail).toBe('sales1@demo.example');
  expect(change?.line.oldValue).toBe(phoneChange.before);
  expect(change?.line.newValue).toBe(phoneChange.after);
  expect(new Date(change?.line.occurredAt ?? '')).toEqual(new Date('2024-03-15T14:30:00+08:00'));
  const added = lines.find(({ line }) => line.subject === 'contact' && line.operation === 'INSERT');
  expect(added?.line.newValue).toMatchObject({ phone: phoneChange.before });
});

test('every file has its history in order, one version per change, up to the version it has', async () => {
  expect(
    await count(sql`
      select count(*) from (
        select version, occurred_at, lag(version) over file as version_before, lag(occurred_at) over file as happened_before
        from file_history window file as (partition by customer_id order by version, id)
      ) line where version <> coalesce(version_before, 0) + 1 and version <> version_before or occurred_at < happened_before`),
  ).toBe(0);
  // A grant raises the version of its file, but nothing was updated.
  expect(
    await count(sql`
      select count(*) from customer c
      join (select customer_id, max(version) as version, max(occurred_at) filter (where subject <> 'access_grant') as told_at
            from file_history group by 1) last
        on last.customer_id = c.id
      where c.updated_at = last.told_at
        and c.version = last.version`),
  ).toBe(600);
});

test('the history leads from how a row was entered to how it is now', async () => {
  const [row] = await database.db.execute<{ changes: string; broken: string; months: string }>(sql`
    with line as (
      select *, lead(old_value) over row_field as next_value, row_number() over row_field as nth,
             lead(id) over row_field is null as is_last
      from file_change where operation = 'UPDATE'
      window row_field as (partition by subject_id, field order by version)
    ), origin as (select subject_id, new_value as entered from file_change where operation = 'INSERT'),
    present as (
      select id, to_jsonb(customer) as row from customer union all select id, to_jsonb(deal) from deal
      union all select id, to_jsonb(contact) from contact
    )
    select count(*) as changes,
           count(*) filter (where old_value is not distinct from new_value
             or not is_last and new_value is distinct from next_value
             or is_last and coalesce(new_value, 'null') is distinct from row -> field
             or nth = 1 and coalesce(old_value, 'null') is distinct from entered -> field) as broken,
           count(distinct date_trunc('month', occurred_at)) filter (where field = 'stage') as months
    from line join origin using (subject_id) join present on present.id = subject_id`);
  expect(Number(row?.changes)).toBeGreaterThan(1_000);
  expect(row?.broken).toBe('0');
  expect(Number(row?.months)).toBeGreaterThan(20);
});

test('no day has more than a fiftieth of the deals that were closed', async () => {
  expect(
    await count(sql`
      select max(closed) * 50 / sum(closed) as count from (
        select count(*) as closed from deal where closed_at is not null group by closed_at::date) day`),
  ).toBeLessThan(1);
});

test('customers outside the mainland deal in their own currencies', async () => {
  expect(await count(sql`select count(distinct currency) from deal`)).toBeGreaterThan(2);
});

test('subscribers get one event per seeded row, in version order', async () => {
  expect(
    await count(sql`select count(*) from outbox where subject not in ('access_grant', 'access_request')`),
  ).toBe(
    await count(
      sql`select count(*) from file_history where operation = 'INSERT' and subject <> 'access_grant'`,
    ),
  );
  expect(
    await count(sql`
      select count(*) from (
        select version, lag(version) over (partition by customer_id order by id) as previous from outbox
        where subject <> 'access_request'
      ) event where version <= previous`),
  ).toBe(0);
});

test('files know their last interaction', async () => {
  expect(
    await count(sql`
      select count(*) from customer c
      where last_interaction_at is distinct from
            (select max(occurred_at) from interaction i where i.customer_id = c.id)`),
  ).toBe(0);
});

test('there are files in every state of verification, each as its last step says, with what was verified', async () => {
  const states = await database.db.execute<{ state: string }>(
    sql`select distinct verification_state as state from customer order by 1`,
  );
  expect(states.map(({ state }) => state)).toEqual(Object.keys(VerificationState).sort());
  expect(
    await count(sql`
      select count(*) from customer c
      where verification_state is distinct from coalesce((
        select s.state from verification_step s where s.customer_id = c.id order by s.occurred_at desc limit 1), 'DRAFT')`),
  ).toBe(0);
  expect(
    await count(sql`select count(*) from field_check where counts and ended_at is null`),
  ).toBeGreaterThan(100);
});
